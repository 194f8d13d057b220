"""Which messages a record and a removal cause, and what must cause nothing: a table of cases per kind of change."""

from __future__ import annotations

from typing import Any

import pytest

from residentapp.residents.messages.rules import (
    DELIVERY_OPEN,
    RECIPIENT_UNKNOWN,
    Step,
    cs_reason,
    decide,
    fits,
    step_of,
)
from residentapp.residents.messages.types import (
    Act,
    ChangeFacts,
    CsReason,
    MessageKind,
    PersonFacts,
    Place,
)
from residentapp.residents.types import (
    ChangeKind,
    ChangeReason,
    ForeignCategory,
    ResidentState,
)
from tests.residents.messages.decided import (
    BETWEEN,
    HERE,
    LEFT,
    MOVED,
    NO_NUMBER,
    OWN,
    UNKNOWN,
    Items,
    R,
    foreign,
    gone,
    japanese,
    told,
)

RECORDED = [
    (
        "国内転入",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (LEFT,)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国内転入、未届地と最終登録住所地が別の市",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (BETWEEN, LEFT)},
        [
            "cs.identity record move_in", "municipality.move_in record →983016", "municipality.move_in record →982028",
            "municipality.annex record →983016",
        ],
    ),
    (
        "国内転入、未届地と最終登録住所地が同じ市",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (LEFT, Place("見本県隣市西町1番", LEFT.code))},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国内転入、未届地が自団体",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (HERE, LEFT)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国内転入、転入前住所の市区町村が分からない",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (UNKNOWN,)},
        ["cs.identity record move_in", "municipality.move_in record →? held", "municipality.annex record →983016"],
    ),
    (
        "国内転入、転入前住所は不明",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (Place("不明"),)},
        ["cs.identity record move_in", "municipality.annex record →983016"],
    ),
    (
        "再転入",
        (R.MOVE_IN_DOMESTIC, gone(japanese()), japanese()),
        {"former": (LEFT,)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国内転入、個人番号が書類にない",
        (R.MOVE_IN_DOMESTIC, None, japanese(**NO_NUMBER)),
        {"former": (LEFT,)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国外転入、個人番号がない",
        (R.MOVE_IN_ABROAD, None, japanese(**NO_NUMBER)),
        {"former": (Place("アメリカ合衆国"),)},
        [
            "cs.identity record move_in", "cs.number_generation record", "municipality.annex record →983016",
            "card.delivery record held",
        ],
    ),
    (
        "国外転入、個人番号を持っている",
        (R.MOVE_IN_ABROAD, gone(japanese()), japanese()),
        {"former": (Place("アメリカ合衆国"),)},
        ["cs.identity record move_in", "municipality.annex record →983016"],
    ),
    (
        "出生、管外本籍",
        (R.BIRTH, None, japanese(**NO_NUMBER)),
        {},
        [
            "cs.identity record birth", "cs.number_generation record", "municipality.annex record →983016",
            "card.delivery record held",
        ],
    ),
    (
        "出生、管内本籍",
        (R.BIRTH, None, japanese(**NO_NUMBER)),
        {"domicile": HERE},
        [
            "cs.identity record birth", "cs.number_generation record", "annex.address record",
            "card.delivery record held",
        ],
    ),
    (
        "職権記載、転入前住所が他の市と分かる",
        (R.RECORD_EX_OFFICIO, None, japanese(**NO_NUMBER)),
        {"former": (LEFT,)},
        [
            "cs.identity record record_ex_officio", "municipality.move_in record →982028",
            "municipality.annex record →983016",
        ],
    ),
    (
        "職権記載、転入前住所が分からない",
        (R.RECORD_EX_OFFICIO, None, japanese(**NO_NUMBER)),
        {"former": (UNKNOWN,)},
        [
            "cs.identity record record_ex_officio", "cs.number_generation record",
            "municipality.annex record →983016", "card.delivery record held",
        ],
    ),
    (
        "外国人の国内転入、在留カードを提示",
        (R.MOVE_IN_DOMESTIC, None, foreign()),
        {"former": (LEFT,)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "isa.notice record both"],
    ),
    (
        "外国人の国外転入、在留カードの提示なし",
        (R.MOVE_IN_ABROAD, None, foreign(residence_notified=False, **NO_NUMBER)),
        {},
        [
            "cs.identity record move_in", "cs.number_generation record", "card.delivery record held",
            "isa.notice record resident",
        ],
    ),
    (
        "特別永住者の職権記載",
        (R.RECORD_EX_OFFICIO, None, foreign(foreign_category=ForeignCategory.SPECIAL_PERMANENT)),
        {},
        ["cs.identity record record_ex_officio", "isa.notice record resident"],
    ),
    (
        "出生による経過滞在者",
        (R.BIRTH, None, foreign(foreign_category=ForeignCategory.TRANSITIONAL_BIRTH, **NO_NUMBER)),
        {},
        ["cs.identity record birth", "cs.number_generation record", "card.delivery record held"],
    ),
    (
        "一時庇護許可者の転入",
        (R.MOVE_IN_ABROAD, None, foreign(foreign_category=ForeignCategory.TEMPORARY_REFUGE)),
        {},
        ["cs.identity record move_in"],
    ),
]  # fmt: skip


@pytest.mark.requirement("RR-7.1.1.1a", "RR-7.1.1.1c", "RR-7.1.1.4", "RR-7.1.2.1a", "RR-4.5.7a", partial=True)
@pytest.mark.parametrize(("change", "facts", "expected"), [case[1:] for case in RECORDED],
                         ids=[case[0] for case in RECORDED])  # fmt: skip
def test_recorded(change: tuple[Any, Any, Any], facts: dict[str, Any], expected: list[str]) -> None:
    assert told(*change, **facts) == expected


REMOVED = [
    ("国内転出", (R.MOVE_OUT_DOMESTIC, japanese(), gone(japanese())), {}, ["cs.identity remove move_out"]),
    (
        "国外転出",
        (R.MOVE_OUT_ABROAD, japanese(), gone(japanese())),
        {},
        ["cs.identity remove move_out", "municipality.annex remove →983016"],
    ),
    (
        "国外転出、管内本籍",
        (R.MOVE_OUT_ABROAD, japanese(), gone(japanese())),
        {"domicile": HERE},
        ["cs.identity remove move_out", "annex.address remove"],
    ),
    ("死亡", (R.DEATH, japanese(), gone(japanese(), ResidentState.DEAD)), {}, ["cs.identity remove death"]),
    (
        "職権消除",
        (R.REMOVE_EX_OFFICIO, japanese(), gone(japanese(), ResidentState.REMOVED)),
        {},
        ["cs.identity remove remove_ex_officio", "municipality.annex remove →983016"],
    ),
    (
        "国籍喪失による消除",
        (R.REMOVE_NATIONALITY_LOSS, japanese(), gone(japanese(), ResidentState.REMOVED)),
        {},
        [],
    ),
    (
        "外国人の国外転出",
        (R.MOVE_OUT_ABROAD, foreign(), gone(foreign())),
        {},
        ["cs.identity remove move_out", "isa.notice remove resident"],
    ),
    (
        "外国人の死亡、戸籍届出の通知日がある",
        (R.DEATH, foreign(), gone(foreign(), ResidentState.DEAD)),
        {"noticed": True},
        ["cs.identity remove death", "isa.notice remove resident"],
    ),
    (
        "入管庁長官通知による消除",
        (R.REMOVE_EX_OFFICIO, foreign(), gone(foreign(), ResidentState.REMOVED)),
        {"noticed": True},
        ["cs.identity remove remove_ex_officio"],
    ),
    (
        "帰化による外国人住民票の消除",
        (R.REMOVE_NATURALISATION, foreign(), gone(foreign(), ResidentState.REMOVED)),
        {},
        ["isa.notice remove resident"],
    ),
]


@pytest.mark.requirement("RR-7.1.1.1a", "RR-7.1.1.1c", "RR-4.5.7a", partial=True)
@pytest.mark.parametrize(("change", "facts", "expected"), [case[1:] for case in REMOVED],
                         ids=[case[0] for case in REMOVED])  # fmt: skip
def test_removed(change: tuple[Any, Any, Any], facts: dict[str, Any], expected: list[str]) -> None:
    assert told(*change, **facts) == expected


CANCELLED = [
    (
        "転出の取消し",
        (R.CANCEL_INCREASE, gone(japanese()), japanese()),
        ["cs.identity record record_ex_officio", "municipality.annex record →983016"],
    ),
    (
        "転入の取消し",
        (R.CANCEL_DECREASE, japanese(), gone(japanese(), ResidentState.REMOVED)),
        ["cs.identity remove remove_ex_officio"],
    ),
    (
        "転居の取消し",
        (R.CANCEL_CORRECTION, japanese(**MOVED), japanese()),
        ["cs.identity correct correct_ex_officio", "municipality.annex correct →983016"],
    ),
]


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in CANCELLED],
                         ids=[case[0] for case in CANCELLED])  # fmt: skip
def test_cancellation_of_what_was_told_elsewhere(change: tuple[Any, Any, Any], expected: list[str]) -> None:
    assert told(*change) == expected


@pytest.mark.requirement("RR-7.2.3", partial=True)
@pytest.mark.parametrize("reason", list(ChangeReason))
def test_every_change_is_told_to_the_addressee_system(reason: ChangeReason) -> None:
    """Whatever the reason, recorded, corrected, removed or unchanged; and nothing fails for want of an item."""
    for before, after in (
        (None, japanese()),
        (japanese(), japanese()),
        (japanese(), gone(japanese())),
        (gone(foreign()), gone(foreign())),
        (foreign(), japanese()),
    ):
        told(reason, before, after, former=(LEFT,), destination=LEFT, special=True)


@pytest.mark.parametrize("reason", list(ChangeReason))
def test_the_reason_for_the_cs_fits_the_act(reason: ChangeReason) -> None:
    """A 記載 is never told under the reason of a 消除."""
    recording = {CsReason.MOVE_IN, CsReason.BIRTH, CsReason.RECORD_EX_OFFICIO}
    removal = {CsReason.MOVE_OUT, CsReason.DEATH, CsReason.REMOVE_EX_OFFICIO}
    assert cs_reason(reason, Step.RECORDED) in recording
    assert cs_reason(reason, Step.REMOVED) in removal
    assert cs_reason(reason, Step.CORRECTED) not in recording | removal


def test_what_is_held_says_what_is_missing() -> None:
    facts = ChangeFacts(R.BIRTH, OWN)
    drafts = decide(facts, PersonFacts(None, japanese(**NO_NUMBER), domicile=UNKNOWN))
    assert [draft.held for draft in drafts if draft.held] == [RECIPIENT_UNKNOWN, DELIVERY_OPEN]


def test_steps() -> None:
    def step(reason: ChangeReason, before: Items | None, after: Items) -> Step:
        return step_of(ChangeFacts(reason, OWN), PersonFacts(before, after))

    assert step(R.CANCEL_CORRECTION, japanese(), japanese()) is Step.CORRECTED
    assert step(R.CORRECT_EX_OFFICIO, gone(japanese()), gone(japanese())) is Step.STAYED_REMOVED
    assert step(R.RECORD_NATURALISATION, None, japanese()) is Step.RECORDED


@pytest.mark.requirement("RR-7.1.1.1d", partial=True)
@pytest.mark.parametrize("reason", list(ChangeReason))
def test_another_reason_must_fit_the_act(reason: ChangeReason) -> None:
    assert fits(reason, Act.RECORD) is (reason.kind is ChangeKind.RECORDING)
    assert fits(reason, Act.REMOVE) is (reason.kind is ChangeKind.REMOVAL)
    assert fits(reason, Act.CORRECT) is (reason.kind is ChangeKind.CORRECTION)
    assert not fits(reason, Act.CANCEL)


def test_each_kind_has_its_partner_and_label() -> None:
    assert [kind.destination.value for kind in MessageKind] == [
        kind.value.split(".")[0] for kind in MessageKind
    ]
    assert len({kind.label for kind in MessageKind}) == len(MessageKind)
