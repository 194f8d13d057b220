"""Forms of login and administration: parsing and shape only."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wtforms import BooleanField, Form, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from residentapp.admin.types import Validity
from residentapp.core.access import Permission
from residentapp.core.access.models import OfficeKind
from residentapp.core.audit.models import Log
from residentapp.core.dates import DateField, DateValue
from residentapp.core.web.forms import DateValueField, choices_of
from residentapp.core.web.input_check import id_of


def _required(what: str) -> InputRequired:
    return InputRequired(f"{what}を入力してください。")


def day_of_field(field: DateValueField) -> dt.date | None:
    """The day typed into a date field; None when it is empty."""
    return field.data.exact if isinstance(field.data, DateValue) else None


class LoginForm(Form):
    """Name, password, and where the user sits."""

    login = StringField("利用者ID", [_required("利用者ID"), Length(max=200)])
    password = PasswordField("パスワード", [_required("パスワード"), Length(max=500)])
    terminal = SelectField("端末", [_required("端末")], validate_choice=False)


class OwnPasswordForm(Form):
    """The own new password."""

    current = PasswordField("いまのパスワード", [_required("いまのパスワード"), Length(max=500)])
    password = PasswordField("新しいパスワード", [_required("新しいパスワード"), Length(max=500)])
    repeated = PasswordField("新しいパスワード（確認）", [_required("確認のパスワード"), Length(max=500)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Also: both new passwords are the same."""
        valid = super().validate(extra_validators)
        if valid and self.password.data != self.repeated.data:
            self.repeated.errors = ["新しいパスワードと違います。同じものを入力してください。"]
            return False
        return valid


class PeriodForm(Form):
    """First and last day of validity."""

    valid_from = DateValueField("開始日", kind=DateField.OTHER)
    valid_to = DateValueField("終了日", kind=DateField.OTHER)

    def show_period(self, first: dt.date | None, last: dt.date | None) -> None:
        """Fill in the period that is registered."""
        self.valid_from.data = DateValue.of(first) if first else None
        self.valid_to.data = DateValue.of(last) if last else None

    def validity(self) -> Validity:
        """The period as entered."""
        return Validity(day_of_field(self.valid_from), day_of_field(self.valid_to))


class UserForm(PeriodForm):
    """An account."""

    login = StringField("利用者ID", [Length(max=200)])
    name = StringField("利用者名称", [_required("利用者名称"), Length(max=200)])
    department_id = SelectField("所属", coerce=id_of)
    active = BooleanField("利用できる", default=True)
    version = StringField("版")


class RoleGrantForm(PeriodForm):
    """A role for a period."""

    role_id = SelectField("役割", coerce=id_of)


class PermissionGrantForm(PeriodForm):
    """A single permission, given or taken, for a period."""

    permission = SelectField("権限", choices=choices_of((item.value, item.label) for item in Permission))
    granted = SelectField("扱い", choices=choices_of((("1", "使えるようにする"), ("0", "使えなくする"))))


class RoleForm(Form):
    """A new role."""

    code = StringField("コード", [_required("コード"), Length(max=40)])
    name = StringField("名称", [_required("名称"), Length(max=60)])
    description = StringField("説明", [Length(max=200)])


class PlaceForm(PeriodForm):
    """A department, office, terminal or printer; the screen shows the fields of its kind."""

    code = StringField("コード", [_required("コード"), Length(max=20)])
    name = StringField("名称", [_required("名称"), Length(max=60)])
    kind = SelectField("区分", choices=choices_of((kind.value, kind.label) for kind in OfficeKind))
    office_id = SelectField("場所", coerce=id_of, validate_choice=False)
    printer_id = SelectField("プリンタ", coerce=id_of, validate_choice=False)
    trays = StringField("給紙トレイ（読点で区切る）", [Length(max=200)])
    next_name = StringField("次の名称", [Length(max=60)])
    next_name_from = DateValueField("次の名称に変える日", kind=DateField.OTHER)
    contact = StringField("問合せ先（通知書に印字する）", [Length(max=100)])
    ward_code = SelectField("区", validate_choice=False)
    active = BooleanField("使用する", default=True)
    seen = HiddenField()


class AuditSearchForm(Form):
    """Conditions of a search in the audit log."""

    since = DateValueField("開始日", kind=DateField.OTHER)
    until = DateValueField("終了日", kind=DateField.OTHER)
    log = SelectField(
        "ログの種類",
        default="",
        choices=choices_of([("", "すべて"), *((log.value, log.label) for log in Log)]),
    )
    action = StringField("機能名・処理名", [Length(max=80)])
    login = StringField("利用者ID", [Length(max=64)])
    office_code = SelectField("場所", validate_choice=False)
    terminal_code = SelectField("端末", validate_choice=False)
    subject = StringField("宛名番号", [Length(max=20)])
    request_id = StringField("受付番号（リクエスト）", [Length(max=64)])
    individual_number = BooleanField("個人番号にふれたものだけ")
    failed = BooleanField("失敗・拒否だけ")
