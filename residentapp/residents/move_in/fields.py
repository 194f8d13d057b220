"""The fields of a move-in: labels, lengths, which kind of resident has them, and who may see them.

One table serves the form, the rules, the CSV intake, the check page and the register. Sources: RR-1.1.1, RR-1.1.2,
RR-10.4a (items shown by right).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, fields

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.residents.move_in.types import MemberEntry, YesNo
from residentapp.residents.remarks.rules import Adoption
from residentapp.residents.rules.relationship_proof import ProofDocument, Translation
from residentapp.residents.types import ForeignCategory, PensionKind, ResidentKind, Sex

Choices = tuple[tuple[str, str], ...]


class FieldKind(enum.StrEnum):
    """What a field takes."""

    TEXT = "text"
    NAME = "name"
    KANA = "kana"
    DATE = "date"
    MONTH = "month"
    DIGITS = "digits"
    CARD = "card"
    CHOICE = "choice"
    FLAG = "flag"
    LINES = "lines"

    @property
    def label(self) -> str:
        """What to type, for help texts."""
        return {
            "text": "文字",
            "name": "氏名の文字",
            "kana": "全角カタカナ",
            "date": "年月日",
            "month": "年月",
            "digits": "数字",
            "card": "英字と数字",
            "choice": "選択",
            "flag": "印",
            "lines": "文字（複数行）",
        }[self.value]


class Group(enum.StrEnum):
    """Groups in which a member's fields stand on the screen."""

    NAME = "name"
    PERSON = "person"
    REGISTER = "register"
    PREVIOUS = "previous"
    NUMBERS = "numbers"
    FOREIGN = "foreign"
    ALIAS = "alias"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Heading."""
        return {
            "name": "氏名",
            "person": "生年月日・性別・続柄",
            "register": "戸籍の表示",
            "previous": "転入前住所",
            "numbers": "番号",
            "foreign": "在留資格等",
            "alias": "通称の記載・削除",
            "other": "選挙・保険・年金・手当・備考",
        }[self.value]


@dataclass(frozen=True)
class FieldSpec:
    """One item of a member.

    :param name: attribute of :class:`MemberEntry`.
    :param longest: most characters, a base with its selector counted as one.
    :param only: the kind of resident that has the item; None when both have it.
    :param permission: without it the item is neither shown nor asked for.
    """

    name: str
    label: str
    kind: FieldKind
    group: Group
    longest: int = 100
    only: ResidentKind | None = None
    permission: Permission | None = None
    choices: Choices = ()
    hint: str = ""

    def belongs_to(self, kind: ResidentKind) -> bool:
        """Whether this kind of resident has the item."""
        return self.only is None or self.only is kind

    def visible_to(self, actor: Actor) -> bool:
        """Whether the actor may see the item (RR-10.4a)."""
        return self.permission is None or actor.may(self.permission)

    def shown(self, value: str) -> str:
        """The value as the check page shows it."""
        if self.kind is FieldKind.FLAG:
            return "確認済み" if value else ""
        return dict(self.choices).get(value, value)


_J = ResidentKind.JAPANESE
_F = ResidentKind.FOREIGN
_YES_NO: Choices = tuple((item.value, item.label) for item in YesNo)
_STATUS = Permission.ITEM_RESIDENCE_STATUS
_DOMICILE = Permission.ITEM_REGISTERED_DOMICILE

#: Longest name: residence cards print up to 150 letters and more than one line of them.
NAME_LENGTH = 200
ADDRESS_LENGTH = 200

MEMBER_FIELDS: tuple[FieldSpec, ...] = (
    FieldSpec(
        "name_alphabet", "氏名（アルファベット）", FieldKind.NAME, Group.NAME, NAME_LENGTH, _F,
        hint="在留カード等のとおり、大文字で入力します。",
    ),
    FieldSpec("name", "氏名", FieldKind.NAME, Group.NAME, NAME_LENGTH, hint="氏と名の間は1文字空けます。"),
    FieldSpec("name_kana", "氏名のフリガナ", FieldKind.KANA, Group.NAME, NAME_LENGTH),
    FieldSpec("name_kana_confirmed", "氏名のフリガナの確認", FieldKind.FLAG, Group.NAME, 1),
    FieldSpec("former_name", "旧氏", FieldKind.NAME, Group.NAME, NAME_LENGTH, _J),
    FieldSpec("former_name_kana", "旧氏のフリガナ", FieldKind.KANA, Group.NAME, NAME_LENGTH, _J),
    FieldSpec("former_name_kana_confirmed", "旧氏のフリガナの確認", FieldKind.FLAG, Group.NAME, 1, _J),
    FieldSpec("alias", "通称", FieldKind.NAME, Group.NAME, NAME_LENGTH, _F),
    FieldSpec("alias_kana", "通称のフリガナ", FieldKind.KANA, Group.NAME, NAME_LENGTH, _F),
    FieldSpec("alias_kana_confirmed", "通称のフリガナの確認", FieldKind.FLAG, Group.NAME, 1, _F),
    FieldSpec("birth_date", "生年月日", FieldKind.DATE, Group.PERSON, 40),
    FieldSpec(
        "sex", "性別", FieldKind.CHOICE, Group.PERSON, 10,
        choices=tuple((item.value, item.label) for item in Sex),
    ),
    FieldSpec(
        "relationship", "続柄", FieldKind.TEXT, Group.PERSON, 40,
        hint="世帯主、妻、夫、子、父、母、子の妻、縁故者、同居人など",
    ),
    FieldSpec(
        "relationship_proof", "続柄を証する書類", FieldKind.CHOICE, Group.PERSON, 20, _F,
        choices=tuple((item.value, item.label) for item in ProofDocument),
    ),
    FieldSpec(
        "relationship_translation", "書類の訳文", FieldKind.CHOICE, Group.PERSON, 10, _F,
        choices=tuple((item.value, item.label) for item in Translation),
    ),
    FieldSpec(
        "registered_domicile", "本籍", FieldKind.TEXT, Group.REGISTER, ADDRESS_LENGTH, _J, _DOMICILE,
        hint="無いときは「なし」、分からないときは「不明」と入力します。",
    ),
    FieldSpec("register_head", "筆頭者", FieldKind.NAME, Group.REGISTER, NAME_LENGTH, _J, _DOMICILE),
    FieldSpec("previous_postal_code", "転入前住所の郵便番号", FieldKind.DIGITS, Group.PREVIOUS, 8),
    FieldSpec("previous_address_code", "転入前住所の住所コード", FieldKind.DIGITS, Group.PREVIOUS, 11),
    FieldSpec(
        "previous_address", "転入前住所", FieldKind.TEXT, Group.PREVIOUS, ADDRESS_LENGTH,
        hint="方書まで入力します。国外は国名から入力します。",
    ),
    FieldSpec("previous_head_name", "転入前の世帯主", FieldKind.NAME, Group.PREVIOUS, NAME_LENGTH),
    FieldSpec(
        "unreported_address", "未届の住所", FieldKind.TEXT, Group.PREVIOUS, ADDRESS_LENGTH,
        hint="転入前住所の後に、届け出ていない住所があるときだけ入力します。",
    ),
    FieldSpec(
        "adoption", "特別養子縁組による転入", FieldKind.CHOICE, Group.PREVIOUS, 10,
        choices=tuple((item.value, item.label) for item in Adoption),
        hint="選ぶと留意事項に残ります。証明書では、異動履歴ごと省略します。",
    ),
    FieldSpec(
        "became_resident_on", "住民となった年月日", FieldKind.DATE, Group.PERSON, 40, _J,
        hint="空欄のときは異動日と同じです。",
    ),
    FieldSpec(
        "became_foreign_resident_on", "外国人住民となった年月日", FieldKind.DATE, Group.PERSON, 40, _F,
        hint="国外転入等で空欄のときは異動日と同じです。",
    ),
    FieldSpec(
        "individual_number", "個人番号", FieldKind.DIGITS, Group.NUMBERS, 12,
        permission=Permission.ITEM_INDIVIDUAL_NUMBER,
    ),
    FieldSpec(
        "resident_code", "住民票コード", FieldKind.DIGITS, Group.NUMBERS, 11,
        permission=Permission.ITEM_RESIDENT_CODE,
        hint="空欄のときは、本登録のときに新しく付番します。",
    ),
    FieldSpec(
        "foreign_category", "法第30条の45の区分", FieldKind.CHOICE, Group.FOREIGN, 40, _F, _STATUS,
        tuple((item.value, item.label) for item in ForeignCategory),
    ),
    FieldSpec("nationality", "国籍・地域", FieldKind.TEXT, Group.FOREIGN, 60, _F, _STATUS),
    FieldSpec("nationality_code", "国籍・地域コード", FieldKind.CARD, Group.FOREIGN, 3, _F, _STATUS),
    FieldSpec("residence_status", "在留資格", FieldKind.TEXT, Group.FOREIGN, 60, _F, _STATUS),
    FieldSpec(
        "residence_period", "在留期間等", FieldKind.TEXT, Group.FOREIGN, 40, _F, _STATUS,
        hint="一時庇護許可者は上陸期間、仮滞在許可者は仮滞在期間を入力します。",
    ),
    FieldSpec("residence_expires_on", "在留期間の満了の日", FieldKind.DATE, Group.FOREIGN, 40, _F, _STATUS),
    FieldSpec("residence_card_number", "在留カードの番号", FieldKind.CARD, Group.FOREIGN, 12, _F, _STATUS),
    FieldSpec(
        "special_permanent_number", "特別永住者証明書の番号", FieldKind.CARD, Group.FOREIGN, 12, _F, _STATUS
    ),
    FieldSpec("former_registration_on", "旧外登法による登録年月日", FieldKind.DATE, Group.FOREIGN, 40, _F, _STATUS),
    FieldSpec(
        "residence_notified", "住居地の届出", FieldKind.CHOICE, Group.FOREIGN, 3, _F, _STATUS, _YES_NO
    ),
    FieldSpec(
        "landing_permit_move_in", "上陸許可証による転入", FieldKind.CHOICE, Group.FOREIGN, 3, _F, _STATUS, _YES_NO
    ),
    FieldSpec("alias_recorded_on", "通称を記載した年月日", FieldKind.DATE, Group.ALIAS, 40, _F),
    FieldSpec("alias_recorded_municipality", "通称を記載した市区町村", FieldKind.TEXT, Group.ALIAS, 60, _F),
    FieldSpec("alias_recorded_code", "通称を記載した市区町村コード", FieldKind.DIGITS, Group.ALIAS, 6, _F),
    FieldSpec("alias_deleted_on", "通称を削除した年月日", FieldKind.DATE, Group.ALIAS, 40, _F),
    FieldSpec("alias_deleted_municipality", "通称を削除した市区町村", FieldKind.TEXT, Group.ALIAS, 60, _F),
    FieldSpec("alias_deleted_code", "通称を削除した市区町村コード", FieldKind.DIGITS, Group.ALIAS, 6, _F),
    FieldSpec(
        "previous_aliases", "以前の通称の記載・削除", FieldKind.LINES, Group.ALIAS, 2000, _F,
        hint="1行に1件、「通称、記載年月日・市区町村、削除年月日・市区町村」の順に入力します。",
    ),
    FieldSpec(
        "on_electoral_roll", "選挙人名簿への登録", FieldKind.CHOICE, Group.OTHER, 3, _J, choices=_YES_NO
    ),
    FieldSpec("health_insurance_insured", "国民健康保険の被保険者", FieldKind.CHOICE, Group.OTHER, 3, choices=_YES_NO),
    FieldSpec("health_insurance_acquired_on", "国民健康保険の資格取得年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("health_insurance_lost_on", "国民健康保険の資格喪失年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("elderly_care_insured", "後期高齢者医療の被保険者", FieldKind.CHOICE, Group.OTHER, 3, choices=_YES_NO),
    FieldSpec("elderly_care_acquired_on", "後期高齢者医療の資格取得年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("elderly_care_lost_on", "後期高齢者医療の資格喪失年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("long_term_care_insured", "介護保険の被保険者", FieldKind.CHOICE, Group.OTHER, 3, choices=_YES_NO),
    FieldSpec("long_term_care_acquired_on", "介護保険の資格取得年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("long_term_care_lost_on", "介護保険の資格喪失年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("pension_insured", "国民年金の被保険者", FieldKind.CHOICE, Group.OTHER, 3, choices=_YES_NO),
    FieldSpec("pension_number", "基礎年金番号", FieldKind.DIGITS, Group.OTHER, 10),
    FieldSpec(
        "pension_kind", "国民年金の種別", FieldKind.CHOICE, Group.OTHER, 1,
        choices=tuple((item.value, item.label) for item in PensionKind),
    ),
    FieldSpec("pension_kind_changed_on", "国民年金の種別の変更年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("pension_acquired_on", "国民年金の資格取得年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("pension_lost_on", "国民年金の資格喪失年月日", FieldKind.DATE, Group.OTHER, 40),
    FieldSpec("child_allowance_from", "児童手当の受給開始年月", FieldKind.MONTH, Group.OTHER, 7),
    FieldSpec("child_allowance_to", "児童手当の受給終了年月", FieldKind.MONTH, Group.OTHER, 7),
    FieldSpec("adult_guardianship", "成年被後見人", FieldKind.CHOICE, Group.OTHER, 3, choices=_YES_NO),
    FieldSpec("number_card_state", "個人番号カードの発行状況", FieldKind.TEXT, Group.OTHER, 40),
    FieldSpec("basic_card_state", "住基カードの発行状況", FieldKind.TEXT, Group.OTHER, 40),
    FieldSpec("signature_certificate_serial", "署名用電子証明書の番号", FieldKind.TEXT, Group.OTHER, 60),
    FieldSpec("user_certificate_serial", "利用者証明用電子証明書の番号", FieldKind.TEXT, Group.OTHER, 60),
    FieldSpec("remark", "備考", FieldKind.LINES, Group.OTHER, 500),
)  # fmt: skip

FIELDS_BY_NAME: dict[str, FieldSpec] = {spec.name: spec for spec in MEMBER_FIELDS}

#: Labels of the case's own fields.
CASE_LABELS: dict[str, str] = {
    "kind": "転入の種類",
    "scope": "全部・一部",
    "moved_on": "異動日",
    "notified_on": "届出日",
    "notifier": "届出人",
    "household_number": "入る世帯",
    "postal_code": "郵便番号",
    "address_code": "住所コード",
    "town": "住所（町名まで）",
    "lot": "番地・号",
    "building": "方書",
    "notes": "留意事項",
}

#: Longest text of the case's own fields.
CASE_LENGTHS: dict[str, int] = {
    "moved_on": 40,
    "notified_on": 40,
    "notifier": NAME_LENGTH,
    "household_number": 15,
    "postal_code": 8,
    "address_code": 11,
    "town": 100,
    "lot": 60,
    "building": 100,
    "notes": 500,
}


#: What proves the 続柄 of a foreign resident: asked beside it, kept with the change and not in the record.
PROOF_FIELDS = ("relationship_proof", "relationship_translation")


def specs_for(kind: ResidentKind, actor: Actor | None = None) -> list[FieldSpec]:
    """Fields of a kind of resident, only those the actor may see when one is given."""
    return [
        spec for spec in MEMBER_FIELDS if spec.belongs_to(kind) and (actor is None or spec.visible_to(actor))
    ]


def value_of(member: MemberEntry, name: str) -> str:
    """The text typed into a field."""
    value = getattr(member, name)
    return value if isinstance(value, str) else str(value)


def names_of(specs: Iterable[FieldSpec]) -> list[str]:
    """Attribute names of fields."""
    return [spec.name for spec in specs]


#: Every attribute that is text of a field; guards against a field that the table forgot.
ENTRY_ATTRIBUTES = tuple(
    item.name for item in fields(MemberEntry) if item.name not in ("key", "resident_kind", "re_entry")
)
