"""What each route demands, declared at the view; a route that declares nothing stops the start (CM-5).

::

    @blueprint.get("/residents")
    @requires(Permission.RESIDENT_SEARCH)
    def search() -> str: ...

The declaration sits on the function, so put it below the route decorator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from residentapp.core.access.permissions import Permission

_ATTRIBUTE = "access_declaration"
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Declaration:
    """What a view demands.

    :param public: open to everybody, logged in or not (login page, style sheets, health).
    :param permissions: all of these; empty and not public means: any user who is logged in.
    :param one_of: and one of these, asked anew at each request; None asks for none.
    """

    public: bool
    permissions: frozenset[Permission]
    one_of: Callable[[], Iterable[Permission]] | None = None

    def missing(self, held: frozenset[Permission]) -> tuple[Permission, ...] | None:
        """What somebody with these permissions lacks; None when nothing, so that the view may be opened."""
        lacking = tuple(sorted(self.permissions - held))
        if lacking:
            return lacking
        if self.one_of is not None:
            options = frozenset(self.one_of())
            if not options & held:
                return tuple(sorted(options))
        return None


class UndeclaredRoutes(RuntimeError):
    """Routes without a declaration: the app does not start."""


def requires(*permissions: Permission) -> Callable[[_View], _View]:
    """The view needs all of these permissions.

    :raises ValueError: when none is named; a view for every user says ``login_only``.
    """
    if not permissions:
        raise ValueError("name at least one permission, or use login_only")

    def declare(view: _View) -> _View:
        setattr(view, _ATTRIBUTE, Declaration(public=False, permissions=frozenset(permissions)))
        return view

    return declare


def requires_one_of(permissions: Callable[[], Iterable[Permission]]) -> Callable[[_View], _View]:
    """The view needs at least one of these permissions; when there is none to hold, nobody opens it.

    :param permissions: called at each request: modules that are loaded later may add theirs. A list of things of
        several kinds, each with a right of its own, is open to whoever may work on one kind.
    """

    def declare(view: _View) -> _View:
        setattr(view, _ATTRIBUTE, Declaration(False, frozenset(), permissions))
        return view

    return declare


def public(view: _View) -> _View:
    """The view is open to everybody. It must show no personal data."""
    setattr(view, _ATTRIBUTE, Declaration(public=True, permissions=frozenset()))
    return view


def login_only(view: _View) -> _View:
    """The view is open to every user who is logged in. It must show no personal data of residents."""
    setattr(view, _ATTRIBUTE, Declaration(public=False, permissions=frozenset()))
    return view


def declare_static(app: Flask) -> None:
    """Declare the routes that Flask itself makes for files in ``static`` folders as public.

    They hold style sheets and scripts only; nothing personal may be put there.
    """
    for endpoint, view in list(app.view_functions.items()):
        if endpoint.split(".")[-1] == "static" and declaration_of(app, endpoint) is None:

            def send(*args: Any, _view: Callable[..., Any] = view, **values: Any) -> Any:
                return _view(*args, **values)

            app.view_functions[endpoint] = public(send)


def declaration_of(app: Flask, endpoint: str | None) -> Declaration | None:
    """What the endpoint declares; None when it declares nothing."""
    view = app.view_functions.get(endpoint or "")
    # A class-based view keeps its class behind the function; the declaration may stand on either.
    for holder in (view, getattr(view, "view_class", None)):
        declaration = getattr(holder, _ATTRIBUTE, None)
        if isinstance(declaration, Declaration):
            return declaration
    return None


def verify_url_map(app: Flask) -> None:
    """Check that every rule of the URL map leads to a view with a declaration; files of ``static`` are public.

    :raises UndeclaredRoutes: names each route that lacks one.
    """
    declare_static(app)
    missing = sorted(
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if declaration_of(app, rule.endpoint) is None
    )
    if missing:
        raise UndeclaredRoutes("routes without a declared permission: " + ", ".join(missing))
