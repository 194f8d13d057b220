"""Registry of the home page: work lists with their counts, and the commonest jobs.

A package adds its own where it makes its blueprint, so that the home page needs to know no package::

    blueprint = Blueprint("move_in", __name__, …)
    add_to_home(
        blueprint,
        HomeList("今日が期限の届出", count_due, "move_in.due", Permission.MOVE_IN_ENTER),
        Job("転入", "F4", "move_in.start", Permission.MOVE_IN_ENTER, words=("てんにゅう", "tennyu")),
    )
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Flask, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from residentapp.core.access import Actor, Permission

_EXTENSION = "residentapp_home"


@dataclass(frozen=True)
class HomeList:
    """A work list: things that wait for this officer.

    :param count: how many wait, as this actor may see them; read at each call of the home page.
    :param endpoint: the page that lists them.
    :param permission: who sees the list at all; or a function that says it of an actor.
    :param hint: one short line on what to do with them.
    """

    label: str
    count: Callable[[Session, Actor], int]
    endpoint: str
    permission: Permission | Callable[[Actor], bool]
    hint: str = ""
    order: int = 100


@dataclass(frozen=True)
class Job:
    """A common job with its key on the home page.

    :param key: ``F2`` … ``F12`` or ``Alt+X``; works on the home page only.
    :param words: other words by which the command box finds it (readings, abbreviations).
    """

    label: str
    key: str
    endpoint: str
    permission: Permission | Callable[[Actor], bool]
    words: tuple[str, ...] = ()
    hint: str = ""
    order: int = 100


@dataclass(frozen=True)
class ListLine:
    """One line of the home page's work lists."""

    label: str
    count: int
    url: str
    hint: str


@dataclass(frozen=True)
class JobLine:
    """One job as the home page shows it."""

    label: str
    key: str
    url: str
    hint: str


@dataclass
class _Registry:
    lists: list[HomeList] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


def _registry(app: Flask) -> _Registry:
    return cast(_Registry, app.extensions.setdefault(_EXTENSION, _Registry()))


def add_to_home(blueprint: Blueprint, *entries: HomeList | Job) -> None:
    """Add work lists and jobs to every application that takes this blueprint."""

    def add(state: BlueprintSetupState) -> None:
        registry = _registry(cast(Flask, state.app))
        for entry in entries:
            if isinstance(entry, HomeList):
                registry.lists.append(entry)
            else:
                registry.jobs.append(entry)

    blueprint.record_once(add)


def verify_home(app: Flask) -> None:
    """Refuse to start with a line that leads nowhere or with one key for two jobs.

    :raises RuntimeError: naming what is wrong.
    """
    registry = _registry(app)
    endpoints = {entry.endpoint for entry in registry.lists} | {job.endpoint for job in registry.jobs}
    missing = sorted(endpoints - set(app.view_functions))
    if missing:
        raise RuntimeError(f"the home page names endpoints that do not exist: {', '.join(missing)}")
    keys = [job.key for job in registry.jobs]
    doubled = sorted({key for key in keys if keys.count(key) > 1})
    if doubled:
        raise RuntimeError(f"the home page has one key for two jobs: {', '.join(doubled)}")


def work_lists(app: Flask, session: Session, actor: Actor) -> list[ListLine]:
    """The lists this actor may see, with their counts."""
    return [
        ListLine(entry.label, entry.count(session, actor), url_for(entry.endpoint), entry.hint)
        for entry in sorted(_registry(app).lists, key=lambda entry: entry.order)
        if _sees(actor, entry)
    ]


def _sees(actor: Actor, entry: HomeList | Job) -> bool:
    asked = entry.permission
    return asked(actor) if callable(asked) else actor.may(asked)


def jobs(app: Flask, actor: Actor) -> list[JobLine]:
    """The jobs this actor may do."""
    return [
        JobLine(job.label, job.key, url_for(job.endpoint), job.hint)
        for job in sorted(_registry(app).jobs, key=lambda job: job.order)
        if _sees(actor, job)
    ]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def find_job(app: Flask, actor: Actor, text: str) -> str | None:
    """Address of the job that the command box names by its label or one of its words; None when no job does.

    Only a full match counts: ``転入`` is a job, ``転入太郎`` may be a name.
    """
    wanted = _folded(text)
    for job in _registry(app).jobs:
        if _sees(actor, job) and wanted in {_folded(word) for word in (job.label, *job.words)}:
            return url_for(job.endpoint)
    return None
