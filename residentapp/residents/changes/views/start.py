"""Where a change begins: find the person, choose the kind of change."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires, requires_one_of
from residentapp.core.access.permissions import Permission
from residentapp.core.masters.wards import wards_on
from residentapp.core.violations import Level
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents import history
from residentapp.residents.cases import operations as cases
from residentapp.residents.changes.facts import begin, gather_facts, home_of, person_of
from residentapp.residents.changes.procedure import PROCEDURES, ChangeProcedure
from residentapp.residents.changes.spec import ChangeSpec, Group, Subjects, enter_permissions, specs
from residentapp.residents.changes.types import Person
from residentapp.residents.changes.views import blueprint
from residentapp.residents.changes.views.common import households_found
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import may_see_whereabouts, standings
from residentapp.residents.search.types import Hit, SearchError

START = "change_start"

#: Keys of the commonest kinds of change in the menu; the others are chosen by arrows.
MENU_KEYS = {
    "move_within": "F2",
    "move_out": "F4",
    "head_change": "F6",
    "birth": "F7",
    "death": "F8",
    "cancel": "Alt+K",
}


def _start_page(status: int = 200, **values: Any) -> tuple[str, int]:
    shown: dict[str, Any] = {"query": "", "hits": None, "trouble": ""}
    return render_template("changes/start.html", groups=_groups(free=True), **(shown | values)), status


@blueprint.get("")
@requires_one_of(enter_permissions)
def start() -> tuple[str, int]:
    """異動の入力: find who changes, or begin with people who are not in the register yet."""
    return _start_page()


@blueprint.post("/find")
@requires_one_of(enter_permissions)
def find() -> tuple[str, int]:
    """People for what was typed."""
    query = request.form.get("find", "").strip()
    if not query:
        return _start_page(422, trouble=_("氏名、フリガナ、宛名番号か世帯番号を入力してください。"))
    try:
        hits, trouble = households_found(query, screen=_("異動の入力"))
    except SearchError as error:
        return _start_page(422, query=query, trouble=str(error))
    return _start_page(query=query, hits=hits, trouble=trouble, urls=[_hit_url(hit) for hit in hits])


def _hit_url(hit: Hit) -> str:
    return url_for("changes.menu", state_id=start_state(hit.addressee_number))


def start_state(addressee_number: str = "", household_number: str = "") -> str:
    """Page state of the menu for a person, or for a household; it names nobody in the address."""
    return save_state({"person": addressee_number, "household": household_number}, kind=START)


@blueprint.get("/for/resident/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def start_for_resident(state_id: str) -> Response:
    """From the page of a resident."""
    found = load_state(state_id, kind="resident")
    if found is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return redirect(url_for("changes.menu", state_id=start_state(found["number"])), code=303)


@blueprint.get("/for/household/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def start_for_household(state_id: str) -> Response:
    """From the page of a household."""
    found = load_state(state_id, kind="household")
    if found is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return redirect(url_for("changes.menu", state_id=start_state("", found["number"])), code=303)


def _groups(
    *,
    free: bool = False,
    live: bool = True,
    single: bool = False,
    leaving: bool = False,
    kinds: frozenset[Any] = frozenset(),
) -> list[tuple[Group, list[ChangeSpec]]]:
    """Kinds of change that the actor may enter, by group.

    :param free: only those for people who are not in the register yet.
    :param live: for residents; False for a 除票.
    :param single: for one person, not for a household.
    :param leaving: for somebody who has notified a move-out or has left.
    :param kinds: of the people in question.
    """
    found = []
    for group in Group:
        if not actor().may(group.enter_permission):
            continue
        offered = []
        for spec in specs(group):
            if spec.designated and not wards_on(db(), today()):
                continue
            if free:
                fits = spec.subjects is Subjects.NEW
            elif spec.subjects is Subjects.LEAVING:
                fits = leaving
            elif spec.subjects is Subjects.ANY:
                fits = single
            elif live:
                fits = spec.subjects is not Subjects.REMOVED and bool(not kinds or kinds & set(spec.kinds))
            else:
                fits = spec.subjects is Subjects.REMOVED
            if fits:
                offered.append(spec)
        if offered:
            found.append((group, offered))
    return found


def _chosen(state_id: str) -> dict[str, Any]:
    found = load_state(state_id, kind=START)
    if found is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return found


@blueprint.get("/menu/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def menu(state_id: str) -> str:
    """異動の選択: the kinds of change for a person or a household."""
    found = _chosen(state_id)
    person = history.latest(db(), found["person"]) if found["person"] else None
    household = person.household_number if person is not None else found["household"]
    members = list(history.household_members(db(), household))
    if person is None and not members:
        raise Refusal(
            _("この世帯には、いま住民がいません。"),
            _("人を検索して、その人の画面から始めてください。"),
            status=404,
        )
    live = person is None or person.state.is_live
    _refuse_held_back(household, person)
    shown = [person] if person is not None else members
    kinds = frozenset(each.resident_kind for each in shown if each is not None)
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="異動の選択",
        subjects=[each.addressee_number for each in shown if each is not None],
        screen="異動の選択",
    )
    return render_template(
        "changes/menu.html",
        state_id=state_id,
        person=person,
        members=members,
        live=live,
        groups=_groups(
            live=live,
            single=person is not None,
            leaving=person is not None and is_leaving(person_of(person)),
            kinds=kinds,
        ),
        keys=MENU_KEYS,
    )


def is_leaving(person: Person) -> bool:
    """Whether a notice of the move-in elsewhere can be about the person."""
    return person.has_left or person.is_moving_out


def _refuse_held_back(household: str, person: ResidentHistory | None = None) -> None:
    """The same words for a measure and for another suppression: they tell nothing more (CM-5.1).

    :param person: somebody chosen, who may be a removed record of a home in which somebody protected lives.
    """
    home = home_of(db(), actor(), household, now=now())
    standing = standings(db(), [person] if person is not None else [], now=now())
    closed = any(not may_see_whereabouts(actor(), each) for each in standing.values())
    if home.hidden or closed or home.suppressed is Level.ERROR:
        raise Refusal(
            _("この世帯の異動は入力が止められています。"),
            _("抑止・支援措置の担当者に連絡してください。"),
            status=403,
        )


@blueprint.post("/menu/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def begin_for(state_id: str) -> Response:
    """Begin a change of the chosen kind for a person or a household."""
    found = _chosen(state_id)
    return _begin(found["person"], found["household"])


@blueprint.post("/begin")
@requires(Permission.RESIDENT_VIEW)
def begin_free() -> Response:
    """Begin a change for people who are not in the register yet."""
    return _begin("", "")


def _begin(addressee_number: str, household_number: str) -> Response:
    spec, procedure = _spec_in_form()
    chosen: list[str] = []
    if addressee_number:
        person = history.latest(db(), addressee_number)
        if person is None:
            abort(404)
        _refuse_held_back(person.household_number, person)
        household_number = person.household_number if person.state.is_live else ""
        # Who is born into a household is not its member who was looked up.
        chosen = [] if spec.subjects is Subjects.NEW else [addressee_number]
    elif household_number:
        _refuse_held_back(household_number)
    actor().require(procedure.enter_permission)
    entry = begin(db(), actor(), spec, household_number=household_number, chosen=chosen, now=now())
    if spec.prepare is not None:
        facts = gather_facts(db(), actor(), services().keyring, entry, now=now())
        entry = spec.prepare(spec, entry, facts)
    case = cases.start(db(), actor(), services().keyring, procedure, entry, now=now())
    return redirect(url_for("changes.enter", case_id=case.id), code=303)


def _spec_in_form() -> tuple[ChangeSpec, ChangeProcedure]:
    wanted = request.form.get("kind", "")
    for procedure in PROCEDURES:
        for spec in specs(procedure.group):
            if spec.code == wanted and (not spec.designated or wards_on(db(), today())):
                return spec, procedure
    abort(400, description=_("異動の種類を選んでください。"))
