"""Permissions: one per function, and one per item that some may see and others not (RR-10.3b, RR-10.4a).

続柄 is not among the items: showing or hiding it by right must not exist (RR-10.4b).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable


class PermissionKind(enum.StrEnum):
    """What a permission opens."""

    FUNCTION = "function"
    ITEM = "item"
    ADMINISTRATION = "administration"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return {"function": "機能", "item": "項目の表示", "administration": "管理"}[self.value]


class Permission(enum.StrEnum):
    """A right that a role, a department or a person may have. The value is what the database keeps."""

    RESIDENT_SEARCH = "resident.search"
    RESIDENT_VIEW = "resident.view"
    MOVE_IN_ENTER = "move_in.enter"
    MOVE_IN_APPROVE = "move_in.approve"
    CHANGE_ENTER = "change.enter"
    EX_OFFICIO_ENTER = "ex_officio.enter"
    NUMBERS_ENTER = "numbers.enter"
    CHANGE_APPROVE = "change.approve"
    CERTIFICATE_ISSUE = "certificate.issue"
    CERTIFICATE_DISPOSE = "certificate.dispose"
    ISSUE_HISTORY_VIEW = "issue_history.view"
    READING_COPY_MAKE = "reading_copy.make"
    MESSAGES_VIEW = "messages.view"
    MESSAGES_MANAGE = "messages.manage"
    SUPPRESSED_VIEW = "suppressed.view"
    REMARK_EDIT = "remark.edit"
    MEMO_EDIT = "memo.edit"
    KANA_CONFIRM = "kana.confirm"
    SUPPRESSION_MANAGE = "suppression.manage"
    SUPPRESSION_LIFT = "suppression.lift"
    SUPPORT_MANAGE = "support.manage"
    ADDRESS_LOOKUP = "address.lookup"
    ITEM_REGISTERED_DOMICILE = "item.registered_domicile"
    ITEM_INDIVIDUAL_NUMBER = "item.individual_number"
    ITEM_RESIDENT_CODE = "item.resident_code"
    ITEM_RESIDENCE_STATUS = "item.residence_status"
    LOCK_RELEASE = "lock.release"
    ADMIN_USERS = "admin.users"
    ADMIN_ROLES = "admin.roles"
    ADMIN_MASTERS = "admin.masters"
    AUDIT_VIEW = "audit.view"
    AUDIT_EXPORT = "audit.export"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return _LABELS[self]

    @property
    def kind(self) -> PermissionKind:
        """Whether it opens a function, an item, or the administration."""
        if self.value.startswith("item."):
            return PermissionKind.ITEM
        return PermissionKind.ADMINISTRATION if self in _ADMINISTRATION else PermissionKind.FUNCTION


_LABELS = {
    Permission.RESIDENT_SEARCH: "住民の検索",
    Permission.RESIDENT_VIEW: "住民・世帯の照会",
    Permission.MOVE_IN_ENTER: "転入の入力",
    Permission.MOVE_IN_APPROVE: "転入の審査・決裁",
    Permission.CHANGE_ENTER: "届出による異動の入力",
    Permission.EX_OFFICIO_ENTER: "職権による異動の入力",
    Permission.NUMBERS_ENTER: "住民票コード・個人番号の異動の入力",
    Permission.CHANGE_APPROVE: "異動の審査・決裁",
    Permission.CERTIFICATE_ISSUE: "証明書の発行",
    Permission.CERTIFICATE_DISPOSE: "証明書の廃棄・取消し",
    Permission.ISSUE_HISTORY_VIEW: "交付履歴の照会",
    Permission.READING_COPY_MAKE: "閲覧用の作成",
    Permission.MESSAGES_VIEW: "連携の照会",
    Permission.MESSAGES_MANAGE: "連携の再送・管理",
    Permission.SUPPRESSED_VIEW: "抑止・支援措置対象者の照会",
    Permission.REMARK_EDIT: "統合記載欄（留意事項・備考）の記載",
    Permission.MEMO_EDIT: "メモの記入",
    Permission.KANA_CONFIRM: "フリガナの通知・確認",
    Permission.SUPPRESSION_MANAGE: "抑止の設定・解除",
    Permission.SUPPRESSION_LIFT: "抑止の一時解除",
    Permission.SUPPORT_MANAGE: "支援措置の管理（支援措置責任者）",
    Permission.ADDRESS_LOOKUP: "住所辞書の参照",
    Permission.ITEM_REGISTERED_DOMICILE: "戸籍の表示（本籍・筆頭者）",
    Permission.ITEM_INDIVIDUAL_NUMBER: "個人番号",
    Permission.ITEM_RESIDENT_CODE: "住民票コード",
    Permission.ITEM_RESIDENCE_STATUS: "在留資格等",
    Permission.LOCK_RELEASE: "排他（入力中）の解除",
    Permission.ADMIN_USERS: "利用者の管理",
    Permission.ADMIN_ROLES: "役割と権限の管理",
    Permission.ADMIN_MASTERS: "場所・端末・自団体・公印などの管理",
    Permission.AUDIT_VIEW: "ログの照会",
    Permission.AUDIT_EXPORT: "ログのファイル出力",
}

_ADMINISTRATION = frozenset(
    {
        Permission.LOCK_RELEASE,
        Permission.ADMIN_USERS,
        Permission.ADMIN_ROLES,
        Permission.ADMIN_MASTERS,
        Permission.AUDIT_VIEW,
        Permission.AUDIT_EXPORT,
    }
)


def known_permissions(values: Iterable[str]) -> frozenset[Permission]:
    """The permissions behind stored values; a value no longer known gives nothing."""
    known = {permission.value: permission for permission in Permission}
    return frozenset(known[value] for value in values if value in known)
