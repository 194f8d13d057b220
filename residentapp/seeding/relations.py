"""続柄 from a family tree: the shortest path from the head to the member, in the words of RR-1.1.11."""

from __future__ import annotations

from collections.abc import Sequence

from residentapp.residents.types import Sex
from residentapp.seeding.people import Person

HEAD = "世帯主"
DISTANT = "縁故者"
#: Longest chain of terms a 続柄 may have (RR-1.1.11a, b).
_MOST_TERMS = 4


def _spouse_term(person: Person) -> str:
    term = "夫" if person.sex is Sex.MALE else "妻"
    return f"{term}（未届）" if person.unregistered_spouse else term


def _sibling_term(reference: Person, person: Person) -> str:
    older = person.birth_day < reference.birth_day
    if person.sex is Sex.MALE:
        return "兄" if older else "弟"
    return "姉" if older else "妹"


def _steps(people: Sequence[Person], place: int) -> list[tuple[int, str]]:
    """Everyone one term away, nearer kinds first: spouse, children, parents, siblings."""
    here = people[place]
    steps: list[tuple[int, str]] = []
    if here.spouse is not None:
        steps.append((here.spouse, _spouse_term(people[here.spouse])))
    for other, person in enumerate(people):
        if place in (person.father, person.mother):
            steps.append((other, "子"))
    for parent, male_term in ((here.father, "父"), (here.mother, "母")):
        if parent is not None:
            steps.append((parent, male_term))
    for other, person in enumerate(people):
        if other != place and (
            (here.father is not None and person.father == here.father)
            or (here.mother is not None and person.mother == here.mother)
        ):
            steps.append((other, _sibling_term(here, person)))
    return steps


def relationships(people: Sequence[Person], head: int) -> list[str]:
    """続柄 of everyone in a story towards one head, in the order of ``people``.

    A path longer than four terms, or none, is 縁故者 (RR-1.1.11b).
    """
    words: list[str | None] = [None] * len(people)
    words[head] = HEAD
    frontier: list[tuple[int, list[str]]] = [(head, [])]
    for _ in range(_MOST_TERMS):
        following: list[tuple[int, list[str]]] = []
        for place, terms in frontier:
            for other, term in _steps(people, place):
                if words[other] is None:
                    path = [*terms, term]
                    words[other] = "の".join(path)
                    following.append((other, path))
        frontier = following
    return [
        person.relation if person.relation is not None and place != head else (words[place] or DISTANT)
        for place, person in enumerate(people)
    ]
