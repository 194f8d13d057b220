"""留意事項 (type B) as a clerk types them for a change: lines, some begun from a registered text (RR-1.1.14c)."""

from __future__ import annotations

import json
from difflib import get_close_matches

from residentapp.residents.remarks.rules.notes import NoteDraft


def drafts_of(typed: str, chosen: str) -> tuple[NoteDraft, ...]:
    """The lines as notes.

    A registered text that the clerk edited keeps the links to its items: it is known again by its likeness.

    :param chosen: what :func:`with_line` keeps beside the lines.
    """
    texts = _chosen(chosen)
    drafts = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        like = get_close_matches(line, texts, n=1)
        drafts.append(NoteDraft(line, tuple(texts[like[0]]) if like else ()))
    return tuple(drafts)


def _chosen(kept: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(kept or "{}")
    return found


def with_line(typed: str, chosen: str, note: NoteDraft) -> tuple[str, str]:
    """The lines with a registered text as one more, and what is kept to know it again; never sent by a page."""
    line = "　".join(note.text.split("\n"))
    kept = json.dumps(_chosen(chosen) | {line: list(note.items)}, ensure_ascii=False)
    return (f"{typed}\n{line}" if typed else line), kept
