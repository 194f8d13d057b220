"""発行の確認: the requests that wait for the officer in charge, and the clerk's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _

from residentapp.core import audit
from residentapp.core.access import requires, requires_one_of
from residentapp.core.violations import Violation
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.residents.certificates.types import Shown, Style
from residentapp.residents.reading.types import ReadingRequest
from residentapp.residents.reading.wording import conditions_in_words
from residentapp.residents.removed_records import reader
from residentapp.residents.support import reviews, suppression_queries
from residentapp.residents.support.errors import NotThere, SupportRefused
from residentapp.residents.support.forms import DecisionForm, mark, whole_number
from residentapp.residents.support.models import CertificateReview, Decision
from residentapp.residents.support.reviews import ASKERS, Grant, Reviewable
from residentapp.residents.support.suppression_queries import Subject
from residentapp.residents.support.suppressions import IN_CHARGE
from residentapp.residents.support.views import blueprint
from residentapp.residents.support.views.measures import Page


@dataclass(frozen=True)
class ReviewLine:
    """One request in a list."""

    review: CertificateReview
    names: tuple[str, ...]
    state: str
    url: str


def _names(review: CertificateReview, asked: Reviewable, *, own: bool) -> tuple[str, ...]:
    """Whom a request is about. Who may not be read on a 閲覧用 is said to the officer in charge alone."""
    if isinstance(asked, ReadingRequest):
        count = _("（対象者%(count)s人）", count=len(review.subjects)) if not own else ""
        return (f"{Style.READING.label}{count}",)
    numbers = [subject.addressee_number for subject in review.subjects]
    people = reader.people_of(db(), numbers)
    return tuple(people[number].display_name for number in numbers if number in people)


def _state_text(review: CertificateReview) -> str:
    if review.used_at is not None:
        return str(_("発行済み"))
    if review.decision is None:
        return str(_("確認待ち"))
    if review.decision is Decision.REFUSED:
        return str(_("発行を認めない"))
    return str(_("発行できます") if reviews.is_open(review, now()) else _("期限が過ぎました"))


def _lines(shown: Sequence[CertificateReview], *, own: bool) -> list[ReviewLine]:
    lines = []
    for review in shown:
        asked = reviews.request_of(services().keyring, review)
        if not own:
            url = url_for("support.show_review", review_id=review.id)
        elif isinstance(asked, ReadingRequest):
            url = url_for("reading.enter", state_id=review.page_state_id)
        else:
            url = url_for("certificates.enter", state_id=review.page_state_id)
        lines.append(ReviewLine(review, _names(review, asked, own=own), _state_text(review), url))
    return lines


def _log_list(title: str, shown: list[CertificateReview], *, own: bool) -> None:
    seen = [
        review
        for review in shown
        if not own or not isinstance(reviews.request_of(services().keyring, review), ReadingRequest)
    ]
    audit.record(
        db(), actor(), moment=now(), log=audit.Log.OPERATION, action="発行の確認の一覧",
        subjects=sorted({subject.addressee_number for review in seen for subject in review.subjects}),
        details={"一覧": title, "件数": len(shown)}, screen="発行の確認",
    )  # fmt: skip


@blueprint.get("/support/reviews")
@requires(*IN_CHARGE)
def list_reviews() -> str:
    """Requests that wait for a decision."""
    shown = reviews.waiting(db(), actor(), now=now())
    _log_list("責任者の確認を待つ証明書", shown, own=False)
    return render_template("support/reviews.html", lines=_lines(shown, own=False), own=False)


@blueprint.get("/support/reviews/own")
@requires_one_of(lambda: ASKERS)
def own_reviews() -> str:
    """The clerk's own requests of the day; each leads back to the page it was made on."""
    shown = reviews.asked_lately(db(), actor(), now=now())
    _log_list("責任者に確認を依頼した請求", shown, own=True)
    return render_template("support/reviews.html", lines=_lines(shown, own=True), own=True)


@blueprint.route("/support/reviews/<review_id>", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def show_review(review_id: str) -> Page:
    """One request with everything the decision needs, and the decision."""
    try:
        review, asked = reviews.open_review(db(), actor(), services().keyring, review_id, now=now())
    except NotThere as error:
        abort(404, description=str(error))
    form = DecisionForm(request.form)
    violations: list[Violation] = []
    if request.method == "GET":
        form.minutes.data = str(services().settings.review_minutes)
    elif form.validate():
        grant = Grant(form.chosen(), form.reason.data or "", whole_number(form.minutes.data))
        try:
            reviews.decide(
                db(), actor(), services().keyring, review_id, grant,
                most=services().settings.review_minutes, now=now(),
            )  # fmt: skip
        except SupportRefused as refused:
            violations = mark(form, refused.violations)
        else:
            return done(_("判断を記録しました。"), "support.list_reviews")
    reading = asked if isinstance(asked, ReadingRequest) else None
    page = render_template(
        "support/review.html",
        review=review,
        asked=asked,
        reading=reading,
        conditions=conditions_in_words(db(), reading.conditions.kept(), day=today()) if reading else [],
        state=_state_text(review),
        reason=reviews.reason_of(services().keyring, review),
        shown=[item.label for item in Shown if item in asked.shown],
        subjects=_subjects(review),
        form=form,
        most=services().settings.review_minutes,
        violations=violations,
    )
    return page, 200 if request.method == "GET" else 422


def _subjects(review: CertificateReview) -> list[Subject]:
    found = []
    for subject in review.subjects:
        try:
            found.append(
                suppression_queries.subject_of_person(
                    db(), actor(), services().keyring, subject.addressee_number, now=now()
                )
            )
        except NotThere:
            continue
    return found
