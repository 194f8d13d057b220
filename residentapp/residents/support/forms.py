"""What is typed on the screens of measures and suppressions: parsing and shape; what it means is for the rules."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from residentapp.core.dates import DateField, DateValue
from residentapp.core.kana import to_fullwidth_katakana
from residentapp.core.violations import Level, Violation
from residentapp.core.web.forms import DateValueField, choices_of
from residentapp.residents.support.models import Decision
from residentapp.residents.support.queries import MeasureView
from residentapp.residents.support.rules import usual_levels
from residentapp.residents.support.suppression_queries import ListFilter
from residentapp.residents.support.types import (
    PERSON_LABELS,
    Blocked,
    Capacity,
    Direction,
    EndReason,
    MeasureEntry,
    Offender,
    OffenderDetails,
    PersonDetails,
    Role,
    SetSuppressions,
    Supported,
    TransferEntry,
)
from residentapp.residents.types import SuppressedProcess, SuppressionCause

_LEVELS = choices_of([("", "なし"), *((level.value, level.label) for level in Level)])
_LONG = Length(max=2000, message="2000字までで入力してください。")
_TEXT = Length(max=300, message="300字までで入力してください。")

#: How many people besides the household can be named on the screen of a new measure.
EXTRA_ROWS = 3


def day_of_field(field: DateValueField) -> dt.date | None:
    """The day typed into a date field; None when it is empty."""
    return field.data.exact if isinstance(field.data, DateValue) else None


def digits_of(text: str | None) -> str:
    """A number as typed, in half width and without separators."""
    return "".join(unicodedata.normalize("NFKC", text or "").replace("-", "").split())


def whole_number(text: str | None) -> int | None:
    """A number of at most six digits; None for anything else."""
    typed = digits_of(text)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 6 else None


_Code = TypeVar("_Code", bound=enum.StrEnum)


def _known(codes: type[_Code], typed: str | None, otherwise: _Code) -> _Code:
    """A code as sent; the field itself says when there is no such code."""
    return next((code for code in codes if code.value == typed), otherwise)


def mark(form: Form, violations: Iterable[Violation]) -> list[Violation]:
    """The violations that belong to no field of a form; the others are put beside their fields."""
    rest = []
    for violation in violations:
        if violation.level is Level.ERROR and violation.field in form:
            field = form[violation.field]
            field.errors = [*field.errors, f"{violation.message}{violation.remedy}"]
        else:
            rest.append(violation)
    return rest


class Checks(SelectMultipleField):
    """Several choices as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LevelFields(Form):
    """One level for each process."""

    level_change = SelectField("異動入力", choices=_LEVELS, default="")
    level_certificate = SelectField("証明書発行", choices=_LEVELS, default="")
    level_inquiry = SelectField("照会", choices=_LEVELS, default="")
    level_inspection = SelectField("閲覧", choices=_LEVELS, default="")

    @property
    def level_fields(self) -> list[Any]:
        """The fields in the order of the processes."""
        return [self[f"level_{process.value}"] for process in SuppressedProcess]

    def levels(self) -> dict[SuppressedProcess, Level]:
        """Level by process; those without are left out."""
        typed = {process: self[f"level_{process.value}"].data for process in SuppressedProcess}
        known = {level.value: level for level in Level}
        return {process: known[level] for process, level in typed.items() if level in known}

    def fill_levels(self, levels: dict[SuppressedProcess, Level]) -> None:
        """Show some levels."""
        for process in SuppressedProcess:
            level = levels.get(process)
            self[f"level_{process.value}"].data = level.value if level is not None else ""


class SuppressForm(LevelFields):
    """Suppressions of a person or a household."""

    starts_on = DateValueField("開始日", kind=DateField.OTHER)
    ends_on = DateValueField("終了日（過ぎても自動では解除されません）", kind=DateField.OTHER)
    reason = TextAreaField("抑止の理由", [_LONG])

    def command(self, *, addressee_number: str, household_number: str) -> SetSuppressions:
        """What was asked for."""
        return SetSuppressions(
            levels=self.levels(),
            starts_on=day_of_field(self.starts_on),
            ends_on=day_of_field(self.ends_on),
            reason=(self.reason.data or "").strip(),
            addressee_number=addressee_number,
            household_number=household_number,
        )


class ReleaseForm(Form):
    """Why a suppression is released."""

    suppression = HiddenField()
    reason = StringField("解除の理由", [_TEXT])


class LiftForm(Form):
    """Which suppressions rest, for how long, and what for."""

    lifted = Checks("一時解除する抑止", validate_choice=False)
    minutes = StringField("時間", [_TEXT])
    reason = StringField("一時解除の理由", [_TEXT])

    def chosen(self, standing: Iterable[int]) -> list[int]:
        """The chosen suppressions that are among those shown."""
        shown = set(standing)
        return [number for text in self.lifted.data or () if (number := whole_number(text)) in shown]


# ---- measures


class EntryFields(LevelFields):
    """A measure's own items."""

    capacity = SelectField("立場", choices=choices_of((item.value, item.label) for item in Capacity))
    role = SelectField("受付の区分", choices=choices_of((item.value, item.label) for item in Role))
    receiving_municipality = StringField("当初受付市区町村", [_TEXT])
    applied_on = DateValueField("申出年月日", kind=DateField.OTHER)
    starts_on = DateValueField("開始年月日", kind=DateField.OTHER)
    ends_on = DateValueField("終了年月日", kind=DateField.OTHER)
    term_reason = StringField("1年間でない理由", [_TEXT])
    blocked = Checks("支援を求める事務", choices=choices_of((item.value, item.label) for item in Blocked))
    address_inspection_current = StringField("", [_TEXT])
    address_copy_current = StringField("", [_TEXT])
    address_copy_former = StringField("", [_TEXT])
    address_annex_domicile = StringField("", [_TEXT])
    address_annex_former_domicile = StringField("", [_TEXT])
    address_annex_earlier_domicile = StringField("", [_TEXT])
    note = TextAreaField("メモ（責任者だけが見ます）", [_LONG])

    @property
    def blocked_rows(self) -> list[tuple[Blocked, bool, Any]]:
        """Affair, whether it is chosen, and the field of its address."""
        chosen = set(self.blocked.data or ())
        return [(item, item.value in chosen, self[f"address_{item.value}"]) for item in Blocked]

    def entry(self, *, provisional: bool = False) -> MeasureEntry:
        """What was typed."""
        return MeasureEntry(
            applied_on=day_of_field(self.applied_on),
            capacity=_known(Capacity, self.capacity.data, Capacity.CURRENT),
            role=_known(Role, self.role.data, Role.FIRST),
            receiving_municipality=(self.receiving_municipality.data or "").strip(),
            provisional=provisional,
            starts_on=day_of_field(self.starts_on),
            ends_on=day_of_field(self.ends_on),
            term_reason=(self.term_reason.data or "").strip(),
            blocked=frozenset(item for item in Blocked if item.value in (self.blocked.data or ())),
            addresses={
                item: text for item in Blocked if (text := (self[f"address_{item.value}"].data or "").strip())
            },
            levels=self.levels(),
            note=(self.note.data or "").strip(),
        )

    def fill_entry(self, view: MeasureView) -> None:
        """Show a measure as it stands."""
        self.capacity.data, self.role.data = view.facts.capacity.value, view.facts.role.value
        self.receiving_municipality.data = view.receiving_municipality
        for field, day in (
            (self.applied_on, view.applied_on),
            (self.starts_on, view.facts.starts_on),
            (self.ends_on, view.facts.ends_on),
        ):
            field.data = DateValue.of(day) if day is not None else None
        self.term_reason.data, self.note.data = view.term_reason, view.note
        self.blocked.data = [item.value for item in Blocked if item in view.blocked]
        for item in Blocked:
            self[f"address_{item.value}"].data = view.addresses.get(item, "")
        self.fill_levels(view.levels)


class RegisterForm(EntryFields):
    """支援措置申出."""

    provisional = BooleanField("仮支援措置にする（申出から措置の開始まで）")
    received_on = DateValueField("転送された申出書を受け取った日", kind=DateField.OTHER)
    members = Checks("併せて支援を求める人", validate_choice=False)
    phone = StringField("電話", [_TEXT])
    mobile = StringField("携帯電話", [_TEXT])
    mail = StringField("メール", [_TEXT])
    other_contact = TextAreaField("そのほかの連絡先・連絡の注意", [_LONG])
    offender_name = StringField("加害者の氏名", [_TEXT])
    offender_number = StringField("加害者の宛名番号", [_TEXT])
    offender_birth = StringField("加害者の生年月日", [_TEXT])
    offender_sex = StringField("加害者の性別", [_TEXT])
    offender_address = StringField("加害者の住所", [_TEXT])
    offender_other = TextAreaField("加害者についてのその他", [_LONG])

    def begin(self, own_municipality: str, household: Sequence[str]) -> None:
        """What a new measure begins with."""
        self.receiving_municipality.data = own_municipality
        self.blocked.data = [
            Blocked.INSPECTION_CURRENT.value,
            Blocked.COPY_CURRENT.value,
            Blocked.COPY_FORMER.value,
        ]
        self.fill_levels(usual_levels([Blocked.INSPECTION_CURRENT, Blocked.COPY_CURRENT]))
        self.capacity.data, self.role.data = Capacity.CURRENT.value, Role.FIRST.value

    def supported(self, sent: Any, household: Sequence[str]) -> tuple[Supported, ...]:
        """Who is supported along with the applicant: ticked members of the household, and typed numbers.

        :param sent: the fields as sent; the relations stand in ``relation-<place>``.
        """
        chosen = set(self.members.data or ())
        found = [
            Supported(number, sent.get(f"relation-{place}", "").strip()[:100])
            for place, number in enumerate(household)
            if number in chosen
        ]
        for row in range(EXTRA_ROWS):
            number = digits_of(sent.get(f"extra-{row}", ""))[:20]
            if number:
                found.append(Supported(number, sent.get(f"extra-relation-{row}", "").strip()[:100]))
        return tuple(found)

    def contact(self) -> PersonDetails:
        """The applicant's contacts."""
        names = ("phone", "mobile", "mail", "other_contact")
        return PersonDetails(**{name: (self[name].data or "").strip() for name in names})

    def offender(self) -> Offender:
        """From whom; empty when nothing was said."""
        names = ("name", "birth", "sex", "address", "other")
        details = OffenderDetails(**{name: (self[f"offender_{name}"].data or "").strip() for name in names})
        return Offender(details, digits_of(self.offender_number.data))


class ChangeForm(EntryFields):
    """A measure as it is to be, and why."""

    version = HiddenField()
    reason = StringField("変更の理由", [_TEXT])


class StartForm(Form):
    """When a provisional measure starts."""

    version = HiddenField()
    starts_on = DateValueField("開始年月日", kind=DateField.OTHER)
    ends_on = DateValueField("終了年月日", kind=DateField.OTHER)
    term_reason = StringField("1年間でない理由", [_TEXT])


class RenewForm(Form):
    """延長の申出."""

    version = HiddenField()
    applied_on = DateValueField("延長の申出年月日", kind=DateField.OTHER)


class EndForm(Form):
    """Why a measure ends."""

    version = HiddenField()
    reason = RadioField(
        "終了の理由",
        choices=choices_of((item.value, item.label) for item in EndReason),
        validate_choice=False,
    )
    note = StringField("補足", [_TEXT])

    def end_reason(self) -> EndReason | None:
        """The chosen reason."""
        known = {item.value: item for item in EndReason}
        return known.get(self.reason.data or "")


class TransferForm(Form):
    """転送情報."""

    version = HiddenField()
    direction = SelectField("区分", choices=choices_of((item.value, item.label) for item in Direction))
    municipality = StringField("転送先・転送元の市区町村", [_TEXT])
    happened_on = DateValueField("転送した日・申出書を受け取った日", kind=DateField.OTHER)
    told_on = DateValueField("必要性が確認できないと申出者に連絡した日（受付のとき）", kind=DateField.OTHER)
    note = StringField("メモ", [_TEXT])

    def entry(self) -> TransferEntry:
        """What was typed."""
        direction = Direction(self.direction.data)
        return TransferEntry(
            direction,
            (self.municipality.data or "").strip(),
            day_of_field(self.happened_on),
            day_of_field(self.told_on) if direction is Direction.IN else None,
            (self.note.data or "").strip(),
        )


class PersonForm(Form):
    """What is kept of a protected person."""

    version = HiddenField()
    relation = StringField("申出者との関係", [_TEXT])
    name = StringField(PERSON_LABELS["name"], [_TEXT])
    name_kana = StringField(PERSON_LABELS["name_kana"], [_TEXT])
    alias = StringField(PERSON_LABELS["alias"], [_TEXT])
    alias_kana = StringField(PERSON_LABELS["alias_kana"], [_TEXT])
    birth = StringField(PERSON_LABELS["birth"], [_TEXT])
    sex = StringField(PERSON_LABELS["sex"], [_TEXT])
    address = StringField(PERSON_LABELS["address"], [_TEXT])
    former_addresses = TextAreaField(PERSON_LABELS["former_addresses"], [_LONG])
    domicile = StringField(PERSON_LABELS["domicile"], [_TEXT])
    former_domiciles = TextAreaField(PERSON_LABELS["former_domiciles"], [_LONG])
    planned_destination = StringField(PERSON_LABELS["planned_destination"], [_TEXT])
    confirmed_destination = StringField(PERSON_LABELS["confirmed_destination"], [_TEXT])
    phone = StringField(PERSON_LABELS["phone"], [_TEXT])
    mobile = StringField(PERSON_LABELS["mobile"], [_TEXT])
    mail = StringField(PERSON_LABELS["mail"], [_TEXT])
    other_contact = TextAreaField(PERSON_LABELS["other_contact"], [_LONG])

    def fill(self, details: PersonDetails, relation: str) -> None:
        """Show what is kept."""
        self.relation.data = relation
        for name, text in dataclasses.asdict(details).items():
            self[name].data = text

    def details(self) -> PersonDetails:
        """What was typed; kana in full width."""
        typed = {name: _clean(self[name].data) for name in PERSON_LABELS}
        for name in ("name_kana", "alias_kana"):
            typed[name] = to_fullwidth_katakana(typed[name])
        return PersonDetails(**typed)


class NewMemberForm(Form):
    """Somebody else to protect."""

    version = HiddenField()
    addressee_number = StringField("宛名番号", [_TEXT])
    relation = StringField("申出者との関係", [_TEXT])

    def supported(self) -> Supported:
        """What was typed."""
        return Supported(digits_of(self.addressee_number.data), (self.relation.data or "").strip())


class RemoveForm(Form):
    """Why somebody is taken out of a measure."""

    version = HiddenField()
    reason = StringField("外す理由", [_TEXT])


class OffenderForm(Form):
    """加害者."""

    version = HiddenField()
    name = StringField("氏名", [_TEXT])
    addressee_number = StringField("宛名番号", [_TEXT])
    birth = StringField("生年月日", [_TEXT])
    sex = StringField("性別", [_TEXT])
    address = StringField("住所", [_TEXT])
    other = TextAreaField("その他", [_LONG])

    def fill(self, offender: Offender) -> None:
        """Show what is kept."""
        self.addressee_number.data = offender.addressee_number
        for name, text in dataclasses.asdict(offender.details).items():
            self[name].data = text

    def offender(self) -> Offender:
        """What was typed."""
        names = ("name", "birth", "sex", "address", "other")
        return Offender(
            OffenderDetails(**{name: _clean(self[name].data) for name in names}),
            digits_of(self.addressee_number.data),
        )


def _clean(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


# ---- reviews and lists


class DecisionForm(Form):
    """What the officer in charge decides."""

    decision = RadioField(
        "判断", choices=choices_of((item.value, item.label) for item in Decision), validate_choice=False
    )
    minutes = StringField("発行できる時間", [_TEXT])
    reason = TextAreaField("判断の理由（依頼した職員には見えません）", [_LONG])

    def chosen(self) -> Decision | None:
        """The chosen decision."""
        return {item.value: item for item in Decision}.get(self.decision.data or "")


class FindForm(Form):
    """By number, where the record itself does not open."""

    number = StringField("宛名番号か世帯番号", [_TEXT])


class ListForm(Form):
    """What the list of suppressed people holds."""

    cause = SelectField(
        "事由", choices=choices_of([("", "すべて"), *((item.value, item.label) for item in SuppressionCause)])
    )
    of_process = SelectField(
        "処理",
        choices=choices_of([("", "すべて"), *((item.value, item.label) for item in SuppressedProcess)]),
    )

    def wanted(self) -> ListFilter:
        """The filter."""
        cause, process = self.cause.data or "", self.of_process.data or ""
        return ListFilter(
            SuppressionCause(cause) if cause else None, SuppressedProcess(process) if process else None
        )
