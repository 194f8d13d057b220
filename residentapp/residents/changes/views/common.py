"""What several screens of changes share."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from flask_babel import gettext as _

from residentapp.core.access.permissions import Permission
from residentapp.core.kana import is_katakana_name, to_fullwidth_katakana
from residentapp.core.violations import Violation, errors_of
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.residents.cases.pages import log_shown
from residentapp.residents.changes.procedure import facts_for
from residentapp.residents.changes.rules.notes import note_facts
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Facts, Role
from residentapp.residents.remarks.queries import NoteText, filled_templates
from residentapp.residents.search import operations as search
from residentapp.residents.search.types import Hit, SearchQuery

#: Most people that a search on these pages shows; a clerk types more rather than read further.
HITS = 20


def households_found(text: str, *, screen: str) -> tuple[Sequence[Hit], str]:
    """People for what was typed into one field: a name, its reading, a 宛名番号 or a 世帯番号.

    :returns: the hits, and a word when there are more.
    :raises SearchError: for what cannot be searched.
    """
    pages = [
        search.run(db(), actor(), query, keyring=services().keyring, now=now(), size=HITS, screen=screen)
        for query in _queries_of(text)
    ]
    # The one person of the number first, then the household: their numbers are two series that may meet.
    hits = {hit.addressee_number: hit for page in pages for hit in page.hits}
    trouble = ""
    further = next((page for page in pages if page.next_key is not None), None)
    if further is not None:
        trouble = _(
            "%(count)sあります。氏名をもっと入力するか、番号で探してください。", count=further.count_text
        )
    return list(hits.values()), trouble


def _queries_of(text: str) -> list[SearchQuery]:
    folded = unicodedata.normalize("NFKC", text).replace("-", "")
    if folded.isascii() and folded.isdigit():
        return [SearchQuery(addressee_number=folded), SearchQuery(household_number=folded)]
    kana = to_fullwidth_katakana(text)
    return [SearchQuery(kana=kana) if is_katakana_name(kana) else SearchQuery(name=text)]


def facts_of(case_id: str, entry: ChangeEntry) -> Facts:
    """Today's facts for a case.

    :raises Refusal: 403 when it is about people whose whereabouts the actor may not know: the entry holds where they
        live or will live (CM-5.1).
    """
    facts = facts_for(db(), actor(), services().keyring, case_id, entry, now=now())
    for person in entry.people:
        record = facts.person(person)
        home = facts.homes.get(record.household_number) if record is not None else None
        # A removed record is of no household that is read here, but it says where its people lived.
        protected = person.number in facts.protected and not actor().may(Permission.SUPPRESSED_VIEW)
        if person.role is not Role.TARGET and (protected or (home is not None and home.hidden)):
            raise Refusal(
                _("この世帯の異動は入力が止められています。"),
                _("抑止・支援措置の担当者に連絡してください。"),
                status=403,
            )
    return facts


def log_register_shown(facts: Facts, status: int) -> None:
    """Log whom of the register a page of a case shows."""
    shown = sorted(
        person.number
        for person in facts.people.values()
        if not ((home := facts.homes.get(person.household_number)) is not None and home.hidden)
    )
    log_shown(shown, action="異動の入力での照会", screen="異動", status=status)


def note_texts(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, findings: Sequence[Violation]
) -> list[NoteText] | None:
    """The registered texts of the 異動事由 that the change will have, filled (RR-1.1.14c).

    None while errors elsewhere leave open what the change will be. Nothing of a household that the officer may not
    know (CM-5.1).
    """
    if any(error.field != "notes" for error in errors_of(findings)):
        return None
    if not spec.notes or any(home.hidden for home in facts.homes.values()):
        return []
    return [
        text
        for reason, people in note_facts(spec.plan(spec, entry, facts), facts)
        for text in filled_templates(db(), reason, people, facts.today)
    ]
