"""世帯分離, 世帯合併, 世帯変更, 世帯主変更, 事実上の世帯主."""

from __future__ import annotations

from residentapp.residents.changes.rules import households as rules
from residentapp.residents.changes.spec import Ask, ChangeSpec, Group, Subjects, Target, add
from residentapp.residents.ex_officio.types import Basis

SPLIT = add(
    ChangeSpec(
        code="household_split",
        label="世帯分離",
        group=Group.NOTIFICATION,
        check=rules.check_split,
        plan=rules.plan_split,
        target=Target.SPLIT,
        days=("notified_on",),
        head_choice=True,
        relationships=True,
        article="法第25条",
        words=("せたいぶんり", "分離"),
        order=40,
    )
)
MERGE = add(
    ChangeSpec(
        code="household_merge",
        label="世帯合併",
        group=Group.NOTIFICATION,
        check=rules.check_join,
        plan=rules.plan_merge,
        tell=rules.tell_join,
        subjects=Subjects.HOUSEHOLD,
        target=Target.JOIN,
        days=("notified_on",),
        relationships=True,
        article="法第25条",
        words=("せたいがっぺい", "合併"),
        order=41,
    )
)
CHANGE = add(
    ChangeSpec(
        code="household_change",
        label="世帯変更",
        group=Group.NOTIFICATION,
        check=rules.check_change,
        plan=rules.plan_change,
        tell=rules.tell_join,
        target=Target.JOIN,
        days=("notified_on",),
        head_choice=True,
        relationships=True,
        article="法第25条",
        words=("せたいへんこう",),
        order=42,
    )
)
HEAD_CHANGE = add(
    ChangeSpec(
        code="head_change",
        label="世帯主変更",
        group=Group.NOTIFICATION,
        check=rules.check_head,
        plan=rules.plan_head,
        subjects=Subjects.HOUSEHOLD,
        days=("notified_on",),
        head_choice=True,
        article="法第25条",
        words=("せたいぬしへんこう", "世帯主"),
        order=43,
    )
)
DE_FACTO_HEAD = add(
    ChangeSpec(
        code="de_facto_head",
        label="事実上の世帯主",
        group=Group.EX_OFFICIO,
        check=rules.check_de_facto,
        plan=rules.plan_de_facto,
        subjects=Subjects.HOUSEHOLD,
        asks=(
            Ask(
                "de_facto_head",
                "事実上の世帯主の氏名",
                "name",
                "住民でない世帯主（在日米軍の人、外交官、施設の長など）。備考に残します。",
                required=True,
                longest=200,
            ),
        ),
        bases=(Basis.OMISSION, Basis.APPLICATION),
        article="住民基本台帳事務処理要領",
        words=("じじつじょうのせたいぬし",),
        order=80,
    )
)
