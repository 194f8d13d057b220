"""The entry: one page per case with numbered sections, saved at every step and by the page itself while typing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response as JsonResponse
from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.violations import errors_of
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, services
from residentapp.residents.cases import operations as cases
from residentapp.residents.cases import queries
from residentapp.residents.cases.errors import CaseChanged, CaseRefused, NotEditable
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState, SaveEntry, Withdraw
from residentapp.residents.cases.web import refused, seen_in_form
from residentapp.residents.changes import facts as reading
from residentapp.residents.changes import presentation
from residentapp.residents.changes.forms import (
    FOLDED,
    MOVED_ON,
    NOTES,
    NOTIFIER,
    PLACE,
    SCOPE,
    TARGET,
    basis_asks,
    entry_of_form,
    own_form,
    own_part,
    person_parts,
)
from residentapp.residents.changes.items import further_person
from residentapp.residents.changes.procedure import findings_of
from residentapp.residents.changes.rules.common import day_label, days_of, offered_days
from residentapp.residents.changes.rules.household import joins, left_behind, makes_own
from residentapp.residents.changes.rules.notes import with_note
from residentapp.residents.changes.rules.proposals import with_proposals
from residentapp.residents.changes.spec import ChangeSpec, Subjects, Target, spec_of
from residentapp.residents.changes.types import ChangeEntry, Role
from residentapp.residents.changes.views import blueprint
from residentapp.residents.changes.views.common import (
    facts_of,
    households_found,
    log_register_shown,
    note_texts,
)
from residentapp.residents.locks import Locked
from residentapp.residents.search.types import Hit, SearchError
from residentapp.residents.types import ResidentKind


def case_and_entry(case_id: str) -> tuple[ChangeCase, ChangeEntry]:
    """An open case with its entry."""
    case = queries.find_case(db(), case_id)
    return case, queries.payload_of(services().keyring, case)


def _page(
    case: ChangeCase,
    entry: ChangeEntry,
    version: int,
    *,
    status: int = 200,
    trouble: str = "",
    hits: Sequence[Hit] | None = None,
    query: str = "",
    find_trouble: str = "",
    checked: bool = False,
) -> tuple[str, int]:
    spec = spec_of(entry.kind)
    facts = facts_of(case.id, entry)
    log_register_shown(facts, status)
    findings = findings_of(entry, facts)
    errors = errors_of(findings) if checked else []
    behind = {person.number for person in left_behind(spec, entry, facts)}
    page = render_template(
        "changes/enter.html",
        case=case,
        spec=spec,
        entry=entry,
        version=version,
        form=own_form(spec, entry, actor(), facts),
        parts=person_parts(spec, entry, actor(), facts),
        own_asks=own_part((ask for ask in spec.asks if ask.section == "more"), actor()),
        where_asks=own_part((ask for ask in spec.asks if ask.section == "where"), actor()),
        place=PLACE if spec.target in (Target.CHOOSE, Target.OWN) or spec.address else (),
        days=[(name, day_label(spec, name), _bases_of(spec, name)) for name in offered_days(spec)],
        days_now=days_of(spec, entry),
        basis_asks=basis_asks(spec),
        fixed={"moved_on": MOVED_ON, "notifier": NOTIFIER, "scope": SCOPE, "target": TARGET, "notes": NOTES},
        note_texts=note_texts(spec, entry, facts, findings),
        sections=presentation.sections(spec, entry),
        beside=presentation.by_field(errors),
        errors=errors,
        trouble=trouble,
        household=presentation.household_view(facts.homes.get(entry.household_number)),
        listed=bool(entry.household_number) or spec.subjects is Subjects.ANY,
        target=presentation.household_view(facts.home(entry.text("target_household"))),
        behind=behind,
        records=facts.people,
        joins=joins(spec, entry),
        makes_own=makes_own(spec, entry),
        chooses=spec.target is Target.CHOOSE,
        single=spec.subjects in (Subjects.ONE, Subjects.REMOVED, Subjects.LEAVING),
        new_people=spec.subjects is Subjects.NEW,
        everybody=spec.subjects is Subjects.HOUSEHOLD,
        hits=hits,
        query=query,
        find_trouble=find_trouble,
        Role=Role,
        FOLDED=FOLDED,
    )
    return page, status


def _bases_of(spec: ChangeSpec, day: str) -> str:
    """Grounds of a change by 職権 with which a day is asked for, for the page; empty when it always is."""
    if day in spec.days or len(spec.bases) < 2:
        return ""
    return " ".join(basis.value for basis in spec.bases if basis.day == day)


@blueprint.get("/<case_id>")
@requires(Permission.RESIDENT_VIEW)
def enter(case_id: str) -> tuple[str, int] | Response:
    """異動の入力."""
    try:
        case = queries.find_case(db(), case_id)
        if case.state is CaseState.PROVISIONAL:
            return redirect(url_for("changes.review", case_id=case_id), code=303)
        if case.state is CaseState.FINAL:
            return redirect(url_for("changes.done", case_id=case_id), code=303)
        case, _entry = case_and_entry(case_id)
        opened = cases.open_for_editing(db(), actor(), services().keyring, case_id, now=now())
    except Locked as error:
        return render_template("changes/locked.html", case_id=case_id, message=str(error)), 409
    except CaseRefused as error:
        raise refused(error) from error
    checked = request.args.get("check") == "1"
    return _page(opened.case, opened.payload, opened.case.version, checked=checked)


@blueprint.post("/<case_id>")
@requires(Permission.RESIDENT_VIEW)
def save(case_id: str) -> tuple[str, int] | Response:
    """Save what was typed, then do what the pressed button says."""
    try:
        case, stored = case_and_entry(case_id)
    except CaseRefused as error:
        raise refused(error) from error
    spec = spec_of(stored.kind)
    entry = _typed(case, stored, spec)
    act, _colon, argument = request.form.get("act", "save").partition(":")
    seen = seen_in_form(case_id)
    if act == "withdraw":
        return _withdraw(seen)
    try:
        entry, anchor = _changed(case, entry, spec, act, argument)
    except ValueError:
        abort(400)
    try:
        saved = cases.save(db(), actor(), services().keyring, SaveEntry(seen, entry), now=now())
    except Locked as error:
        db().rollback()
        return _page(case, entry, seen.version, status=409, trouble=str(error))
    except CaseChanged:
        db().rollback()
        said = _(
            "この入力は別の画面で先に保存されました。下の内容を確かめてください。"
            "もう一度保存すると、この画面の内容に置き換わります。"
        )
        case = queries.find_case(db(), case_id)
        return _page(case, entry, case.version, status=409, trouble=said)
    except NotEditable as error:
        raise refused(error) from error
    if act == "find":
        return _found(saved, entry)
    if act == "check":
        return redirect(url_for("changes.check_entry", case_id=case_id), code=303)
    if act == "leave":
        cases.leave(db(), actor(), case_id, now=now())
        return done(_("下書きに保存しました。"), "web.show_home")
    if act == "save":
        flash(_("下書きに保存しました。"), "success")
    return redirect(url_for("changes.enter", case_id=case_id) + (f"#{anchor}" if anchor else ""), code=303)


def _typed(case: ChangeCase, stored: ChangeEntry, spec: ChangeSpec) -> ChangeEntry:
    """The entry as the page sent it; when another head was chosen, with 続柄 proposed to the new one."""
    facts = facts_of(case.id, stored)
    entry = entry_of_form(request.form, stored, spec, actor(), facts)
    if entry.text("new_head") != stored.text("new_head"):
        entry = with_proposals(spec, entry, facts, anew=True)
    if spec.prepare is not None:
        entry = spec.prepare(spec, entry, facts_of(case.id, entry))
    return entry


def _withdraw(seen: Any) -> Response:
    reason = request.form.get("withdraw-reason", "")
    try:
        cases.withdraw(db(), actor(), services().keyring, Withdraw(seen, reason), now=now())
    except (Locked, CaseRefused) as error:
        raise refused(error) from error
    return done(_("入力を取り下げました。"), "web.show_home")


def _changed(
    case: ChangeCase, entry: ChangeEntry, spec: ChangeSpec, act: str, argument: str
) -> tuple[ChangeEntry, str]:
    """The entry after the pressed button, and where on the page to go on."""
    match act:
        case "all":
            people = tuple(
                replace(person, role=Role.SUBJECT) if person.role is Role.STAYING else person
                for person in entry.people
            )
            return replace(entry, people=people), "section-when"
        case "household":
            return reading.join(db(), entry, argument), "section-where"
        case "propose":
            facts = facts_of(case.id, entry)
            return with_proposals(spec, entry, facts, anew=True), "section-household"
        case "renew":
            return reading.renew(db(), entry, actor()), "section-people"
        case "note":
            return _noted(case, entry, spec, argument), "section-more"
        case "fill":
            return _filled(case, entry, spec, argument)
        case "add":
            new = further_person(spec, entry, ResidentKind(argument))
            return entry.with_person(new), f"person-{new.key}"
        case "remove":
            people = tuple(person for person in entry.people if person.key != argument or not person.is_new)
            return replace(entry, people=people), "section-people"
        case _:
            return entry, ""


def _filled(case: ChangeCase, entry: ChangeEntry, spec: ChangeSpec, field: str) -> tuple[ChangeEntry, str]:
    """Fields filled from where the field beside the button says; what nobody may know is not taken (CM-5.1)."""
    parts = field.split("-")
    key = parts[1] if len(parts) == 3 and parts[0] == "people" else ""
    if spec.fill is None:
        abort(400)
    return spec.fill(spec, entry, facts_of(case.id, entry), key), field


def _noted(case: ChangeCase, entry: ChangeEntry, spec: ChangeSpec, template: str) -> ChangeEntry:
    """The entry with a registered text among its 留意事項, filled from what was typed up to now."""
    facts = facts_of(case.id, entry)
    for text in note_texts(spec, entry, facts, findings_of(entry, facts)) or ():
        if str(text.template_id) == template:
            return with_note(entry, text.draft)
    flash(_("文例は入りませんでした。入力の誤りを直して保存すると、この異動の文例が出ます。"), "warning")
    return entry


def _found(case: ChangeCase, entry: ChangeEntry) -> tuple[str, int]:
    """Households for what was typed into the one search field."""
    query = request.form.get("find", "").strip()
    try:
        hits, trouble = households_found(query, screen=_("異動（世帯の検索）"))
    except SearchError as error:
        return _page(case, entry, case.version, query=query, hits=(), find_trouble=str(error))
    return _page(case, entry, case.version, query=query, hits=hits, find_trouble=trouble)


@blueprint.post("/<case_id>/draft")
@requires(Permission.RESIDENT_VIEW)
def save_draft(case_id: str) -> tuple[JsonResponse, int]:
    """Keep the page as it stands; called by the page itself while typing."""
    try:
        case, stored = case_and_entry(case_id)
        entry = _typed(case, stored, spec_of(stored.kind))
        command = SaveEntry(seen_in_form(case_id), entry)
        cases.save(db(), actor(), services().keyring, command, now=now(), automatic=True)
    except (Locked, CaseRefused) as error:
        return jsonify(ok=False, message=str(error)), 409
    saved = f"{now().astimezone(JST):%H:%M:%S}"
    return jsonify(ok=True, message=_("下書き保存 %(time)s", time=saved)), 200
