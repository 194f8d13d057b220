"""Parsing of the screens of messages: shape only."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Length

from residentapp.core.dates import DateField
from residentapp.core.outbox.types import InboxState, MessageState, Partner
from residentapp.core.web.forms import DateValueField, choices_of
from residentapp.residents.messages.kinds import named_kinds
from residentapp.residents.messages.lists import InboxFilter, MessageFilter
from residentapp.residents.messages.operations import Completion
from residentapp.residents.messages.types import PrintStyle
from residentapp.residents.types import ChangeKind, ChangeReason

_Code = TypeVar("_Code", bound=StrEnum)


def _codes(values: type[_Code], empty: str) -> Any:
    return choices_of([("", empty), *((value.value, value.label) for value in values)])  # type: ignore[attr-defined]


def _one(values: type[_Code], code: str | None) -> _Code | None:
    return values(code) if code else None


def _day(field: DateValueField) -> dt.date | None:
    return field.data.exact if field.data is not None else None


class SearchForm(FlaskForm):  # type: ignore[misc]
    """Which messages to partners."""

    subject = StringField("宛名番号", validators=[Length(max=20, message="20字までで入力してください。")])
    destination = SelectField("連携先", choices=_codes(Partner, "すべて"), default="")
    kind = SelectField("種別", default="")
    state = SelectField("状態", choices=_codes(MessageState, "すべて"), default="")
    day = DateValueField("作成年月日", kind=DateField.OTHER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of([("", "すべて"), *named_kinds()])

    def terms(self) -> dict[str, str]:
        """What is searched by, to be kept on the server."""
        day = _day(self.day)
        return {
            "subject": (self.subject.data or "").strip(),
            "destination": self.destination.data or "",
            "kind": self.kind.data or "",
            "state": self.state.data or "",
            "day": day.isoformat() if day is not None else "",
        }


class InboxForm(FlaskForm):  # type: ignore[misc]
    """Which messages from partners."""

    source = SelectField("連携元", choices=_codes(Partner, "すべて"), default="")
    kind = SelectField("種別", default="")
    state = SelectField("状態", choices=_codes(InboxState, "すべて"), default="")
    day = DateValueField("受信年月日", kind=DateField.OTHER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of([("", "すべて"), *named_kinds(incoming=True)])

    def terms(self) -> dict[str, str]:
        """As :meth:`SearchForm.terms`."""
        day = _day(self.day)
        return {
            "source": self.source.data or "",
            "kind": self.kind.data or "",
            "state": self.state.data or "",
            "day": day.isoformat() if day is not None else "",
        }


def message_filter(terms: dict[str, str], page: int) -> MessageFilter:
    """The filter of kept terms."""
    return MessageFilter(
        subject=terms.get("subject", ""),
        destination=_one(Partner, terms.get("destination")),
        kind=terms.get("kind", ""),
        state=_one(MessageState, terms.get("state")),
        day=dt.date.fromisoformat(terms["day"]) if terms.get("day") else None,
        page=max(1, page),
    )


def inbox_filter(terms: dict[str, str], page: int) -> InboxFilter:
    """The filter of kept terms."""
    return InboxFilter(
        source=_one(Partner, terms.get("source")),
        kind=terms.get("kind", ""),
        state=_one(InboxState, terms.get("state")),
        day=dt.date.fromisoformat(terms["day"]) if terms.get("day") else None,
        page=max(1, page),
    )


def _reasons() -> Any:
    pairs = [("", "変えない")]
    for kind in ChangeKind:
        pairs += [
            (reason.value, f"{kind.label}：{reason.label}") for reason in ChangeReason if reason.kind is kind
        ]
    return choices_of(pairs)


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why something is done with a message. An empty reason is refused by the operation, in its own words."""

    reason = StringField("理由", validators=[Length(max=200, message="200字までで入力してください。")])


class ResendForm(ReasonForm):
    """再送."""

    change_reason = SelectField("異動事由", choices=_reasons(), default="")

    @property
    def other_reason(self) -> ChangeReason | None:
        """The 異動事由 to send under instead; None to leave it."""
        return _one(ChangeReason, self.change_reason.data)


class CompletionForm(FlaskForm):  # type: ignore[misc]
    """補完 of a held message."""

    municipality = StringField(
        "宛先の市区町村", validators=[Length(max=60, message="60字までで入力してください。")]
    )
    print_style = SelectField("印刷区分", choices=_codes(PrintStyle, "選んでください"), default="")
    postal_code = StringField(
        "送付先の郵便番号", validators=[Length(max=10, message="10字までで入力してください。")]
    )
    address = StringField("送付先", validators=[Length(max=200, message="200字までで入力してください。")])
    place_reason = StringField(
        "現住所と違う所へ送る理由", validators=[Length(max=200, message="200字までで入力してください。")]
    )

    def command(self) -> Completion:
        """What is added."""
        return Completion(
            municipality=self.municipality.data or "",
            print_style=self.print_style.data or "",
            postal_code=self.postal_code.data or "",
            address=self.address.data or "",
            place_reason=self.place_reason.data or "",
        )
