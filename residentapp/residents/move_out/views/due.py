"""転出予定日を迎えた人, and those whose day comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.residents.move_out import closing
from residentapp.residents.move_out.queries import leaving_lines
from residentapp.residents.move_out.views import blueprint
from residentapp.residents.records.views import resident_url

#: Most households that one press of the button works; the rest stays in the list.
MOST_HOUSEHOLDS = 50
#: Most lines of a list.
LONGEST = 200


@blueprint.get("/due")
@requires(Permission.CHANGE_ENTER)
def due() -> str:
    """Who is due, and who comes next."""
    people = closing.due_people(db(), today(), limit=LONGEST)
    coming = closing.coming_people(db(), today(), limit=LONGEST)
    lines = leaving_lines(db(), actor(), people, now=now())
    next_lines = leaving_lines(db(), actor(), coming, now=now())
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="転出予定者の一覧の照会",
        subjects=[line.number for line in (*lines, *next_lines)],
        screen=closing.SCREEN,
    )
    urls = (
        {line.number: resident_url(line.number) for line in (*lines, *next_lines)}
        if actor().may(Permission.RESIDENT_VIEW)
        else {}
    )
    return render_template(
        "move_out/due.html",
        lines=lines,
        coming=next_lines,
        urls=urls,
        total=closing.count_due(db(), today()),
        longest=LONGEST,
    )


@blueprint.post("/due")
@requires(Permission.CHANGE_APPROVE)
def close_due() -> Response:
    """Close the records of those who are due, household by household."""
    session = db()

    @contextmanager
    def savepoint() -> Iterator[Session]:
        """Each household is one: what one fails for leaves the others done."""
        with session.begin_nested():
            yield session

    done = closing.run_due(
        savepoint, actor(), services().keyring, on=today(), now=now(), most=MOST_HOUSEHOLDS
    )
    if done.closed:
        flash(
            _(
                "%(households)s世帯、%(people)s人を消除しました。",
                households=len(done.closed),
                people=done.people,
            ),
            "success",
        )
    else:
        flash(_("転出予定日を迎えた人はいません。"), "info")
    if done.headless:
        flash(
            _(
                "世帯主のいない世帯が%(count)sあります。世帯主変更の届出を促してください。",
                count=done.headless,
            ),
            "warning",
        )
    if done.failed:
        flash(
            _(
                "%(count)s世帯を処理できませんでした。この一覧に残っています。システム管理者に連絡してください。",
                count=len(done.failed),
            ),
            "error",
        )
    return redirect(url_for("move_out.due"), code=303)
