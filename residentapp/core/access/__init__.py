"""Users, places, permissions and login (RR-10.3, RR-10.4)."""

from flask import Flask

from residentapp.core.access.actor import Actor, PermissionDenied, system_actor
from residentapp.core.access.declare import (
    login_only,
    public,
    requires,
    requires_one_of,
    verify_url_map,
)
from residentapp.core.access.permissions import Permission, PermissionKind

__all__ = [
    "Actor",
    "Permission",
    "PermissionDenied",
    "PermissionKind",
    "init_access",
    "login_only",
    "public",
    "requires",
    "requires_one_of",
    "system_actor",
    "verify_url_map",
]


def init_access(app: Flask) -> None:
    """Set up login, the gate before every view and the headers; see :mod:`residentapp.core.access.guard`."""
    # Imported here because the gate writes to the audit log, whose rows in turn name an Actor.
    from residentapp.core.access.guard import init_access as init

    init(app)
