"""The blueprint of the administration; ``views`` imports every module that adds screens to it."""

from __future__ import annotations

from typing import cast

from flask import Blueprint

from residentapp.admin.masters.code_stock import missing_codes
from residentapp.admin.rights import held_by_nobody
from residentapp.core.access import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.web.home import HomeList, Job, add_to_home

blueprint = Blueprint(
    "admin", __name__, template_folder="templates", static_folder="static", url_prefix="/admin"
)

add_to_home(
    blueprint,
    HomeList(
        "どの役割にもない権限",
        lambda session, _actor: len(held_by_nobody(session)),
        "admin.show_matrix",
        Permission.ADMIN_ROLES,
        hint="更新で加わった権限など、まだだれも使えないものです。",
        order=900,
    ),
    Job(
        "利用者の管理",
        "Alt+U",
        "admin.list_users",
        Permission.ADMIN_USERS,
        words=("りようしゃ", "利用者", "user"),
        order=900,
    ),
    Job(
        "権限表",
        "Alt+R",
        "admin.show_matrix",
        Permission.ADMIN_ROLES,
        words=("けんげん", "権限", "役割", "role"),
        order=910,
    ),
    Job(
        "所属・場所・端末・プリンタ",
        "Alt+P",
        "admin.list_places",
        Permission.ADMIN_MASTERS,
        words=("たんまつ", "端末", "場所", "プリンタ", "所属"),
        order=920,
    ),
    Job(
        "マスタの管理",
        "Alt+M",
        "admin.show_masters",
        Permission.ADMIN_MASTERS,
        words=(
            "ますた",
            "マスタ",
            "自団体",
            "認証者",
            "公印",
            "認証文",
            "手数料",
            "保存年限",
            "町字",
            "番地",
            "地区",
            "国籍",
            "休日",
            "元号",
            "空きコード",
            "住民票コード",
        ),
        hint="自団体・認証者・公印・手数料・地区・休日など",
        order=925,
    ),
    HomeList(
        "住民票コードの空きコードの不足",
        missing_codes,
        "admin.show_code_stock",
        Permission.ADMIN_MASTERS,
        hint="下限を下回ったときは、CSから受け取った空きコードを取り込みます。",
        order=900,
    ),
    Job(
        "ログイン中の利用者",
        "Alt+S",
        "admin.list_sessions",
        Permission.ADMIN_USERS,
        words=("ろぐいん", "ログイン", "ロック"),
        order=930,
    ),
    Job(
        "ログの照会",
        "Alt+L",
        "admin.search_log",
        Permission.AUDIT_VIEW,
        words=("ろぐ", "ログ", "監査", "audit"),
        order=940,
    ),
)


def details_lines(entry: AuditEntry) -> list[tuple[str, str]]:
    """The details of a log row as label and text."""
    return [(name, _text(value)) for name, value in entry.details.items()]


def _text(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return "／".join(f"{name}：{_text(item)}" for name, item in pairs)
    if isinstance(value, list):
        return "、".join(_text(item) for item in cast("list[object]", value))
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    return "" if value is None else str(value)
