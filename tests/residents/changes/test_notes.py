"""留意事項 on the entry of a change: typed lines, registered texts by 異動事由, and the links that they keep."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.dates import DateValue
from residentapp.core.db import Database
from residentapp.residents.changes.rules.notes import note_facts, typed_notes, with_note
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.changes.views.common import note_texts
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.remarks.models import NoteTemplate
from residentapp.residents.remarks.rules import NoteDraft, NoteFacts, fill_alike
from residentapp.residents.types import ChangeReason, RemarkKind, Sensitivity
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_correction import correction
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.residents.changes.test_screens import ADDRESS, begin, save, version
from tests.residents.changes.test_screens import people as people  # the fixture

LINKED = NoteDraft("転入前住所は聞き取りによる　令和8年11月20日", ("previous_address",))


def entry(notes: str = "") -> ChangeEntry:
    return ChangeEntry("move_within", {"notes": notes})


@pytest.mark.parametrize(
    ("typed", "drafts"),
    [
        ("", ()),
        (" \n\n", ()),
        (" 一つ目 \n二つ目\n", (NoteDraft("一つ目"), NoteDraft("二つ目"))),
    ],
)
def test_each_line_is_a_note(typed: str, drafts: tuple[NoteDraft, ...]) -> None:
    assert typed_notes(entry(typed)) == drafts


@pytest.mark.requirement("RR-1.1.14c", partial=True)
@pytest.mark.parametrize(
    ("edited", "links"),
    [
        ("転入前住所は聞き取りによる　令和8年11月20日", ("previous_address",)),
        ("転入前住所は本人の聞き取りによる　令和8年11月19日", ("previous_address",)),
        ("別の事項", ()),
    ],
)
def test_a_registered_text_keeps_its_links_however_it_is_edited(edited: str, links: tuple[str, ...]) -> None:
    chosen = with_note(entry("先に書いた文"), LINKED)
    assert typed_notes(chosen) == (NoteDraft("先に書いた文"), LINKED)
    after = chosen.with_values(notes=f"先に書いた文\n{edited}")
    assert typed_notes(after) == (NoteDraft("先に書いた文"), NoteDraft(edited, links))


@pytest.mark.requirement("RR-1.1.14c", partial=True)
@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{異動日}に{異動後住所}へ", "令和8年11月20日に架空県架空市東町1番へ"),
        ("{氏名}のこと", "{氏名}のこと"),
        ("{届出日}", "{届出日}"),
        ("{無い所}", "{無い所}"),
    ],
)
def test_a_place_is_filled_where_it_says_the_same_of_everybody(text: str, filled: str) -> None:
    day = DateValue.of(dt.date(2026, 11, 20))
    both = [
        NoteFacts({}, {"name": name, "address": "架空県架空市東町1番"}, day)
        for name in ("架空　太郎", "架空　花子")
    ]
    assert fill_alike(text, both) == filled


def test_the_facts_of_a_text_are_before_and_after(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    moving = office.begin("move_within", *family[2:]).with_values(**NEW_ADDRESS)
    [(reason, people)] = note_facts(office.plan(moving), office.facts(moving))
    assert reason is ChangeReason.MOVE_WITHIN
    assert [one.after["name"] for one in people] == ["架空　一郎", "架空　桜"]
    assert {one.before["address"] for one in people} == {family[0].address}
    assert {one.after["address"] for one in people} == {"架空県架空市本町一丁目9番8号"}
    assert {one.days.notified_on for one in people} == {office.now.date()}


def test_a_place_that_nobody_filled_is_not_registered(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    moving = office.begin("move_within", *family).with_values(**NEW_ADDRESS, notes="{氏名}の申出による")
    [found] = [one for one in office.findings(moving) if one.code == "CH-E023"]
    assert found.field == "notes" and "{氏名}" in found.message
    assert "CH-E023" not in office.codes(moving.with_values(notes="本人の申出による"))


# ---- what the register keeps of it


def remarks(session: Session, number: str) -> list[IntegratedRemark]:
    query = select(IntegratedRemark).where(IntegratedRemark.addressee_number == number)
    return list(session.scalars(query.order_by(IntegratedRemark.id)))


@pytest.mark.requirement("RR-1.1.14a", partial=True)
def test_the_register_keeps_the_links_with_the_change(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    moving = with_note(office.begin("move_within", *family).with_values(**NEW_ADDRESS), LINKED)
    office.register(moving)
    said, note = remarks(office.session, family[0].addressee_number)
    assert (said.kind, note.kind) == (RemarkKind.HISTORY, RemarkKind.NOTE)
    assert (note.text, note.items, note.history_number) == (LINKED.text, ["previous_address"], 2)


@pytest.mark.requirement("RR-1.1.4b", "RR-1.1.14e", partial=True)
def test_what_certificates_leave_out_is_marked_by_every_change(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """Also where no prescribed word stands in the text, as of an error in 性別 that is corrected."""
    son, daughter = family[2], family[3]
    office.register(correction(office, daughter, kind="correct_error", sex="male"))
    office.register(correction(office, son, register_head="架空　花子").with_values(kept_word="特別養子縁組"))
    assert [one.sensitivity for one in remarks(office.session, daughter.addressee_number)] == [
        Sensitivity.SEX_CHANGE
    ]
    found = {one.text: one.sensitivity for one in remarks(office.session, son.addressee_number)}
    assert found["特別養子縁組"] is Sensitivity.SPECIAL_ADOPTION


@pytest.mark.requirement("CM-5.1", partial=True)
def test_no_text_is_filled_from_a_home_that_the_officer_may_not_know(
    app: Flask, office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    moving = office.begin("move_within", *family).with_values(**NEW_ADDRESS)
    facts = office.facts(moving)
    [(number, home)] = facts.homes.items()
    closed = replace(facts, homes={number: replace(home, hidden=True)})
    with app.test_request_context():
        assert note_texts(spec_of("move_within"), moving, closed, []) == []
        assert note_texts(spec_of("move_within"), moving, closed, office.findings(entry())) is None


# ---- the screen


@pytest.fixture
def template(database: Database, people: list[str]) -> int:
    """A registered text of 転居, and one of another 異動事由."""
    with database.transaction() as session:
        rows = [
            NoteTemplate(
                reason=reason, name=name, text=text, items=["previous_address"], position=50,
                valid_from=dt.date(2026, 4, 1), valid_to=None,
            )
            for reason, name, text in (
                (ChangeReason.MOVE_WITHIN, "本人の申出", "{氏名}の申出により{異動前住所}から　{届出日}"),
                (ChangeReason.DEATH, "死亡のとき", "死亡の文"),
            )
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        return rows[0].id


@pytest.mark.requirement("RR-1.1.14c")
def test_a_registered_text_is_chosen_on_the_entry_edited_and_recorded(
    login: Login, people: list[str], template: int, database: Database
) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    page = clerk.get(url).text
    assert "本人の申出" not in page and "この異動の留意事項の文例が出ます" in page
    ticks = {"people-p3-chosen": "1"}
    page = save(clerk, url, "save", **ADDRESS, **ticks)
    words = "架空　一郎の申出により架空県架空市本町一丁目2番3号から　令和8年11月24日"
    assert "本人の申出" in page and words in page and "死亡のとき" not in page
    page = save(clerk, url, f"note:{template}", **ADDRESS, **ticks, notes="先に書いた文")
    [typed] = re.findall(r'<textarea id="notes"[^>]*>([^<]*)</textarea>', page)
    assert typed == f"先に書いた文\n{words}"
    # The clerk edits it, and free text stands beside it (RR-1.1.14c).
    edited = f"先に書いた文\n{words}　窓口で確認"
    check = save(clerk, url, "check", **ADDRESS, **ticks, notes=edited)
    assert f"{words}　窓口で確認" in check
    clerk.post(url + "/check", data={"version": version(check), "act": "register", **_alerts(check)})
    approver = login(*APPROVE, login="approver1")
    review = approver.get(url + "/review").text
    approver.post(url + "/approve", data={"version": version(review), **_alerts(review)})
    with database.transaction() as session:
        notes = [one for one in remarks(session, people[2]) if one.kind is RemarkKind.NOTE]
        assert [(one.text, one.items) for one in notes] == [
            ("先に書いた文", []), (f"{words}　窓口で確認", ["previous_address"])
        ]  # fmt: skip


def _alerts(page: str) -> dict[str, str]:
    keys = re.findall(r'name="alert" value="([^"]+)"', page)
    return {"alert": keys[0], f"alert-reason:{keys[0]}": "確かめた"} if keys else {}


def test_what_was_typed_stays_when_a_text_cannot_be_filled(
    login: Login, people: list[str], template: int
) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    page = save(clerk, url, f"note:{template}", moved_on="R8.13.1", notes="先に書いた文")
    assert "文例は入りませんでした" in page
    assert ">先に書いた文</textarea>" in page and 'value="R8.13.1"' in page
