"""The search screen. What is searched travels in bodies of requests and in kept page states, never in an address."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import login_only, requires
from residentapp.core.access.permissions import Permission
from residentapp.core.check_digits import valid_addressee_number, valid_individual_number
from residentapp.core.dates import DateError
from residentapp.core.kana import is_katakana_name, to_katakana
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.home import Job, add_to_home, find_job
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.records.views import household_url, resident_url
from residentapp.residents.removed_records import reader
from residentapp.residents.search import operations, queries
from residentapp.residents.search.forms import SearchForm, birth_period, form_of
from residentapp.residents.search.types import PageKey, SearchError, SearchPage, SearchQuery, StateScope

blueprint = Blueprint("search", __name__, template_folder="templates")
add_to_home(
    blueprint,
    Job(
        "住民・世帯の検索",
        "F2",
        "search.start",
        Permission.RESIDENT_SEARCH,
        words=("検索", "けんさく", "kensaku", "search"),
        hint="氏名・フリガナ・生年月日・住所・番号から",
        order=10,
    ),
)

_KIND = "search"
_MASKED = "（入力あり）"
#: Digits of a number that a command may mean.
_ADDRESSEE_DIGITS = range(10, 16)


def _keep(query: SearchQuery, *, birth: str = "", birth_to: str = "") -> str:
    """Keep a search and answer with the opaque id of its results."""
    return save_state(_new_state(operations.as_json(query), birth, birth_to), kind=_KIND)


def _new_state(query: dict[str, Any], birth: str, birth_to: str, *, archive: bool = False) -> dict[str, Any]:
    """What is kept of a search.

    ``archive``: it is answered from the 除票用データベース; ``automatic``: because the register had nobody.
    """
    return {
        "query": query,
        "birth": birth,
        "birth_to": birth_to,
        "after": [],
        "numbers": {},
        "archive": archive,
        "automatic": False,
    }


def _state(state_id: str) -> dict[str, Any]:
    found = load_state(state_id, kind=_KIND)
    if found is None:
        abort(404, description=_("この検索結果の有効期間が過ぎました。もう一度検索してください。"))
    return found


def _page(form: SearchForm, **values: Any) -> str:
    defaults: dict[str, Any] = {
        "result": None,
        "terms": (),
        "state_id": "",
        "number": 1,
        "links": (),
        "automatic": False,
        "both": False,
        "permissions": Permission,
    }
    return render_template("search/search.html", form=form, **(defaults | values))


@blueprint.get("/search")
@requires(Permission.RESIDENT_SEARCH)
def start() -> str:
    """An empty search form."""
    return _page(SearchForm())


@blueprint.post("/search")
@requires(Permission.RESIDENT_SEARCH)
def run() -> str | Response | tuple[str, int]:
    """Read the form, keep the search, go to its results."""
    form = SearchForm(request.form)
    if form.validate():
        query = form.query()
        try:
            queries.plan_of(db(), actor(), query, keyring=services().keyring)
        except SearchError as error:
            form.point_at(error)
        else:
            actor().require(*sorted(queries.required_permissions(query)))
            state_id = _keep(query, birth=form.birth.data or "", birth_to=form.birth_to.data or "")
            return redirect(url_for("search.results", state_id=state_id), code=303)
    form.individual_number.data = form.resident_code.data = ""
    form.individual_number.raw_data = form.resident_code.raw_data = None
    return _page(form), 422


@blueprint.get("/search/<state_id>")
@requires(Permission.RESIDENT_SEARCH)
def results(state_id: str) -> str | Response:
    """One page of hits under the form that made it.

    Where the register has nobody, the 除票用データベース is searched at once (RR-1.1.5e).
    """
    state = _state(state_id)
    query = operations.from_json(state["query"])
    number = request.args.get("page", 1, type=int)
    if not 1 <= number <= len(state["after"]) + 1:
        return redirect(url_for("search.results", state_id=state_id))
    after = _page_key(state["after"][number - 2]) if number > 1 else None
    archive = state.get("archive", False)
    page = _run(query, after, archive=archive)
    both = False
    if not page.count and not archive and after is None:
        both, other = True, _run(query, None, archive=True)
        if other.count:
            page = other
            state |= {"archive": True, "automatic": True}
    _remember_page(state, state_id, number, page)
    return _page(
        form_of(query, birth=state["birth"], birth_to=state["birth_to"]),
        result=page,
        terms=operations.terms_of(query),
        state_id=state_id,
        number=number,
        automatic=state.get("automatic", False),
        both=both,
        links=[
            (
                url_for("search.open_hit", state_id=state_id, page=number, place=place),
                url_for("search.open_hit_household", state_id=state_id, page=number, place=place),
            )
            for place in range(len(page.hits))
        ],
    )


def _run(query: SearchQuery, after: PageKey | None, *, archive: bool) -> SearchPage:
    return operations.run(
        db(), actor(), query, keyring=services().keyring, now=now(), after=after, archive=archive
    )


@blueprint.post("/search/<state_id>/removed-records")
@requires(Permission.RESIDENT_SEARCH)
def search_removed(state_id: str) -> Response:
    """The same search in the 除票用データベース: one key from the results of the register (RR-1.1.5e)."""
    state = _state(state_id)
    again = _new_state(state["query"], state["birth"], state["birth_to"], archive=True)
    return redirect(url_for("search.results", state_id=save_state(again, kind=_KIND)), code=303)


def _page_key(value: list[str]) -> PageKey:
    return PageKey(value[0], dt.date.fromisoformat(value[1]), value[2])


def _remember_page(state: dict[str, Any], state_id: str, number: int, page: SearchPage) -> None:
    """Keep who stands at which place of the page shown, and where the next page begins.

    Were the place looked up again when a line is chosen, a change in between would open somebody else.
    """
    state["numbers"][str(number)] = [hit.addressee_number for hit in page.hits]
    key = page.next_key
    if key is not None:
        state["after"] = state["after"][: number - 1]
        state["after"].append([key.kana_key, key.birth_sort.isoformat(), key.addressee_number])
    save_state(state, kind=_KIND, state_id=state_id)


def _chosen(state_id: str, page: int, place: int) -> str:
    numbers: list[str] = _state(state_id)["numbers"].get(str(page), [])
    if place >= len(numbers):
        abort(404, description=_("この行は検索結果にありません。もう一度検索してください。"))
    return numbers[place]


@blueprint.get("/search/<state_id>/<int:page>/<int:place>")
@requires(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)
def open_hit(state_id: str, page: int, place: int) -> Response:
    """Open the person on a line of the results."""
    return redirect(resident_url(_chosen(state_id, page, place)))


@blueprint.get("/search/<state_id>/<int:page>/<int:place>/household")
@requires(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)
def open_hit_household(state_id: str, page: int, place: int) -> Response:
    """Open the household of the person on a line of the results."""
    person = reader.latest_of(db(), _chosen(state_id, page, place))
    if person is None:
        abort(404, description=_("この人の記録が見つかりません。もう一度検索してください。"))
    return redirect(household_url(person.household_number))


# ---- the officer's own searches


@blueprint.get("/search/history")
@requires(Permission.RESIDENT_SEARCH)
def show_history() -> str:
    """The officer's last searches, to be run again or to begin a new one with (RR-2.1.1)."""
    saved = operations.saved_searches(db(), actor(), keyring=services().keyring)
    return render_template("search/history.html", searches=saved, most=operations.KEPT_SEARCHES)


def _saved(search_id: int) -> SearchQuery:
    query = operations.saved_search(db(), actor(), search_id, keyring=services().keyring)
    if query is None:
        abort(404, description=_("この検索は、履歴から消えました。もう一度条件を入力してください。"))
    return query


@blueprint.post("/search/history/<int:search_id>/run")
@requires(Permission.RESIDENT_SEARCH)
def run_again(search_id: int) -> Response:
    """Run one of the officer's searches again."""
    return redirect(url_for("search.results", state_id=_keep(_saved(search_id))), code=303)


@blueprint.get("/search/history/<int:search_id>")
@requires(Permission.RESIDENT_SEARCH)
def reuse(search_id: int) -> str:
    """The form filled with one of the officer's searches."""
    return _page(form_of(_saved(search_id)))


@blueprint.post("/search/history/forget")
@requires(Permission.RESIDENT_SEARCH)
def forget() -> Response:
    """Empty the officer's own list."""
    operations.forget_searches(db(), actor(), now=now())
    return done(_("検索履歴を消しました。"), "search.start")


# ---- the command box


@blueprint.post("/search/command")
@login_only
def command() -> Response:
    """What the command box means: a function's name, a 宛名番号, a birth date, or a name. It shows nothing itself."""
    typed = request.form.get("q", "").strip()[:200]
    if not typed:
        return redirect(url_for("web.show_home"), code=303)
    job = find_job(current_app, actor(), typed)
    if job is not None:
        return redirect(job, code=303)
    actor().require(Permission.RESIDENT_SEARCH)
    digits = unicodedata.normalize("NFKC", typed).replace("-", "").replace(" ", "")
    if digits.isascii() and digits.isdigit() and len(digits) in _ADDRESSEE_DIGITS:
        return _by_number(digits)
    return redirect(url_for("search.results", state_id=_keep(_query_of(typed))), code=303)


def _by_number(digits: str) -> Response:
    if reader.latest_of(db(), digits) is not None:
        if actor().may(Permission.RESIDENT_VIEW):
            return redirect(resident_url(digits), code=303)
        query = SearchQuery(addressee_number=digits, states=StateScope.ALL)
        return redirect(url_for("search.results", state_id=_keep(query)), code=303)
    # 個人番号 has twelve digits and is not written down, not even when it comes to the wrong field.
    typed = digits if valid_addressee_number(digits) and not valid_individual_number(digits) else _MASKED
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="住民検索",
        details={"検索条件": {"番号": typed}, "件数": "0件"},
        screen="コマンド欄",
    )
    if valid_addressee_number(digits):
        flash(_("この宛名番号の人は記録されていません。番号を確かめてください。"), "warning")
    else:
        flash(
            _("宛名番号の検査数字が合いません。番号を確かめてください。個人番号は検索の画面で入力します。"),
            "error",
        )
    return redirect(url_for("search.start"), code=303)


def _query_of(typed: str) -> SearchQuery:
    try:
        first, last, scope = birth_period(typed)
    except DateError:
        kana = to_katakana(typed)
        return SearchQuery(kana=kana) if is_katakana_name(kana) else SearchQuery(name=typed)
    return SearchQuery(birth_from=first, birth_to=last, birth_scope=scope)
