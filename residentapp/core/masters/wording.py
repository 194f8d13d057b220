"""The texts of each form that a municipality may word for itself: 認証文, 公印省略 and the like (FM-7, RR-5.6).

The defaults are data, in ``forms_templates/words/``: a new form brings a file there and needs no program. What a
municipality decides instead is kept in ``FormWording`` with the day from which it holds.
"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.documents import TEMPLATE_DIRECTORY, load_template
from residentapp.core.masters.models import SealUse
from residentapp.core.masters.setting_models import FormWording

WORDS_DIRECTORY = TEMPLATE_DIRECTORY / "words"
_COMMON = "common"

#: Which of the seals is printed on a form; the value is a :class:`SealUse`.
SEAL_USE = "seal_use"
#: Seals that a certificate may carry; the one for the face of cards is not among them.
CERTIFICATE_SEALS = (SealUse.GENERAL, SealUse.CERTIFICATE)


@dataclass(frozen=True)
class FormItem:
    """A text, or a choice, of a form.

    :param item: its name within the form.
    :param default: what holds while nothing is registered.
    :param path: item of the form's data that it is printed in; empty for a choice.
    :param choices: value and label, for a choice.
    """

    form: str
    item: str
    label: str
    default: str
    path: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    def shown(self, value: str) -> str:
        """A value as screens show it."""
        return dict(self.choices).get(value, value)


@dataclass(frozen=True)
class FormWords:
    """A form with everything that can be worded, in the order of screens."""

    form: str
    title: str
    items: Mapping[str, FormItem]


def _read(path: Path, form: str) -> dict[str, FormItem]:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        item: FormItem(form, item, entry["label"], entry["text"], entry["path"])
        for item, entry in table.items()
    }


@lru_cache(maxsize=1)
def known_forms() -> Mapping[str, FormWords]:
    """Every form with texts of its own, by the name of its template.

    :raises TemplateError: when a file of texts belongs to no form.
    """
    found = {}
    for path in sorted(WORDS_DIRECTORY.glob("*.toml")):
        form = path.stem
        if form == _COMMON:
            continue
        seal = FormItem(
            form,
            SEAL_USE,
            "公印の種類",
            SealUse.GENERAL.value,
            choices=tuple((use.value, use.label) for use in CERTIFICATE_SEALS),
        )
        items = _read(path, form) | {SEAL_USE: seal} | _read(WORDS_DIRECTORY / f"{_COMMON}.toml", form)
        found[form] = FormWords(form, load_template(form).title, items)
    return found


def sample_with(item: FormItem, text: str) -> dict[str, Any]:
    """The form's sample data with a text in its place, to see whether it fits on the paper."""
    data: dict[str, Any] = json.loads((TEMPLATE_DIRECTORY / f"{item.form}.sample.json").read_text("utf-8"))
    *groups, name = item.path.split(".")
    place = data
    for group in groups:
        place = place[group]
    place[name] = text
    return data


def wording_on(session: Session, form: str, day: dt.date) -> dict[str, str]:
    """Every text and choice of a form as it holds on a day, the default where nothing else is registered.

    :raises KeyError: when the form has no file of texts.
    """
    words = known_forms()[form]
    values = {item.item: item.default for item in words.items.values()}
    rows = session.scalars(
        select(FormWording)
        .where(FormWording.form == form, FormWording.valid_from <= day)
        .order_by(FormWording.valid_from, FormWording.id)
    )
    for row in rows:
        if row.item in values:
            values[row.item] = words.items[row.item].default if row.value is None else row.value
    return values


def seal_use_on(session: Session, form: str, day: dt.date) -> SealUse:
    """Which kind of seal a form carries on a day (RR-5.6a)."""
    return SealUse(wording_on(session, form, day)[SEAL_USE])
