"""Order of the members of a household (世帯員の並び順, RR-5.2).

The sort key is 生年月日, then 宛名番号, wherever nothing else is said. Unregistered partners (準婚) count as family.

Where the source is silent or contradicts itself (its open point 13) this is the reading:

- 配偶者の子 has no place of its own and is 親族 in 第4順位.
- A child's children stand in birth order; one with a family of its own is followed by that family.
- 子の子 and 子の妻 are 親族 when no 子 is in the household. When it is unknown to which of several 子 they
  belong, they follow the families of 第2順位.
- Within 親族 the spouse's 父母, 兄弟姉妹 and 祖父母 come first, in the order of 第3順位. All others stand in birth
  order of the first person of each family; families (not single persons) change places among themselves so
  that the lower generation is first.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from residentapp.residents.rules.relationships import (
    CHILDREN,
    PARENTS,
    SIBLINGS,
    SPOUSES,
    Rank,
    Relationship,
    Term,
    parse_relationship,
    rank_of,
)


class MemberOrderError(ValueError):
    """The members contradict each other, so that there is no order. The text is Japanese, for the clerk."""


@dataclass(frozen=True)
class Member:
    """A member of a household, as far as the order needs to know.

    :param id: any key that tells members apart.
    :param relationship: the 続柄 as recorded.
    :param birth: the day to sort by (``DateValue.sort`` of the birth date).
    :param number: 宛名番号.
    :param register_head: whether this person is the 筆頭者 of its 戸籍.
    :param family_of: key of the member whose family this one belongs to, when known; else it is inferred
        from the 続柄 where only one member fits.
    """

    id: str
    relationship: str
    birth: dt.date
    number: str
    register_head: bool = False
    family_of: str | None = None

    @cached_property
    def parsed(self) -> Relationship:
        """The 続柄 as read."""
        return parse_relationship(self.relationship)

    @property
    def by_birth(self) -> tuple[dt.date, int, str]:
        """The sort key of RR-5.2: 生年月日, then 宛名番号 as a number."""
        return self.birth, int(self.number) if self.number.isdecimal() else 0, self.number


#: What never joins another's family: each has its own place in the order.
_PLACED = frozenset(
    {
        Rank.HEAD,
        Rank.SPOUSE,
        Rank.PARENT,
        Rank.SIBLING,
        Rank.GRANDPARENT,
        Rank.LODGER,
        Rank.UNREADABLE,
    }
)


def order_members(members: Sequence[Member]) -> list[Member]:
    """The members in the order of RR-5.2. A household may have no head (RR-1.1.10).

    :raises MemberOrderError: two heads, one key twice, ``family_of`` naming nobody, or families in a circle.
    """
    return _Household(members).ordered()


class _Household:
    """One household while it is being ordered."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.by_id = {member.id: member for member in members}
        if len(self.by_id) != len(members):
            raise MemberOrderError("同じ世帯員が2回入っています。重なりを除いてください。")
        self.by_rank: dict[Rank, list[Member]] = defaultdict(list)
        for member in sorted(members, key=lambda one: one.by_birth):
            self.by_rank[rank_of(member.parsed)].append(member)
        if len(self.by_rank[Rank.HEAD]) > 1:
            raise MemberOrderError("世帯主が2人以上います。世帯主を1人にしてください。")
        self.family: dict[str, list[Member]] = defaultdict(list)
        self.anchor: dict[str, Member] = {}
        self._join_families(members)

    # Who belongs to whose family

    def _join_families(self, members: Sequence[Member]) -> None:
        for member in members:
            anchor = self._stated_anchor(member) if member.family_of is not None else None
            if member.family_of is None:
                anchor = self._inferred_anchor(member, members)
            if anchor is not None:
                self.anchor[member.id] = anchor
        # Children of a child's spouse are the child's own family. Each is moved up beside those before it, so that they
        # are taken in the order of birth and not in the order in which they happen to be given.
        for member in sorted(members, key=lambda one: one.by_birth):
            parent = self.anchor.get(member.id)
            if parent is not None and not self._is_partner(member, parent):
                grand = self.anchor.get(parent.id)
                if grand is not None and self._is_partner(parent, grand):
                    self.anchor[member.id] = grand
        for member in sorted(members, key=lambda one: one.by_birth):
            parent = self.anchor.get(member.id)
            if parent is not None:
                self._refuse_circle(member)
                self.family[parent.id].append(member)

    def _stated_anchor(self, member: Member) -> Member | None:
        stated = self.by_id.get(member.family_of or "")
        if stated is None:
            raise MemberOrderError("家族の中心となる人がこの世帯にいません。世帯員の中から選んでください。")
        rank = rank_of(member.parsed)
        if stated is member or rank in _PLACED or _is_spouses_kin(member):
            return None
        anchor_rank = rank_of(stated.parsed)
        if anchor_rank in (Rank.HEAD, Rank.SPOUSE, Rank.LODGER, Rank.UNREADABLE):
            return None
        return stated if rank is not Rank.CHILD or anchor_rank is Rank.CHILD else None

    def _inferred_anchor(self, member: Member, members: Sequence[Member]) -> Member | None:
        """The one member that fits: 子 for 子の妻, 兄の子 for 兄の子の妻.

        Where several fit, or the person between is not in the household, the next one up the chain: 子 for
        子の子の妻 when there are two 子の子. None when nobody can be told.
        """
        terms = member.parsed.terms
        rank = rank_of(member.parsed)
        if rank in _PLACED or _is_spouses_kin(member):
            return None
        if rank is Rank.CHILD:
            children = [one for one in members if one.parsed.terms == (Term.CHILD,)]
            return children[0] if terms != (Term.CHILD,) and len(children) == 1 else None
        for length in range(len(terms) - 1, 0, -1):
            if terms[length] not in SPOUSES | CHILDREN:
                return None
            stem = _plain(terms[:length])
            fitting = [one for one in members if one is not member and _plain(one.parsed.terms) == stem]
            if len(fitting) > 1:
                # A couple of 子 and 子（子の夫） is one family.
                fitting = [one for one in fitting if one.parsed.terms[-1] is Term.CHILD] or fitting
            if len(fitting) == 1:
                return None if rank_of(fitting[0].parsed) is Rank.SPOUSE else fitting[0]
        return None

    @staticmethod
    def _is_partner(member: Member, anchor: Member) -> bool:
        terms, own = member.parsed.terms, anchor.parsed.terms
        if rank_of(member.parsed) is Rank.CHILD:
            return True  # a 子 in the family of another 子 is its husband or wife
        return bool(terms) and terms[-1] in SPOUSES and len(terms) == len(own) + 1

    def _refuse_circle(self, member: Member) -> None:
        seen = {member.id}
        above = self.anchor.get(member.id)
        while above is not None:
            if above.id in seen:
                raise MemberOrderError(
                    "家族のつながりが輪になっています。家族の中心となる人を選び直してください。"
                )
            seen.add(above.id)
            above = self.anchor.get(above.id)

    def _with_family(self, member: Member) -> list[Member]:
        """A person, its partner, its children in birth order, each with its own family (RR-5.2b)."""
        return [member, *self._family_alone(member)]

    def _family_alone(self, member: Member) -> list[Member]:
        family = self.family[member.id]
        partners = [one for one in family if self._is_partner(one, member)]
        others = [one for one in family if one not in partners]
        return [one for group in (partners, others) for person in group for one in self._with_family(person)]

    # The four ranks

    def ordered(self) -> list[Member]:
        children = [one for one in self.by_rank[Rank.CHILD] if one.id not in self.anchor]
        alone = [one for one in children if not self.family[one.id]]
        with_family = [one for one in children if self.family[one.id]]
        first = [*self.by_rank[Rank.HEAD], *self.by_rank[Rank.SPOUSE], *alone]
        second = [one for child in with_family for one in self._with_family(child)]
        if children:
            # 子の妻 or 子の子 of one of several 子, nobody knows of which: still of this rank, after the families.
            second += self._units(self.by_rank[Rank.CHILDS_FAMILY], beside=[])
        third = [
            *_register_head_first(self.by_rank[Rank.PARENT]),
            *self.by_rank[Rank.SIBLING],
            *_register_head_first(self.by_rank[Rank.GRANDPARENT]),
        ]
        relatives = [*self.by_rank[Rank.CHILDS_FAMILY], *self.by_rank[Rank.RELATIVE]]
        fourth = [
            *self._spouses_kin(relatives),
            *self._units([one for one in relatives if not _is_spouses_kin(one)], beside=third),
            *self._units(self.by_rank[Rank.KINDRED], beside=[]),
            *self.by_rank[Rank.LODGER],
            *self.by_rank[Rank.UNREADABLE],
        ]
        # Whoever already stands in a family or a higher rank keeps that place.
        return list(dict.fromkeys((*first, *second, *third, *fourth)))

    def _spouses_kin(self, relatives: Sequence[Member]) -> list[Member]:
        kin = [one for one in relatives if _is_spouses_kin(one)]
        tails = [(one, one.parsed.terms[1:]) for one in kin]
        parents = [one for one, tail in tails if len(tail) == 1 and tail[0] in PARENTS]
        siblings = [one for one, tail in tails if len(tail) == 1 and tail[0] in SIBLINGS]
        grandparents = [one for one, tail in tails if len(tail) == 2]
        ordered = [*_register_head_first(parents), *siblings, *_register_head_first(grandparents)]
        return [one for person in ordered for one in self._with_family(person)]

    def _units(self, people: Sequence[Member], *, beside: Sequence[Member]) -> list[Member]:
        """Single persons and families in birth order, families among themselves by generation first.

        :param beside: members of 第3順位, who keep their place there; their families follow here without them.
        """
        units = [
            (one.parsed.generations, self._with_family(one)) for one in people if one.id not in self.anchor
        ]
        units += [(one.parsed.generations, self._family_alone(one)) for one in beside if self.family[one.id]]
        units.sort(key=lambda unit: unit[1][0].by_birth)
        families = iter(
            sorted(
                (unit for unit in units if len(unit[1]) > 1),
                key=lambda unit: (unit[0], unit[1][0].by_birth),
            )
        )
        placed = [next(families) if len(unit[1]) > 1 else unit for unit in units]
        return [one for _generation, people_of_unit in placed for one in people_of_unit]


def _plain(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The chain with 子（子の夫） and 子（子の妻） read as 子."""
    return tuple(
        Term.CHILD if term in (Term.CHILD_HUSBAND_OF_CHILD, Term.CHILD_WIFE_OF_CHILD) else term
        for term in terms
    )


def _is_spouses_kin(member: Member) -> bool:
    """父母, 兄弟姉妹 or 祖父母 of the head's spouse."""
    terms = member.parsed.terms
    if len(terms) < 2 or terms[0] not in SPOUSES:
        return False
    tail = terms[1:]
    if len(tail) == 1:
        return tail[0] in PARENTS | SIBLINGS
    return len(tail) == 2 and set(tail) <= PARENTS


def _register_head_first(members: Sequence[Member]) -> list[Member]:
    return sorted(members, key=lambda one: (not one.register_head, one.by_birth))
