"""Users, places, permissions and login (RR-10.3, RR-10.4)."""

from residentapp.core.access.actor import Actor, PermissionDenied, system_actor
from residentapp.core.access.declare import login_only, public, requires, verify_url_map
from residentapp.core.access.permissions import Permission, PermissionKind

__all__ = [
    "Actor",
    "Permission",
    "PermissionDenied",
    "PermissionKind",
    "login_only",
    "public",
    "requires",
    "system_actor",
    "verify_url_map",
]
