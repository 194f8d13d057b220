"""What a 転入通知 of another municipality says, and whom it is about (RR-4.1.3.1.2a)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from residentapp.core.characters import character_length, find_faults, split_characters
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.residents.changes.rules.move_in_notice import Notice
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.rules.text import is_standard
from residentapp.residents.move_out.places import town_of
from residentapp.residents.protection import protected_numbers_query
from residentapp.residents.rules.names import same_name
from residentapp.residents.rules.told import NoticeProblem, day_at, text_at
from residentapp.residents.search.models import SearchPerson
from residentapp.residents.types import ResidentState, Sex

#: Most characters of a destination.
LONGEST_ADDRESS = 200


@dataclass(frozen=True)
class Identity:
    """By what a body names its person.

    :param names: every name of the person, as written. :param code: 住民票コード; empty when it was left out.
    """

    names: tuple[str, ...]
    birth: dt.date | None
    sex: Sex | None
    code: str


@dataclass(frozen=True)
class Told:
    """What a body says."""

    notice: Notice
    who: Identity


def read_body(session: Session, body: Mapping[str, Any], *, today: dt.date) -> Told:
    """What a body says, with the postal code of the address filled in by the dictionary.

    :raises NoticeProblem: when something that is needed is missing or cannot be recorded.
    """
    if text_at(body, "header", "act", "code") == "cancel":
        raise NoticeProblem("転入を取り消す通知です。転入元に確かめ、反映した内容を手で直してください。")
    moved_in = day_at(body, "header", "moved_on")
    if moved_in is None:
        raise NoticeProblem("転入年月日がないか、読み取れません。転入元に確かめてください。")
    noticed = day_at(body, "header", "noticed_on") or day_at(body, "header", "processed_on") or today
    if moved_in > today or noticed > today:
        raise NoticeProblem("転入年月日か通知年月日が今日より後です。転入元に確かめてください。")
    if noticed < moved_in:
        raise NoticeProblem("通知年月日が転入年月日より前です。転入元に確かめてください。")
    address = text_at(body, "person", "address")
    if not address:
        raise NoticeProblem("転入先の住所がありません。転入元に確かめてください。")
    destination = "　".join(part for part in (address, text_at(body, "person", "building")) if part)
    _check_text(destination)
    code = text_at(body, "person", "address_code")
    postal = text_at(body, "person", "postal_code")
    if not postal:
        found = town_of(session, address, code)
        postal = found.postal_code if found is not None else ""
        code = code or (found.code if found is not None else "")
    notice = Notice(DateValue.of(moved_in), noticed, destination, code or None, postal or None)
    return Told(notice, _identity_of(body))


def _identity_of(body: Mapping[str, Any]) -> Identity:
    sex = text_at(body, "person", "sex", "code")
    names = (text_at(body, "person", "name"), text_at(body, "person", "name_alphabet"))
    return Identity(
        names=tuple(name for name in names if name),
        birth=day_at(body, "person", "birth_date"),
        sex=Sex(sex) if sex in {each.value for each in Sex} else None,
        code=text_at(body, "person", "resident_code"),
    )


def _check_text(destination: str) -> None:
    """Overlong and garbled addresses are for staff (RR-4.1.3.1.2a)."""
    if character_length(destination) > LONGEST_ADDRESS:
        raise NoticeProblem(f"転入先の住所が{LONGEST_ADDRESS}文字を超えています。手で入力し直してください。")
    garbled = find_faults(destination) or any(
        character in "\ufffd〓■□" or not is_standard(character) for character in split_characters(destination)
    )
    if garbled:
        raise NoticeProblem(
            "転入先の住所に、読めない文字（文字化け）があります。転入元に確かめ、手で入力し直してください。"
        )


# ---- whose it is


def candidates_of_body(session: Session, keyring: Keyring, body: Mapping[str, Any]) -> list[ResidentHistory]:
    """Current records that a body may be about, whatever else is wrong with it."""
    return _candidates(session, keyring, _identity_of(body))


def may_be_protected(session: Session, body: Mapping[str, Any]) -> bool:
    """Whether a body may be about a protected person although nobody was found: born on the same day, or on none told.

    A name that came garbled finds nobody, and the address beside it would tell.
    """
    birth = _identity_of(body).birth
    if birth is None:
        return True
    query = select(SearchPerson.addressee_number).where(
        SearchPerson.birth_sort == birth, SearchPerson.addressee_number.in_(protected_numbers_query())
    )
    return session.scalar(query.limit(1)) is not None


def _candidates(session: Session, keyring: Keyring, told: Identity) -> list[ResidentHistory]:
    """By 住民票コード, and by name, sex and birth date."""
    equal = []
    if told.code:
        code = keyring.lookup_hash(told.code, context=RESIDENT_CODE)
        equal.append(ResidentHistory.resident_code_hash == code)
    numbers = _same_three_items(session, told)
    if numbers:
        equal.append(ResidentHistory.addressee_number.in_(numbers))
    if not equal:
        return []
    query = select(ResidentHistory).where(ResidentHistory.is_latest, or_(*equal))
    return list(session.scalars(query.order_by(ResidentHistory.addressee_number)))


def _same_three_items(session: Session, told: Identity) -> list[str]:
    if told.birth is None or told.sex is None or not told.names:
        return []
    query = (
        select(ResidentHistory)
        .join(SearchPerson, SearchPerson.addressee_number == ResidentHistory.addressee_number)
        .where(SearchPerson.birth_sort == told.birth, SearchPerson.sex == told.sex, ResidentHistory.is_latest)
    )
    return [person.addressee_number for person in session.scalars(query) if _same_name(told, person)]


def _same_name(told: Identity, person: ResidentHistory) -> bool:
    return same_name(told.names, (person.name, person.name_alphabet))


def find_person(session: Session, keyring: Keyring, told: Identity) -> ResidentHistory:
    """The one person whom a notice is about.

    :raises NoticeProblem: nobody, several, somebody else by name or birth, or somebody who has not left.
    """
    found = _candidates(session, keyring, told)
    if told.code:
        code = keyring.lookup_hash(told.code, context=RESIDENT_CODE)
        by_code = [person for person in found if person.resident_code_hash == code]
        if not by_code:
            number = found[0].addressee_number if len(found) == 1 else None
            raise NoticeProblem(
                "住民票コードの合う人がいません。"
                + ("氏名・性別・生年月日の同じ人がいます。" if found else "")
                + "本人を確かめ、手で入力してください。",
                number,
            )
        found = by_code
    if not found:
        raise NoticeProblem("該当する人がいません。転入元に確かめてください。")
    if len(found) > 1:
        raise NoticeProblem("該当する人が二人以上います。本人を確かめ、手で入力してください。")
    [person] = found
    number = person.addressee_number
    other_birth = told.birth is not None and person.birth_date.exact not in (None, told.birth)
    if other_birth or (told.names and not _same_name(told, person)):
        raise NoticeProblem(
            "住民票コードは同じですが、氏名か生年月日が違います。本人を確かめ、手で入力してください。", number
        )
    if person.state is ResidentState.DEAD:
        raise NoticeProblem("死亡で消除された人です。転入元に確かめてください。", number)
    if person.state.is_live and person.removal_occurred_on is None:
        raise NoticeProblem(
            "転出の処理がされていない住民です。事実を調べ、職権消除などをしてから、もう一度取り込んでください。",
            number,
        )
    return person
