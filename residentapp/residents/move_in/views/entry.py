"""The entry: one page per case with numbered sections, saved at every step and by the page itself while typing."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from flask import Response as JsonResponse
from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.kana import is_katakana_name, to_fullwidth_katakana
from residentapp.core.violations import errors_of
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.residents.cases import operations
from residentapp.residents.cases.errors import CaseChanged, CaseRefused, NotEditable
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.pages import log_shown
from residentapp.residents.cases.queries import find_case, payload_of
from residentapp.residents.cases.types import CaseState, RecordVersion, SaveEntry, Withdraw
from residentapp.residents.cases.web import refused, seen_in_form
from residentapp.residents.locks import Locked
from residentapp.residents.move_in import edits, presentation, queries
from residentapp.residents.move_in.fields import Group
from residentapp.residents.move_in.forms import (
    case_form,
    entry_of_form,
    ime_of,
    is_exact,
    member_parts,
    width_of,
)
from residentapp.residents.move_in.re_entry import take_over
from residentapp.residents.move_in.rules import Facts, check
from residentapp.residents.move_in.rules.reading import date_field
from residentapp.residents.move_in.types import CasePayload, MoveInEntry
from residentapp.residents.move_in.views import blueprint
from residentapp.residents.search import operations as search
from residentapp.residents.search.types import Hit, SearchError, SearchQuery
from residentapp.residents.types import ResidentKind

#: Most households that a search on this page shows; a clerk types more rather than read further.
HITS = 20


def facts_of(case_id: str, payload: CasePayload) -> Facts:
    """Today's facts for a case."""
    return queries.gather_facts(
        db(), actor(), services().keyring, payload, case_id=case_id, now=now(), today=today()
    )


def log_register_shown(facts: Facts, status: int) -> None:
    """Log whom of the register a page of a case shows: the household joined, and records like the people entered."""
    household = facts.household
    shown = [match.addressee_number for matches in facts.matches.values() for match in matches]
    if household is not None and not household.hidden:
        shown += [member.addressee_number for member in household.members]
    log_shown(shown, action="転入の入力での照会", screen="転入", status=status)


def _page(
    case_id: str,
    payload: CasePayload,
    version: int,
    *,
    status: int = 200,
    trouble: str = "",
    hits: Sequence[Hit] | None = None,
    query: str = "",
    find_trouble: str = "",
    checked: bool = False,
) -> tuple[str, int]:
    case = find_case(db(), case_id)
    facts = facts_of(case_id, payload)
    log_register_shown(facts, status)
    entry = payload.entry
    findings = check(entry, facts) if checked else []
    household = facts.household
    page = render_template(
        "move_in/enter.html",
        case=case,
        entry=entry,
        version=version,
        form=case_form(entry),
        parts=member_parts(entry, actor()),
        beside=presentation.by_field(errors_of(findings)),
        errors=errors_of(findings),
        trouble=trouble,
        records={
            member.key: queries.records_shown(db(), facts.matches.get(member.key, ()))
            for member in entry.members
        },
        live={key: [match for match in matches if match.live] for key, matches in facts.matches.items()},
        domiciles={
            member.key: edits.domicile_choices(
                entry, member, queries.household_domiciles(db(), actor(), household)
            )
            for member in entry.members
            if not member.is_foreign
        },
        household=presentation.household_view(household, entry, presentation.address_of(db(), household)),
        hits=hits,
        query=query,
        find_trouble=find_trouble,
        papers=payload.papers.get("", {}),
        source=payload.source,
        Group=Group,
        ime_of=ime_of,
        is_exact=is_exact,
        width_of=width_of,
        Shared=edits.Shared,
        date_kind=lambda name: date_field(name).value,
    )
    return page, status


@blueprint.get("/<case_id>")
@requires(Permission.MOVE_IN_ENTER)
def enter(case_id: str) -> tuple[str, int] | Response:
    """転入の入力."""
    case = _case(case_id)
    if case.state is CaseState.PROVISIONAL:
        return redirect(url_for("move_in.review", case_id=case_id), code=303)
    if case.state is CaseState.FINAL:
        return redirect(url_for("move_in.done", case_id=case_id), code=303)
    try:
        opened = operations.open_for_editing(db(), actor(), services().keyring, case_id, now=now())
    except Locked as error:
        return _locked_page(case_id, str(error))
    except CaseRefused as error:
        raise refused(error) from error
    checked = request.args.get("check") == "1"
    return _page(case_id, opened.payload, opened.case.version, checked=checked)


def _case(case_id: str) -> ChangeCase:
    try:
        return find_case(db(), case_id)
    except CaseRefused as error:
        raise refused(error) from error


def _locked_page(case_id: str, message: str) -> tuple[str, int]:
    page = render_template(
        "cases/locked.html",
        case_id=case_id,
        message=message,
        look_url=url_for("move_in.review", case_id=case_id),
        back_url=url_for("move_in.start"),
    )
    return page, 409


@blueprint.post("/<case_id>")
@requires(Permission.MOVE_IN_ENTER)
def save(case_id: str) -> tuple[str, int] | Response:
    """Save what was typed, then do what the pressed button says."""
    try:
        case = find_case(db(), case_id)
        payload = payload_of(services().keyring, case)
    except CaseRefused as error:
        raise refused(error) from error
    entry = entry_of_form(request.form, payload.entry, actor())
    act, _colon, argument = request.form.get("act", "save").partition(":")
    seen = seen_in_form(case_id)
    if act == "withdraw":
        return _withdraw(seen)
    try:
        entry, anchor = _changed(entry, act, argument, special=payload.special)
    except ValueError:
        abort(400)
    typed = replace(payload, entry=entry)
    try:
        saved = operations.save(db(), actor(), services().keyring, SaveEntry(seen, entry), now=now())
    except Locked as error:
        db().rollback()
        return _page(case_id, typed, seen.version, status=409, trouble=str(error))
    except CaseChanged:
        db().rollback()
        said = _(
            "この入力は別の画面で先に保存されました。下の内容を確かめてください。"
            "もう一度保存すると、この画面の内容に置き換わります。"
        )
        version = find_case(db(), case_id).version
        return _page(case_id, typed, version, status=409, trouble=said)
    except NotEditable as error:
        raise refused(error) from error
    if act == "find":
        return _found(case_id, typed, saved.version)
    if act == "check":
        return redirect(url_for("move_in.check_entry", case_id=case_id), code=303)
    if act == "leave":
        operations.leave(db(), actor(), case_id, now=now())
        return done(_("下書きに保存しました。"), "move_in.start")
    if act == "save":
        flash(_("下書きに保存しました。"), "success")
    return redirect(url_for("move_in.enter", case_id=case_id) + (f"#{anchor}" if anchor else ""), code=303)


def _withdraw(seen: RecordVersion) -> Response:
    reason = request.form.get("withdraw-reason", "")
    try:
        operations.withdraw(db(), actor(), services().keyring, Withdraw(seen, reason), now=now())
    except (Locked, CaseRefused) as error:
        raise refused(error) from error
    return done(_("転入の入力を取り下げました。"), "move_in.start")


def _changed(entry: MoveInEntry, act: str, argument: str, *, special: bool) -> tuple[MoveInEntry, str]:
    """The entry after the pressed button, and where on the page to go on."""
    match act:
        case "add":
            kind, _comma, how = argument.partition(",")
            made = edits.add_member(entry, ResidentKind(kind), reuse=how == "reuse")
            first = "name" if kind == ResidentKind.JAPANESE else "name_alphabet"
            return made, f"members-{len(made.members) - 1}-{first}"
        case "remove":
            return edits.remove_member(entry, argument), "section-1"
        case "kind":
            key, _comma, kind = argument.partition(",")
            return edits.change_kind(entry, key, ResidentKind(kind)), f"member-{key}"
        case "share":
            key, _comma, what = argument.partition(",")
            return edits.apply_to_all(entry, key, edits.Shared(what)), f"items-{key}"
        case "domicile":
            return _with_domicile(entry, argument), f"items-{argument}"
        case "re-entry":
            key, _comma, number = argument.partition(",")
            taken = take_over(
                db(), actor(), services().keyring, number, entry, key, now=now(), special=special
            )
            return taken, f"member-{key}"
        case "new-person":
            return edits.drop_re_entry(entry, argument), f"member-{argument}"
        case "household":
            return edits.choose_household(entry, argument), "section-3"
        case _:
            return entry, ""


def _with_domicile(entry: MoveInEntry, key: str) -> MoveInEntry:
    wanted = request.form.get(f"domicile-{key}", "")
    household = queries.household_facts(db(), actor(), entry.household_number, now=now())
    member = next((member for member in entry.members if member.key == key), None)
    if member is None:
        return entry
    known = queries.household_domiciles(db(), actor(), household)
    for choice in edits.domicile_choices(entry, member, known):
        if choice.value == wanted:
            return edits.take_domicile(entry, key, choice)
    return entry


def _found(case_id: str, typed: CasePayload, version: int) -> tuple[str, int]:
    """Households for what was typed into the one search field."""
    query = request.form.get("find", "").strip()
    try:
        page = search.run(
            db(),
            actor(),
            _query_of(query),
            keyring=services().keyring,
            now=now(),
            size=HITS,
            screen="転入（世帯の検索）",
        )
    except SearchError as error:
        return _page(case_id, typed, version, query=query, hits=(), find_trouble=str(error))
    trouble = (
        _("%(count)sあります。氏名をもっと入力するか、世帯番号で探してください。", count=page.count_text)
        if page.next_key is not None
        else ""
    )
    return _page(case_id, typed, version, query=query, hits=page.hits, find_trouble=trouble)


def _query_of(text: str) -> SearchQuery:
    folded = unicodedata.normalize("NFKC", text).replace("-", "")
    if folded.isascii() and folded.isdigit():
        return SearchQuery(household_number=folded)
    kana = to_fullwidth_katakana(text)
    return SearchQuery(kana=kana) if is_katakana_name(kana) else SearchQuery(name=text)


@blueprint.post("/<case_id>/draft")
@requires(Permission.MOVE_IN_ENTER)
def save_draft(case_id: str) -> tuple[JsonResponse, int]:
    """Keep the page as it stands; called by the page itself while typing."""
    try:
        case = find_case(db(), case_id)
        payload = payload_of(services().keyring, case)
        entry = entry_of_form(request.form, payload.entry, actor())
        command = SaveEntry(seen_in_form(case_id), entry)
        operations.save(db(), actor(), services().keyring, command, now=now(), automatic=True)
    except (Locked, CaseRefused) as error:
        return jsonify(ok=False, message=str(error)), 409
    saved = f"{now().astimezone(JST):%H:%M:%S}"
    return jsonify(ok=True, message=_("下書き保存 %(time)s", time=saved)), 200
