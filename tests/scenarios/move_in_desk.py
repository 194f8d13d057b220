"""The counter of move-ins: cases of kind ``move_in`` (tests/scenarios/changes) through their own entry page.

What is typed into a choice is its label, as the page offers it. README.md beside the cases says what may stand in them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from residentapp.core.dates import DateField, parse_date
from residentapp.residents.move_in.certificate_csv import TITLES
from residentapp.residents.move_in.fields import FIELDS_BY_NAME, FieldKind
from residentapp.residents.move_in.received import handle_move_out_certificate
from residentapp.residents.move_in.types import MoveInKind
from residentapp.residents.types import ForeignCategory, ResidentKind, Sex
from tests.residents.move_in.test_screens import Counter, fields_of, text_of, version_of
from tests.scenarios.case_files import COLUMNS as WORDS
from tests.scenarios.desk import Office
from tests.support.users import Browser, clerk

#: The kind of such a step.
MOVE_IN = "move_in"

#: What a case says of a person besides what is typed into fields.
_ABOUT = ("kind", "copies", "continues", "domicile_from", "filled", "then")
#: What a case says of the entry besides its own fields.
_NO_FIELDS = ("begin", "certificate", "received", "left_out", "join", "people", "give_to_all", "corrected")
#: What a case says of the screens; a word that nobody reads would prove nothing.
_SCREENS = frozenset(
    {"opened", "begins", "buildings", "entry", "first_check", "ends", "refused", "check", "alerts", "waiting"}
    | {"review", "not_approved", "done", "papers", "never"}
)
#: Words of a received person that are written otherwise in the body.
_LISTS = {"sex": Sex, "foreign_category": ForeignCategory, "resident_kind": ResidentKind}


@dataclass
class MoveInDesk:
    """A clerk at the counter with one move-in.

    :param ended: the page on which the step came to its end before the entry was checked; empty while it goes on.
    """

    office: Office
    counter: Counter
    ended: str = ""
    _shown: TestResponse | None = None
    _typed: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address of the entry."""
        return f"/move-in/{self.counter.case_id}"

    # ---- beginning

    def begin(self, given: Mapping[str, Any], screens: Mapping[str, Any]) -> str:
        """The entry begun as the case says; the page on which it goes on."""
        assert set(screens) <= _SCREENS, set(screens) - _SCREENS
        if "certificate" in given:
            return self._opened(self.counter.upload(csv_of(given["certificate"]), "転出証明書.csv"))
        if "received" in given:
            return self._from_received(given)
        kind = next(each for each in MoveInKind if each.label.startswith(given.get("begin", "国内転入")))
        return self._opened(self.counter.begin(kind.value))

    def _opened(self, answer: TestResponse) -> str:
        if not self.counter.case_id:
            self.ended = seen(answer)
        return seen(answer)

    def _from_received(self, given: Mapping[str, Any]) -> str:
        self.arrives(given["received"])
        browser = self.counter.browser
        page = browser.get("/move-in/received").text
        for person in given["received"]["people"]:
            assert (person.get("name") or person["name_alphabet"]) in unescape(page), person
        [action] = re.findall(r'action="(/move-in/received/[^"]+)"', page)[:1]
        if "left_out" in given:
            data = {"act": "leave-out", "reason": given["left_out"]}
            self.ended = seen(browser.post(action, data=data, follow_redirects=True))
            return self.ended
        answer = browser.post(action, data={"act": "begin"})
        assert answer.status_code == 303, text_of(answer)
        self.counter.case_id = answer.headers["Location"].rsplit("/", 1)[-1]
        return seen(self.shown())

    def arrives(self, received: Mapping[str, Any]) -> None:
        """転出証明書情報 of a family, person by person, as the exchange hands it over."""
        with self.office.database.transaction() as session:
            for person in received["people"]:
                body = body_of(received, person)
                handle_move_out_certificate(session, clerk(), self.office.keyring, body, self.office.clock())

    # ---- typing

    def enter(self, given: Mapping[str, Any], screens: Mapping[str, Any]) -> str:
        """Everything of the case typed, person by person; the check page, or the page on which it ended."""
        self._typed |= self._own(given)
        if "buildings" in screens:
            offered = self.buildings(self.fields()["address_code"], given["lot"])
            assert offered == screens["buildings"], offered
        if "join" in given and not self._join(given["join"]):
            return self.ended
        self._people(given.get("people", []))
        for name, shared in given.get("give_to_all", {}).items():
            self.press(f"{shared}を", near=f"items-{self.key(name)}")
        if "entry" in screens:
            contains(self.page(), screens["entry"])
        check = self.check()
        if "corrected" in given:
            contains(check, screens["first_check"])
            check = self.correct(given["corrected"])
        return check

    def correct(self, given: Mapping[str, Any]) -> str:
        """Fields of the entry and of its people typed anew; the check page."""
        self._typed |= self._own(given)
        for name, fields in given.get("person", {}).items():
            self.type(name, fields)
        return self.check()

    def shown(self) -> TestResponse:
        """The entry page as it stands since the last button."""
        if self._shown is None:
            self._shown = self.counter.page()
        return self._shown

    def fields(self) -> dict[str, str]:
        """What stands in the fields of the entry page, what has just been typed included."""
        return fields_of(self.shown()) | self._typed

    def send(self, act: str, **fields: str) -> TestResponse:
        """A button of the entry page: everything on the page goes along."""
        data = {**self.fields(), **fields, "act": act}
        self._shown, self._typed = None, {}
        return self.counter.browser.post(self.url, data=data)

    def page(self) -> str:
        """The entry page with everything typed so far."""
        if self._typed:
            assert self.send("save").status_code == 303
        return seen(self.shown())

    def check(self) -> str:
        """確認へ進む."""
        answer = self.send("check")
        assert answer.status_code == 303, text_of(answer)
        return seen(self.counter.page("/check"))

    def _own(self, given: Mapping[str, Any]) -> dict[str, str]:
        own = {name: value for name, value in given.items() if name not in (*_NO_FIELDS, "person")}
        if "join" in given:
            own["scope"] = "part"
        strange = set(own) - set(self.fields())
        assert not strange, f"{strange} are no fields of the page"
        return own

    def _join(self, name: str) -> bool:
        """一部: the household found by somebody's name; False when the page does not let it be chosen."""
        found = self.send("find", scope="part", find=name)
        button = f"household:{self.office.town.homes[name]}"
        if f'value="{button}"' not in found.text:
            self.ended = seen(found)
            return False
        assert self.send(button).status_code == 303
        return True

    # ---- people

    def key(self, name: str) -> str:
        """Key of somebody on the page, by a name."""
        place = self.place(name)
        return self.fields()[f"members-{place}-key"]

    def place(self, name: str) -> int:
        """Place of somebody on the page, by a name."""
        return self._places()[name]

    def _places(self) -> dict[str, int]:
        """Places of the people on the page by their names; who has none yet stands under an empty one."""
        fields = self.fields()
        places: dict[str, int] = {}
        for name in fields:
            if match := re.fullmatch(r"members-(\d+)-key", name):
                prefix = name.removesuffix("key")
                place = int(match[1])
                names = [fields.get(prefix + which, "").strip() for which in ("name_alphabet", "name")]
                places |= {each: place for each in names if each} or {"": place}
        return places

    def _people(self, people: Iterable[Mapping[str, Any]]) -> None:
        for person in people:
            name = person.get("name_alphabet") or person["name"]
            if name not in self._places():
                self._add(person)
            elif typed := {word: value for word, value in person.items() if word not in _ABOUT}:
                self.type(name, typed)
            if "continues" in person:
                self._continues(name, person["continues"])
            if "domicile_from" in person:
                self._domicile_from(name, person["domicile_from"])
            if "filled" in person:
                self.finds({name: person["filled"]})
            if "then" in person:
                self.type(name, person["then"])

    def _add(self, person: Mapping[str, Any]) -> None:
        """A further person typed; the page begins with one who is still blank."""
        wanted = next(each for each in ResidentKind if each.label == person.get("kind", "日本人住民"))
        place = self._places().get("")
        if place is not None:
            key = self.fields()[f"members-{place}-key"]
            if f'value="kind:{key},{wanted.value}"' in self.shown().text:
                self.press_value(f"kind:{key},{wanted.value}")
        else:
            foreign = wanted is ResidentKind.FOREIGN
            how = "reuse" if foreign or person.get("copies") else "blank"
            self.press_value(f"add:{wanted.value},{how}")
            place = sum(name.endswith("-key") for name in self.fields()) - 1
            copied = person.get("copies", {}).items()
            self._stand(place, [(FIELD_OF.get(name, name), value) for name, value in copied])
        self._type(place, {name: value for name, value in person.items() if name not in _ABOUT})

    def type(self, name: str, fields: Mapping[str, Any]) -> None:
        """Fields of somebody on the page."""
        self._type(self.place(name), fields)

    def _type(self, place: int, fields: Mapping[str, Any]) -> None:
        page = self.shown().text
        for word, value in fields.items():
            name = f"members-{place}-{FIELD_OF.get(word, word)}"
            assert f'name="{name}"' in page, f"{word} is no field of the page"
            if value is True:
                self._typed[name] = "y"
            else:
                self._typed[name] = choice(page, name, value)

    def _continues(self, name: str, former: str) -> None:
        """再転入: the removed record chosen from those that the page offers."""
        number = self.office.town.numbers[former]
        self.page()
        self.press_value(f"re-entry:{self.key(name)},{number}")

    def _domicile_from(self, name: str, source: str) -> None:
        """The 本籍 chosen from the list beside it."""
        key = self.key(name)
        field = f"domicile-{key}"
        page = self.page()
        [choices] = re.findall(rf'<select [^>]*name="{field}"[^>]*>(.*?)</select>', page, re.DOTALL)
        options = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)', choices)
        [value] = [value for value, label in options if label.startswith(source)]
        assert self.send(f"domicile:{key}", **{field: value}).status_code == 303

    # ---- what stands on the page

    def finds(self, expected: Mapping[str, Any]) -> None:
        """What stands in fields by itself: of the entry by the field, of a person by the name."""
        for name, value in expected.items():
            if isinstance(value, Mapping):
                fields = [(FIELD_OF.get(word, word), text) for word, text in value.items()]
                self._stand(self.place(name), fields)
            else:
                assert self.fields()[name] == value, name

    def _stand(self, place: int, expected: Iterable[tuple[str, str]]) -> None:
        fields, page = self.fields(), self.shown().text
        for word, text in expected:
            name = f"members-{place}-{word}"
            assert fields.get(name, "") == choice(page, name, text), word

    def press_value(self, act: str) -> None:
        """A button that the page offers."""
        assert f'value="{act}"' in self.shown().text, act
        answer = self.send(act)
        assert answer.status_code == 303, text_of(answer)

    def press(self, label: str, *, near: str) -> None:
        """The button with a label in a part of the page."""
        page = self.shown().text
        part = page[page.index(f'id="{near}"') :]
        [act] = re.findall(rf'<button [^>]*value="([^"]+)"[^>]*>{re.escape(label)}', part)[:1]
        self.press_value(unescape(act))

    # ---- after 仮登録

    def sent_back(self, approver: Browser, reason: str) -> None:
        """差し戻し: the entry page tells the clerk why."""
        answer = approver.post(f"{self.url}/return", data={"version": self._version(), "reason": reason})
        assert answer.status_code == 303, text_of(answer)
        self._shown = None
        assert reason in self.page()

    def withdraw(self, reason: str) -> None:
        """引き戻し by who entered it, and 取下げ with a reason."""
        answer = self.counter.browser.post(f"{self.url}/take-back", data={"version": self._version()})
        assert answer.status_code == 303, text_of(answer)
        self._shown = None
        answer = self.send("withdraw", **{"withdraw-reason": reason})
        assert answer.status_code == 303, text_of(answer)

    def _version(self) -> str:
        return version_of(self.counter.page("/review"))

    def buildings(self, code: str, lot: str) -> list[str]:
        """方書 that the page offers once the lot is typed."""
        answer = self.counter.browser.post("/addresses/buildings-at", data={"town": code, "lot": lot})
        return [building["name"] for building in answer.json["buildings"]]


#: Fields of the page by the words in which the register's items are told.
FIELD_OF = {"birth": "birth_date", "kana": "name_kana"}
assert set(FIELD_OF) <= set(WORDS)


def seen(answer: TestResponse) -> str:
    """A page as it was sent and, after it, as a reader sees it: names are marked up on the way."""
    return unescape(answer.text) + "\n" + text_of(answer)


def contains(page: str, texts: Iterable[str]) -> None:
    """What a page has to say."""
    for text in texts:
        assert text in page, text


def choice(page: str, name: str, value: str) -> str:
    """The value that a list sends for the label that a case writes; of any other field what is typed."""
    for body in re.findall(rf'<select [^>]*name="{re.escape(name)}"[^>]*>(.*?)</select>', page, re.DOTALL):
        options = {
            unescape(label): sent
            for sent, label in re.findall(r'<option [^>]*?value="([^"]*)"[^>]*>([^<]*)', body)
        }
        return options[value] if value else ""
    return value


# ---- papers


def csv_of(certificate: Any) -> bytes:
    """The CSV of a 転出証明書: the text itself, or written from its columns."""
    if isinstance(certificate, str):
        return certificate.encode()
    shared = {name: value for name, value in certificate.items() if name != "people"}
    people = certificate["people"]
    rows = [{"世帯員数": str(len(people)), **shared, **person} for person in people]
    written = io.StringIO()
    writer = csv.DictWriter(written, TITLES, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def body_of(received: Mapping[str, Any], person: Mapping[str, Any]) -> dict[str, Any]:
    """転出証明書情報 of one person in the form in which it comes over the exchange."""
    told = {"relationship": "relationship_to_head"}
    items: dict[str, Any] = {"resident_kind": "日本人住民", "removal_occurred_on": received["moved_on"]}
    items |= {told.get(word, FIELD_OF.get(word, word)): value for word, value in person.items()}
    return {
        "header": {
            "act": {"code": "cancel" if received.get("cancelled") else "remove"},
            "moved_on": _day(received["moved_on"], "removal_occurred_on"),
            "municipality_name": received["from"],
        },
        "person": {name: _item(name, value) for name, value in items.items()},
    }


def _item(name: str, value: Any) -> Any:
    if name in _LISTS:
        return {"code": next(each.value for each in _LISTS[name] if each.label == value), "label": value}
    spec = FIELDS_BY_NAME.get(name)
    is_day = name == "removal_occurred_on" or (spec is not None and spec.kind is FieldKind.DATE)
    return _day(value, name) if is_day else value


def _day(text: str, name: str) -> dict[str, str]:
    field = DateField.BIRTH if name == "birth_date" else DateField.EVENT
    return {"day": parse_date(text, field).sort.isoformat(), "text": text}
