"""A small town to search in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.masters.models import OwnMunicipality
from residentapp.residents.search import index, queries
from residentapp.residents.search.types import SearchPage, SearchQuery
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

SearchFor = Callable[..., SearchPage]


@pytest.fixture
def searcher() -> Actor:
    """A clerk at the counter: may search, may not see where protected people live."""
    return clerk(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)


@pytest.fixture
def own_town(session: Session) -> None:
    """The municipality of the residents in ``tests.support.residents``."""
    session.add(
        OwnMunicipality(
            id=1,
            code="991015",
            prefecture="架空県",
            name="架空市",
            kana="カクウシ",
            resident_code_low_water=10,
        )
    )
    session.flush()


@pytest.fixture
def find(session: Session, keyring: Keyring, searcher: Actor, own_town: None) -> SearchFor:
    """Runs a search: ``find(name="架空")``, with ``by=actor`` for somebody else, ``after`` and ``size``."""

    def run(
        *, by: Actor | None = None, after: object = None, size: int = 50, **conditions: object
    ) -> SearchPage:
        return queries.search(
            session,
            by or searcher,
            SearchQuery(**conditions),  # type: ignore[arg-type]
            keyring=keyring,
            now=TEST_MOMENT,
            after=after,  # type: ignore[arg-type]
            size=size,
        )

    return run


def indexed(session: Session, *people: object) -> None:
    """Make the search keys of people that a test has just recorded."""
    index.refresh(session, [person.addressee_number for person in people])  # type: ignore[attr-defined]


def names(page: SearchPage) -> list[str]:
    """Names of the hits, in order."""
    return [hit.name for hit in page.hits]
