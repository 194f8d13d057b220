"""Who acts, from where, with which rights: handed to every operation."""

from __future__ import annotations

from dataclasses import dataclass, field

from residentapp.core.access.permissions import Permission


class PermissionDenied(Exception):
    """The actor lacks a permission. Carries no personal data.

    :param missing: the permissions that are lacking.
    """

    def __init__(self, *missing: Permission) -> None:
        self.missing = missing
        super().__init__("この操作をする権限がありません：" + "、".join(item.label for item in missing))


@dataclass(frozen=True)
class Actor:
    """A user at a terminal, a process of the system itself (``user_id`` 0), or a stranger (-1).

    The rights are those of the day on which the request began.

    :param ward_code: the ward of the section, else of the place; counts in a 指定都市 only (``core.masters.wards``).
    """

    user_id: int
    login: str
    name: str
    department: str
    office_code: str
    office_name: str
    terminal_code: str
    terminal_name: str
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    ward_code: str = ""

    def may(self, *permissions: Permission) -> bool:
        """Whether the actor has all of these permissions."""
        return self.permissions.issuperset(permissions)

    def require(self, *permissions: Permission) -> None:
        """:raises PermissionDenied: when one of these permissions is lacking."""
        missing = [permission for permission in permissions if permission not in self.permissions]
        if missing:
            raise PermissionDenied(*missing)

    @property
    def is_system(self) -> bool:
        """Whether a command or a batch acts, not a person at a screen."""
        return self.user_id == 0


def system_actor(name: str, *permissions: Permission) -> Actor:
    """A command or batch of the system under its process name (処理名).

    :param permissions: what it may do; all functions and items when none is given.
    """
    return Actor(
        user_id=0,
        login="system",
        name=name,
        department="",
        office_code="",
        office_name="",
        terminal_code="",
        terminal_name="",
        permissions=frozenset(permissions or Permission),
    )


def stranger(remote: str = "") -> Actor:
    """Somebody who has not logged in: may do nothing, but what he tries is logged.

    :param remote: network address he comes from; stands where the terminal's name would.
    """
    return Actor(
        user_id=-1,
        login="",
        name="（未ログイン）",
        department="",
        office_code="",
        office_name="",
        terminal_code="",
        terminal_name=remote,
    )
