"""Turns snapshots into the data of the forms that copy or certify a resident record or a removed record.

Sources: forms 20.1.1 to 20.1.4; RR-1.1.5f (items of a 除票), RR-1.1.9 (wareki and 西暦), RR-5.1 (omissions),
RR-5.3 (フリガナ), RR-5.4 (方書), RR-5.5 (発行番号), RR-5.6 (職名, 公印), RR-5.7 (公用). Nothing that was not asked for
gets into the data, so that it cannot get onto the paper.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image

from residentapp.core.dates import DateValue, to_seireki, to_wareki
from residentapp.core.documents import OMITTED
from residentapp.core.masters.models import Certifier, OwnMunicipality, Seal
from residentapp.residents import history
from residentapp.residents.certificates.types import CertificateRequest, Shown, Style
from residentapp.residents.kana.rules import is_on_certificates
from residentapp.residents.kana.types import KanaItem
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.remarks.queries import belongs
from residentapp.residents.remarks.rules import Days, removal_entries, sensitivity_of_text, without_days
from residentapp.residents.types import ChangeReason, RemarkKind, ResidentKind, ResidentState

#: A text about one of these items is left out together with it (RR-5.1).
_LEFT_OUT_WITH = {
    "head_name": Shown.RELATIONSHIP,
    "relationship_to_head": Shown.RELATIONSHIP,
    "registered_domicile": Shown.DOMICILE,
    "register_head": Shown.DOMICILE,
    "name_kana": Shown.KANA,
    "former_name_kana": Shown.KANA,
    "alias_kana": Shown.KANA,
    "nationality": Shown.NATIONALITY,
    "foreign_category": Shown.CATEGORY,
    "residence_status": Shown.STATUS,
    "residence_period": Shown.PERIOD,
    "residence_expires_on": Shown.EXPIRY,
    "residence_card_number": Shown.CARD_NUMBER,
    "special_permanent_number": Shown.CARD_NUMBER,
}
_ALIAS = (ChangeReason.ALIAS_RECORD, ChangeReason.ALIAS_DELETE)
#: Items that say where somebody went (RR-1.1.5c).
_DESTINATION = frozenset({"planned_destination", "confirmed_destination"})
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
    """Who certifies, where, when and in which words.

    :param seal: None prints 「公印省略」.
    :param words: texts of the form as they hold on the day (``core.masters.wording``).
    """

    municipality: OwnMunicipality
    certifier: Certifier
    seal: Seal | None
    day: dt.date
    words: Mapping[str, str]


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
            _member(request, person, certification.day) | {"remarks": _lines(_remarks(request, person))}
            for person in people
        ]
        data["certification"] = _certification(
            certification, "certification_whole" if whole_household else "certification_part"
        )
        return [data]
    pages = []
    for person in people:
        data = _page(request, person.current, certification, issue_number)
        data["member"] = _member(request, person, certification.day)
        data["notes"] = _notes(request, person, today=today)
        if request.style.of_removed:
            data["removal"] = _removal(request, person.current)
            data["notes"].insert(0, _own_matters(request, person.current))
        data["certification"] = _certification(certification, "certification")
        pages.append(data)
    return pages


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
    items = history.items_of(row)
    if request.blank_destination:
        items["planned_destination"] = None
    entries = removal_entries(items, blanks=True)
    return {"kind": "除票", "text": [f"{entry.label}　{entry.text or '【空欄】'}" for entry in entries]}


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


def _certification(certification: Certification, item: str) -> dict[str, Any]:
    """認証文 of a form and who certifies.

    :param item: which of the form's texts.
    """
    return certification_data(certification, certification.words[item])


def certification_data(certification: Certification, text: str) -> dict[str, Any]:
    """認証文 and who certifies: the same part of every certificate (RR-5.1c, RR-5.6).

    :param text: 認証文.
    """
    data: dict[str, Any] = {
        "text": text,
        "date": to_wareki(certification.day),
        "prefecture": certification.municipality.prefecture,
        "office_title": certification.certifier.title,
        "name": certification.certifier.name,
    }
    if certification.seal is None:
        data["seal_note"] = certification.words["no_seal_note"]
    else:
        picture = seal_on_paper(certification.seal.image_png, certification.seal.size_mm)
        data["seal_png"] = base64.b64encode(picture).decode()
        data["seal_note"] = certification.words["seal_note"]
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


def certified_kana(row: ResidentHistory, item: KanaItem, day: dt.date) -> str | None:
    """A フリガナ that may be certified on a day (RR-5.3a); None when there is none."""
    kana: str | None = getattr(row, item.kana_column)
    confirmed: bool = getattr(row, item.flag_column)
    may = is_on_certificates(item, kana, confirmed=confirmed, kind=row.resident_kind, issued_on=day)
    return kana if may else None


def _member(request: CertificateRequest, person: PersonFacts, day: dt.date) -> dict[str, Any]:
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
    if Shown.KANA in shown and (kana := certified_kana(row, KanaItem.NAME, day)):
        data["name_kana"] = kana
    if row.resident_kind is ResidentKind.JAPANESE:
        data |= {
            "birth_date": when(Shown.BIRTH, row.birth_date.wareki),
            "former_name": row.former_name or "",
            "became_resident_on": when(Shown.DAYS, _wareki(row.became_resident_on)),
            "registered_domicile": when(Shown.DOMICILE, row.registered_domicile),
            "domicile_head": when(Shown.DOMICILE, row.register_head),
        }
        if (
            Shown.KANA in shown
            and row.former_name
            and (kana := certified_kana(row, KanaItem.FORMER_NAME, day))
        ):
            data["former_name_kana"] = kana
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
    if Shown.KANA in shown and row.alias and (kana := certified_kana(row, KanaItem.ALIAS, day)):
        data["alias_kana"] = kana
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
    """Snapshots of the stay that is printed, oldest first: nothing of an earlier 住民票 stands on a copy of it."""
    last = history.stays(person.snapshots, person.changes)[-1]
    return [person.snapshots[place] for place in last.places]


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
    row = _row_before(person)
    return _address(row.address, row.building if building else None) if row is not None else ""


def _row_before(person: PersonFacts) -> ResidentHistory | None:
    now = _address(person.current.address, person.current.building)
    for row in reversed(_stay(person)[:-1]):
        before = _address(row.address, row.building)
        if before != now and person.current.address_set_on != row.address_set_on:
            return row
    return None


def told_snapshots(style: Style, shown: Set[Shown], person: PersonFacts) -> frozenset[int]:
    """履歴番号 of the snapshots whose address a certificate tells, in an item or in a remark; the printed one is one.

    :param shown: 記載事項 that were asked for; a copy tells former addresses in any case.
    """
    told = {person.current.history_number}
    before = _row_before(person)
    if before is not None and (Shown.FORMER_ADDRESSES in shown or not style.of_items):
        told.add(before.history_number)
    stay = _stay(person)
    if Shown.HISTORY in shown:
        # What is written of a change names the address before it, too; the change that began the stay another town's.
        first = _since_rebuilt(person)[0].history_number
        told |= {row.history_number for row in stay if row.history_number >= first - 1}
    texts = [
        entry.text
        for entry in person.remarks
        if entry.withdrawn_on is None and belongs(entry, stay[0], person.changes)
    ]
    told |= {row.history_number for row in person.snapshots if any(row.address in text for text in texts)}
    return frozenset(told)


def _stands(request: CertificateRequest, entry: IntegratedRemark) -> bool:
    """Whether a copy says an entry: not withdrawn, nothing sensitive unless asked for, no item that is left out."""
    if entry.withdrawn_on is not None or (_is_sensitive(entry) and not request.sensitive_history):
        return False
    if request.blank_destination and not _DESTINATION.isdisjoint(entry.items):
        return False
    left_out = {_LEFT_OUT_WITH[column] for column in entry.items if column in _LEFT_OUT_WITH}
    return left_out <= request.shown


def _is_sensitive(entry: IntegratedRemark) -> bool:
    """RR-1.1.4b: marked so, or with one of the prescribed words in a text that nobody marked."""
    return entry.sensitivity is not None or sensitivity_of_text(entry.text) is not None


def _remarks(request: CertificateRequest, person: PersonFacts) -> list[str]:
    """Type C remarks in force, of the stay that is printed only."""
    first = _stay(person)[0]
    return [
        entry.text
        for entry in person.remarks
        if entry.kind is RemarkKind.REMARK
        and _stands(request, entry)
        and belongs(entry, first, person.changes)
    ]


def _notes(request: CertificateRequest, person: PersonFacts, *, today: dt.date) -> list[dict[str, Any]]:
    """統合記載欄: types A and B since the last 改製 when history is asked for, then type C.

    Left out: what stood on the 住民票 of an earlier stay, entries of 特別養子縁組 and 性別の変更 unless asked for
    (RR-1.1.4b), withdrawn ones, those about an item that is left out, what a 転出届 recorded while the person is
    still here (RR-5.1d), and on a 除票 whose 転出先住所 is left blank what would say where to.
    """
    notes: list[dict[str, Any]] = []
    if Shown.HISTORY in request.shown:
        before: ResidentHistory | None = None
        for row in _since_rebuilt(person):
            change = person.changes[row.change_id]
            left_out = (
                _tells_of_departure(person, before, row, change)
                or (change.reason in _ALIAS and Shown.ALIAS_MATTERS not in request.shown)
                or (request.blank_destination and _tells_destination(before, row, change))
            )
            if not left_out:
                notes += _change_notes(request, row, change, person.remarks)
            before = row
    notes += [{"kind": RemarkKind.REMARK.label, "text": text} for text in _remarks(request, person)]
    return notes


def _tells_of_departure(
    person: PersonFacts, before: ResidentHistory | None, row: ResidentHistory, change: ResidentChange
) -> bool:
    """Whether an entry would say that somebody who is still here has notified to leave (RR-5.1d).

    So does the correction of where they go, and the cancellation before they went.
    """
    if not person.current.state.is_live or not row.state.is_live:
        return False
    changed = (
        before is not None and before.state.is_live and before.planned_destination != row.planned_destination
    )
    return change.reason in _MOVE_OUT or changed


def _tells_destination(before: ResidentHistory | None, row: ResidentHistory, change: ResidentChange) -> bool:
    """Whether an entry would say where somebody went: the 転出, its correction, the notice from there."""
    changed = before is not None and any(
        getattr(before, column) != getattr(row, column) for column in _DESTINATION
    )
    return change.reason in _MOVE_OUT or changed


def _change_notes(
    request: CertificateRequest,
    row: ResidentHistory,
    change: ResidentChange,
    remarks: Sequence[IntegratedRemark],
) -> list[dict[str, Any]]:
    of_change = [
        entry
        for entry in remarks
        if entry.history_number == row.history_number and entry.withdrawn_on is None
    ]
    if any(_is_sensitive(entry) for entry in of_change) and not request.sensitive_history:
        return []
    own = [entry for entry in of_change if _stands(request, entry)]
    dates = [f"{change.moved_on.wareki} 異動"] if change.moved_on is not None else []
    days = Days(change.notified_on, change.applied_on, change.noticed_on, change.requested_on)
    words = (
        ("届出", days.notified_on), ("申出", days.applied_on), ("通知", days.noticed_on),
        ("請求", days.requested_on),
    )  # fmt: skip
    dates += [f"{to_wareki(day)} {word}" for word, day in words if day is not None]
    # The days stand in the column beside, and a text that says no more than the reason would stand there twice.
    matters = [
        without_days(entry.text, change.moved_on, days) for entry in own if entry.kind is RemarkKind.HISTORY
    ]
    notes: list[dict[str, Any]] = [
        {
            "kind": RemarkKind.HISTORY.label,
            "event": change.reason.label,
            "dates": _lines(dates),
            "text": _lines([matter for matter in matters if matter != change.reason.label]),
        }
    ]
    notes += [
        {"kind": RemarkKind.NOTE.label, "text": entry.text} for entry in own if entry.kind is RemarkKind.NOTE
    ]
    return notes
