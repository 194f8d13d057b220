"""What templates may use: exact glyphs, dates in wareki, the page's font, help, permissions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from flask import Flask, current_app, g, request, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup, escape
from werkzeug.routing import BuildError

from residentapp.core.clock import JST
from residentapp.core.dates import DateValue, to_wareki, wareki_short
from residentapp.core.documents.fonts import GlyphStatus, split_text
from residentapp.core.web.context import actor_or_none, services, today
from residentapp.core.web.fonts import FontLink, characters_of
from residentapp.core.web.forms import UNKNOWN_DATE_EXAMPLES, alert_key, error_lines

_WEEKDAYS = "月火水木金土日"


def mj(text: object) -> Markup:
    """Mark a name or an address to be drawn with its exact glyphs, and collect its characters for the page's font.

    A character without an exact glyph is marked, with the reason as its title.
    """
    if text is None or text == "":
        return Markup()
    plain = str(text)
    wanted: set[str] = g.setdefault("mj_characters", set())
    wanted |= characters_of(plain)
    inexact = services().web_fonts.inexact(plain)
    if not inexact:
        return Markup('<span class="mj">{}</span>').format(plain)
    shown = (
        _inexact(character, inexact[character]) if character in inexact else escape(character)
        for character in split_text(plain)
    )
    return Markup('<span class="mj">{}</span>').format(Markup().join(shown))


def _inexact(character: str, status: GlyphStatus) -> Markup:
    reason = {
        GlyphStatus.UNREGISTERED: "この異体字の字形がフォントにないため、もとの字の形で表示しています",
        GlyphStatus.MISSING: "この文字の字形がフォントにないため、正しく表示できません",
    }[status]
    return Markup('<span class="mj-inexact" title="{}">{}</span>').format(reason, character)


def mj_text(text: object) -> str:
    """The text itself, its characters collected for the page's font: for the value of an input with class ``mj``."""
    plain = "" if text is None else str(text)
    wanted: set[str] = g.setdefault("mj_characters", set())
    wanted |= characters_of(plain)
    return plain


def page_font() -> FontLink | None:
    """The font of everything marked so far; the frame asks at the very end of the page."""
    return services().web_fonts.link(g.get("mj_characters", set()))


def font_of(*texts: str) -> FontLink | None:
    """The font of a part of a page that is fetched on its own."""
    wanted: set[str] = set()
    for text in texts:
        wanted |= characters_of(text)
    return services().web_fonts.link(wanted)


def wareki(value: DateValue | dt.date | dt.datetime | None) -> str:
    """A date as 令和8年11月24日; what is not known is written as it was entered."""
    if value is None:
        return ""
    if isinstance(value, DateValue):
        return value.wareki
    if isinstance(value, dt.datetime):
        value = value.astimezone(JST).date()
    return to_wareki(value)


def wareki_in_short(value: DateValue | dt.date | dt.datetime | None) -> str:
    """A date as R8.11.24, for narrow columns."""
    if value is None:
        return ""
    if isinstance(value, DateValue):
        return wareki_short(value.exact) if value.exact else value.wareki
    if isinstance(value, dt.datetime):
        value = value.astimezone(JST).date()
    return wareki_short(value)


def weekday(day: dt.date) -> str:
    """月, 火, … 日."""
    return _WEEKDAYS[day.weekday()]


def date_and_time(moment: dt.datetime) -> str:
    """令和8年11月24日 10時05分, in Japanese time."""
    local = moment.astimezone(JST)
    return f"{to_wareki(local.date())} {local:%H}時{local:%M}分"


def endpoint_url(endpoint: str, **values: Any) -> str | None:
    """Address of an endpoint, None when this installation has no such screen."""
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return None


def help_topics() -> list[str]:
    """Names of the help pages for the current screen, the most exact first."""
    endpoint = request.endpoint or ""
    return [endpoint, endpoint.partition(".")[0]]


def _may(*permissions: Any) -> bool:
    actor = actor_or_none()
    return actor is not None and actor.may(*permissions)


def _frame() -> dict[str, Any]:
    settings = services().settings
    return {
        "current_actor": actor_or_none(),
        "may": _may,
        "page_font": page_font,
        "font_of": font_of,
        "training": settings.training,
        "idle_seconds": settings.idle_minutes * 60,
        "today": today,
        "help_topic": help_topics()[0],
    }


def versioned_static(endpoint: str, values: dict[str, Any]) -> None:
    """Add the version to addresses of style sheets and scripts, so that a new release is seen at once."""
    if endpoint.endswith("static") and "filename" in values:
        values.setdefault("v", current_app.config["RELEASE"])


def init_rendering(app: Flask) -> None:
    """Filters and values of all templates. A misspelt name in a template is an error, never an empty place."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    filters: Iterable[tuple[str, Any]] = (
        ("mj", mj),
        ("mj_text", mj_text),
        ("wareki", wareki),
        ("wareki_short", wareki_in_short),
        ("date_and_time", date_and_time),
    )
    for name, function in filters:
        app.jinja_env.filters[name] = function
    # Globals, not context values: macros see them however they were imported.
    app.jinja_env.globals.update(
        error_lines=error_lines,
        alert_key=alert_key,
        unknown_date_patterns=UNKNOWN_DATE_EXAMPLES,
        weekday=weekday,
        endpoint_url=endpoint_url,
    )
    app.context_processor(_frame)
    app.url_defaults(versioned_static)
