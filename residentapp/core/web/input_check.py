"""What no honest browser sends is refused before anything reads it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

#: Largest number in an address; ids beyond it do not exist, and a database would fail on them instead of finding none.
LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """``<int:…>`` in addresses: what no id can be is no such page."""

    def __init__(self, map: Map, *args: int, **options: int) -> None:
        options.setdefault("max", LARGEST_ID)
        super().__init__(map, *args, **options)  # type: ignore[arg-type]  # widths and limits only, as named


def number_of(text: str) -> int | None:
    """A whole number that a form sent; None for anything else, however long or in whatever script."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID))):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None


def id_of(value: object) -> int:
    """The same for the ``coerce`` of a pick list.

    :raises ValueError: for what is no number of a row.
    """
    number = number_of(str(value))
    if number is None:
        raise ValueError("not the number of a row")
    return number


def _texts() -> Iterator[str]:
    yield request.path
    for values in (request.args, request.form):
        for name, value in values.items(multi=True):
            yield name
            yield value
    for file in request.files.values():
        yield file.filename or ""


def _refuse_nul() -> None:
    # PostgreSQL cannot hold it, so that it would come out as an error of the system; nobody types it.
    if any("\0" in text for text in _texts()):
        abort(400)


def init_input_check(app: Flask) -> None:
    """Check each request, and bound the numbers of addresses. Call before any route is registered."""
    app.url_map.converters["int"] = IdConverter
    app.before_request(_refuse_nul)
