"""How the content of a message is shown, item by item, and who may see which (RR-10.4a, CM-5.1).

Items of the record keep the label, the right and the whereabouts flag they have on the resident's page. An item that
nobody has described is not shown. Modules that write or take in kinds of their own describe what they add::

    describe("suppressed_process", "抑止する処理")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.residents.protection import HIDDEN
from residentapp.residents.records.items import GROUPS, KEPT, NO_RIGHT, text_of
from residentapp.residents.records.types import Item, ItemGroup
from residentapp.residents.types import ResidentKind

#: Shown for an item whose right nobody has laid down.
UNDESCRIBED = "（表示の定めがない項目です）"

#: 個人番号 and 住民票コード stand behind a button, as on the resident's page.
NUMBER_ITEMS = ("individual_number", "resident_code")

_SECTIONS = {
    "header": "異動",
    "person": "内容",
    "before": "修正前",
    "after": "修正後",
    "protection": "支援措置",
    "delivery": "送付",
    "suppression": "抑止",
    "file": "ファイル",
}


@dataclass(frozen=True)
class Described:
    """How an item is shown.

    :param permission: right without which it is hidden.
    :param whereabouts: would tell where the person lives, lived or went.
    :param exact: drawn with exact glyphs.
    """

    label: str
    permission: Permission | None = None
    whereabouts: bool = False
    exact: bool = False


_described: dict[str, Described] = {
    "act": Described("区分"),
    "reason": Described("異動事由"),
    "cs_reason": Described("CSの異動事由"),
    "law": Described("届出の区分"),
    "moved_on": Described("異動年月日"),
    "processed_on": Described("処理年月日"),
    "noticed_on": Described("通知年月日"),
    "municipality_code": Described("通知した市区町村のコード", whereabouts=True),
    "municipality_name": Described("通知した市区町村", whereabouts=True),
    "recipient_name": Described("宛先の市区町村", whereabouts=True),
    "recipient_text": Described("宛先を決めた住所", whereabouts=True, exact=True),
    "domicile_name": Described(
        "宛先の市区町村（本籍地）", Permission.ITEM_REGISTERED_DOMICILE, whereabouts=True
    ),
    "domicile_text": Described(
        "宛先を決めた本籍", Permission.ITEM_REGISTERED_DOMICILE, whereabouts=True, exact=True
    ),
    "in_reply_to": Described("元の連携の番号"),
    "resident_kind": Described("住民種別"),
    "state": Described("住民状態"),
    "addressee_number": Described("宛名番号"),
    "history_number": Described("履歴番号"),
    "individual_number": Described("個人番号", Permission.ITEM_INDIVIDUAL_NUMBER),
    "resident_code": Described("住民票コード", Permission.ITEM_RESIDENT_CODE),
    "nationality_code": Described("国籍・地域コード", Permission.ITEM_RESIDENCE_STATUS),
    "new_address": Described("転出先住所（確定）", whereabouts=True, exact=True),
    "new_address_code": Described("転出先（確定）の住所コード", whereabouts=True),
    "new_postal_code": Described("転出先（確定）の郵便番号", whereabouts=True),
    "moved_in_on": Described("転入年月日"),
    "supported": Described("支援措置の対象者"),
    "whereabouts_protected": Described("住所の秘匿"),
    "print_style": Described("印刷区分"),
    "delivery_postal_code": Described("送付先の郵便番号", whereabouts=True),
    "delivery_address": Described("送付先（現住所と違うとき）", whereabouts=True, exact=True),
    "delivery_reason": Described("送付先を変える理由", whereabouts=True),
    "test_data": Described("試験データ"),
    "simulated": Described("模擬の応答"),
}


def describe(
    key: str,
    label: str,
    *,
    permission: Permission | None = None,
    whereabouts: bool = False,
    exact: bool = False,
) -> None:
    """Lay down how an item of a message is shown.

    :raises ValueError: when it is described otherwise already: an item has one meaning and one right.
    """
    wanted = Described(label, permission, whereabouts, exact)
    if key in _record_items(ResidentKind.JAPANESE) or _described.setdefault(key, wanted) != wanted:
        raise ValueError(f"the item {key} is already described otherwise")


def _record_items(kind: ResidentKind) -> dict[str, Described]:
    """Items of the resident's page by column; of two for one column that of this kind of resident."""
    found: dict[str, Described] = {}
    for _title, definitions in GROUPS:
        for item in definitions:
            if item.column not in found or kind in item.kinds:
                found[item.column] = Described(item.label, item.permission, item.whereabouts, item.exact)
    return found


def kind_of(body: Mapping[str, Any]) -> ResidentKind:
    """Which kind of resident a message is about; 日本人住民 when it does not say."""
    person = body.get("person")
    said = person.get("resident_kind") if isinstance(person, Mapping) else None
    foreign = isinstance(said, Mapping) and said.get("code") == ResidentKind.FOREIGN.value
    return ResidentKind.FOREIGN if foreign else ResidentKind.JAPANESE


def groups_of(
    body: Mapping[str, Any], actor: Actor, *, whereabouts_open: bool, numbers: bool
) -> tuple[ItemGroup, ...]:
    """The content of a message as the actor may see it.

    :param numbers: show 個人番号 and 住民票コード themselves, as far as the actor may; else only that they are there.
    """
    kind = kind_of(body)
    known = _record_items(kind)
    groups = []
    loose: list[Item] = []
    for section, content in body.items():
        if not isinstance(content, Mapping):
            loose.append(_item(section, content, kind, known, actor, whereabouts_open, numbers))
            continue
        items = tuple(
            _item(key, value, kind, known, actor, whereabouts_open, numbers) for key, value in content.items()
        )
        if items:
            groups.append(ItemGroup(_SECTIONS.get(section, section), items))
    order = list(_SECTIONS.values())
    groups.sort(key=lambda group: order.index(group.title) if group.title in order else len(order))
    if loose:
        groups.append(ItemGroup("その他", tuple(loose)))
    return tuple(groups)


def _item(
    key: str,
    value: Any,
    kind: ResidentKind,
    known: Mapping[str, Described],
    actor: Actor,
    whereabouts_open: bool,
    numbers: bool,
) -> Item:
    described = known.get(key) or _described.get(key)
    if described is None:
        return Item(key, key, "", UNDESCRIBED)
    hidden = ""
    if described.whereabouts and not whereabouts_open:
        hidden = HIDDEN
    elif described.permission is not None and not actor.may(described.permission):
        hidden = NO_RIGHT
    text = _text(key, value, kind)
    if key in NUMBER_ITEMS and text and not numbers:
        text = KEPT
    # A blank stays a blank: that there is nothing to hide gives nothing away.
    return Item(key, described.label, "" if hidden else text, hidden if text else "", described.exact)


def _text(key: str, value: Any, kind: ResidentKind) -> str:
    match value:
        case {"text": str(text)}:
            return text
        case {"label": str(label)}:
            return label
        case list():
            return "\n".join(str(part) for part in value)
        case dict():
            return ""
        case str() | bool() | None:
            return text_of(key, value, kind=kind)
        case _:
            return str(value)


def shows_number(groups: tuple[ItemGroup, ...]) -> bool:
    """Whether a 個人番号 stands in what is shown."""
    return any(
        item.key == "individual_number" and item.value not in ("", KEPT)
        for group in groups
        for item in group.items
    )
