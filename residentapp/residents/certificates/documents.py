"""Turns snapshots into the data of the forms that copy or certify a resident record or a removed record.

Sources: forms 20.1.1 to 20.1.4; RR-1.1.5f (items of a 除票), RR-1.1.9 (wareki and 西暦), RR-5.1 (omissions),
RR-5.3 (フリガナ), RR-5.4 (方書), RR-5.5 (発行番号), RR-5.6 (職名, 公印), RR-5.7 (公用). Nothing that was not asked for
gets into the data, so that it cannot get onto the paper.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image

from residentapp.core.dates import DateValue, to_seireki, to_wareki
from residentapp.core.documents import OMITTED
from residentapp.core.masters.models import Certifier, OwnMunicipality, Seal
from residentapp.residents.certificates.types import CertificateRequest, Shown
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.removed_records.texts import own_matters
from residentapp.residents.rules.stays import Step, stays_of
from residentapp.residents.types import ChangeReason, RemarkKind, ResidentKind, ResidentState

#: Word by which entries about it are known (RR-1.1.14e).
SPECIAL_ADOPTION = "特別養子縁組"
#: Entries that a copy with history leaves out as a rule (RR-1.1.4b, RR-1.1.14e).
_SENSITIVE = (SPECIAL_ADOPTION, "性別の変更")
_MOVE_OUT = (ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.MOVE_OUT_ABROAD)

#: Side of the place for the seal on the forms, in mm; also the largest seal allowed.
SEAL_PLACE_MM = 25.0

#: Stands where the 発行番号 will be while nothing has been issued.
PREVIEW_NUMBER = "見本（発行番号なし）"


@dataclass(frozen=True)
class PersonFacts:
    """One subject: the snapshot to print, what came before it, and the remarks.

    :param snapshots: all snapshots up to the one that is printed, oldest first.
    :param changes: by id.
    :param numbers: decrypted 個人番号 and 住民票コード, only those asked for.
    """

    snapshots: Sequence[ResidentHistory]
    changes: dict[int, ResidentChange]
    remarks: Sequence[IntegratedRemark]
    numbers: dict[Shown, str | None]

    @property
    def current(self) -> ResidentHistory:
        """The snapshot that is printed."""
        return self.snapshots[-1]


@dataclass(frozen=True)
class Certification:
    """Who certifies, where and when.

    :param seal: None prints 「公印省略」.
    """

    municipality: OwnMunicipality
    certifier: Certifier
    seal: Seal | None
    day: dt.date


def form_data(
    request: CertificateRequest,
    people: Sequence[PersonFacts],
    certification: Certification,
    *,
    issue_number: str,
    whole_household: bool,
    today: dt.date,
) -> list[dict[str, Any]]:
    """The data of each document: one for the household style, one per person for the individual style.

    :param people: the subjects in their order.
    """
    if request.style.is_joint:
        data = _page(request, people[0].current, certification, issue_number)
        data["members"] = [
            _member(request, person) | {"remarks": _lines(_remarks(person))} for person in people
        ]
        data["certification"] = _certification(certification, _words(request, whole_household))
        return [data]
    pages = []
    for person in people:
        data = _page(request, person.current, certification, issue_number)
        data["member"] = _member(request, person)
        data["notes"] = _notes(request, person, today=today)
        if request.style.of_removed:
            data["removal"] = _removal(request, person.current)
            data["notes"].insert(0, _own_matters(request, person.current))
        data["certification"] = _certification(certification, _words(request, whole_household))
        pages.append(data)
    return pages


def _words(request: CertificateRequest, whole_household: bool) -> str:
    """認証文 of a form (FM-7)."""
    source = "住民票の除票" if request.style.of_removed else "住民票"
    if request.style.is_joint:
        source = f"{'世帯全員' if whole_household else '世帯の一部'}の{source}"
    if request.style.of_items:
        return f"上記の事項は、{source}に記載があることを証明する。"
    return f"この写しは、{source}の原本と相違ないことを証明する。"


def _removal(request: CertificateRequest, row: ResidentHistory) -> dict[str, Any]:
    """The other items of a 除票 (RR-1.1.5f). What only a 転出 has is empty for others, blank where not yet known."""
    data: dict[str, Any] = {"notified_on": _wareki(row.removal_notified_on)}
    if row.state is not ResidentState.MOVED_OUT:
        return data | {"confirmed_destination": "", "move_in_notice_on": "", "moved_out_on": ""}
    return data | {
        "confirmed_destination": None if request.blank_destination else row.confirmed_destination,
        "move_in_notice_on": _wareki(row.move_in_notice_on),
        "moved_out_on": _wareki(row.moved_out_on),
    }


def _own_matters(request: CertificateRequest, row: ResidentHistory) -> dict[str, Any]:
    """除票固有の記載事項 as the first entry of the 統合記載欄 (RR-1.1.5f)."""
    matters = own_matters(row, destination=not request.blank_destination)
    return {"kind": "除票", "text": [f"{label}　{value or '【空欄】'}" for label, value in matters]}


def _page(
    request: CertificateRequest, row: ResidentHistory, certification: Certification, issue_number: str
) -> dict[str, Any]:
    municipality = certification.municipality
    return {
        "municipality": municipality.prefecture + municipality.name,
        "official_use": request.official_use,
        "issue_number": issue_number,
        "address": _address(row.address, row.building if request.shows(Shown.BUILDING) else None),
        "head": row.head_name if Shown.RELATIONSHIP in request.shown else OMITTED,
    }


def _certification(certification: Certification, text: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "text": text,
        "date": to_wareki(certification.day),
        "prefecture": certification.municipality.prefecture,
        "office_title": certification.certifier.title,
        "name": certification.certifier.name,
    }
    if certification.seal is None:
        data["seal_note"] = "公印省略"
    else:
        picture = seal_on_paper(certification.seal.image_png, certification.seal.size_mm)
        data["seal_png"] = base64.b64encode(picture).decode()
        data["seal_note"] = "この印は黒色です。"
    return data


@lru_cache(maxsize=16)
def seal_on_paper(picture: bytes, size_mm: float) -> bytes:
    """The seal with white around it, so that it comes out at its own size in the form's place of 25 mm (RR-5.6b).

    :param size_mm: side of the seal, at most ``SEAL_PLACE_MM``.
    """
    with Image.open(BytesIO(picture)) as seal:
        side = max(round(max(seal.size) * SEAL_PLACE_MM / size_mm), *seal.size)
        place = Image.new("1", (side, side), 1)
        place.paste(seal.convert("1"), ((side - seal.width) // 2, (side - seal.height) // 2))
    out = BytesIO()
    place.save(out, "PNG", optimize=False)
    return out.getvalue()


def _address(address: str, building: str | None) -> str:
    """住所 with its 方書, which only a 記載事項証明書 can leave out (RR-5.4)."""
    return f"{address}　{building}" if building else address


def _wareki(value: DateValue | dt.date | None) -> str | None:
    if value is None:
        return None
    return value.wareki if isinstance(value, DateValue) else to_wareki(value)


def _lines(lines: Sequence[str]) -> str | list[str]:
    return list(lines) if lines else ""


def _member(request: CertificateRequest, person: PersonFacts) -> dict[str, Any]:
    row, shown = person.current, request.shown

    def when(item: Shown, value: Any) -> Any:
        return value if request.shows(item) else OMITTED

    data: dict[str, Any] = {
        "kind": row.resident_kind.value,
        "name": row.display_name,
        # The box is too small for the usual word.
        "sex": row.sex.label if request.shows(Shown.SEX) else {"omitted": "省略"},
        "relationship": when(Shown.RELATIONSHIP, row.relationship_to_head),
        "resident_code": when(Shown.RESIDENT_CODE, person.numbers.get(Shown.RESIDENT_CODE)),
        "individual_number": when(Shown.INDIVIDUAL_NUMBER, person.numbers.get(Shown.INDIVIDUAL_NUMBER)),
        "address_fixed_on": when(Shown.DAYS, _wareki(row.address_set_on)),
        "address_before_move_in": when(Shown.FORMER_ADDRESSES, row.previous_address),
        "address_before_change": when(
            Shown.FORMER_ADDRESSES, _address_before(person, building=request.shows(Shown.BUILDING))
        ),
        "notified_on": when(Shown.DAYS, _wareki(row.notified_on)),
    }
    if Shown.KANA in shown and row.name_kana:
        data["name_kana"] = row.name_kana
    if row.resident_kind is ResidentKind.JAPANESE:
        data |= {
            "birth_date": when(Shown.BIRTH, row.birth_date.wareki),
            "former_name": row.former_name or "",
            "became_resident_on": when(Shown.DAYS, _wareki(row.became_resident_on)),
            "registered_domicile": when(Shown.DOMICILE, row.registered_domicile),
            "domicile_head": when(Shown.DOMICILE, row.register_head),
        }
        if Shown.KANA in shown and row.former_name and row.former_name_kana:
            data["former_name_kana"] = row.former_name_kana
        return data
    card = row.residence_card_number or row.special_permanent_number
    expiry = to_seireki(row.residence_expires_on) if row.residence_expires_on is not None else ""
    data |= {
        "birth_date": when(Shown.BIRTH, row.birth_date.seireki),
        "alias": row.alias or "",
        "became_foreign_resident_on": when(Shown.DAYS, _wareki(row.became_foreign_resident_on)),
        "nationality": when(Shown.NATIONALITY, row.nationality),
        "article_30_45": when(
            Shown.CATEGORY, row.foreign_category.label if row.foreign_category is not None else None
        ),
        "residence_status": when(Shown.STATUS, row.residence_status or ""),
        "residence_period": when(Shown.PERIOD, row.residence_period or ""),
        "residence_expiry": when(Shown.EXPIRY, expiry),
        "residence_card_number": when(Shown.CARD_NUMBER, card or ""),
        "alias_matters": when(Shown.ALIAS_MATTERS, _alias_matters(row)),
    }
    if Shown.KANA in shown and row.alias and row.alias_kana:
        data["alias_kana"] = row.alias_kana
    return data


def _alias_matters(row: ResidentHistory) -> str | list[str]:
    lines = list(row.previous_aliases or [])
    if row.alias and row.alias_recorded_on is not None:
        place = (
            f"　{row.alias_recorded_municipality}にて記載" if row.alias_recorded_municipality else "　記載"
        )
        lines.append(f"通称「{row.alias}」　{to_wareki(row.alias_recorded_on)}{place}")
    if row.alias_deleted_on is not None:
        place = f"　{row.alias_deleted_municipality}にて削除" if row.alias_deleted_municipality else "　削除"
        lines.append(f"通称の削除　{to_wareki(row.alias_deleted_on)}{place}")
    return _lines(lines)


def _stay(person: PersonFacts) -> list[ResidentHistory]:
    """Snapshots of the stay that is printed, oldest first.

    Who had left and came back got a new 住民票: the earlier one is a 除票, and nothing of it stands on a copy of the
    new one.
    """
    steps = [Step(row.state.is_live, person.changes[row.change_id].reason) for row in person.snapshots]
    return [person.snapshots[place] for place in stays_of(steps)[-1].places]


def _since_rebuilt(person: PersonFacts) -> list[ResidentHistory]:
    """Snapshots of the present stay since its last 改製, which leaves the history before it on the old 原票."""
    rows = _stay(person)
    rebuilt = [
        place
        for place, row in enumerate(rows)
        if person.changes[row.change_id].reason is ChangeReason.RECORD_REBUILD
    ]
    return rows[rebuilt[-1] :] if rebuilt else rows


def _address_before(person: PersonFacts, *, building: bool) -> str:
    """異動前住所: the address here before the latest change of address; empty when there was none.

    :param building: with its 方書.
    """
    now = _address(person.current.address, person.current.building)
    for row in reversed(_stay(person)[:-1]):
        before = _address(row.address, row.building)
        if before != now and person.current.address_set_on != row.address_set_on:
            return before if building else row.address
    return ""


def _remarks(person: PersonFacts) -> list[str]:
    """Type C remarks in force, of the stay that is printed only."""
    first = _stay(person)[0]
    begun = person.changes[first.change_id].processed_on
    return [
        entry.text
        for entry in person.remarks
        if entry.kind is RemarkKind.REMARK
        and entry.withdrawn_on is None
        and (first.history_number == 1 or _belongs(entry, first, begun))
    ]


def _belongs(entry: IntegratedRemark, first: ResidentHistory, begun: dt.date) -> bool:
    """Whether a remark was made in the stay that began with a snapshot, or before it."""
    if entry.history_number is not None:
        return entry.history_number >= first.history_number
    return entry.recorded_on >= begun


def _notes(request: CertificateRequest, person: PersonFacts, *, today: dt.date) -> list[dict[str, Any]]:
    """統合記載欄: types A and B since the last 改製 when history is asked for, then type C.

    Left out: what stood on the 住民票 of an earlier stay, entries of 特別養子縁組 and 性別の変更 (RR-1.1.4b), withdrawn
    ones, what a 転出届 recorded while the person is still here (RR-5.1d), and on a 除票 whose 転出先住所 is left blank
    what was recorded of the 転出, because it would say where to.
    """
    notes: list[dict[str, Any]] = []
    if Shown.HISTORY in request.shown:
        for row in _since_rebuilt(person):
            change = person.changes[row.change_id]
            if change.reason in _MOVE_OUT and person.current.state.is_live and row.state.is_live:
                continue
            if change.reason in _MOVE_OUT and request.blank_destination:
                continue
            notes += _change_notes(row, change, person.remarks)
    notes += [{"kind": RemarkKind.REMARK.label, "text": text} for text in _remarks(person)]
    return notes


def _change_notes(
    row: ResidentHistory, change: ResidentChange, remarks: Sequence[IntegratedRemark]
) -> list[dict[str, Any]]:
    own = [
        entry
        for entry in remarks
        if entry.history_number == row.history_number and entry.withdrawn_on is None
    ]
    if any(word in entry.text for entry in own for word in _SENSITIVE):
        return []
    dates = [f"{change.moved_on.wareki} 異動"] if change.moved_on is not None else []
    days = (
        ("届出", change.notified_on), ("申出", change.applied_on), ("通知", change.noticed_on),
        ("請求", change.requested_on),
    )  # fmt: skip
    dates += [f"{to_wareki(day)} {word}" for word, day in days if day is not None]
    # A text that says no more than the reason beside it would stand there twice.
    history = [
        entry.text for entry in own if entry.kind is RemarkKind.HISTORY and entry.text != change.reason.label
    ]
    notes: list[dict[str, Any]] = [
        {
            "kind": RemarkKind.HISTORY.label,
            "event": change.reason.label,
            "dates": _lines(dates),
            "text": _lines(history),
        }
    ]
    notes += [
        {"kind": RemarkKind.NOTE.label, "text": entry.text} for entry in own if entry.kind is RemarkKind.NOTE
    ]
    return notes
