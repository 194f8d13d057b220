"""The shape of a form's data, taken from its template, and the check that data have exactly that shape.

Neither less nor more: a key that is missing would leave a hole in a certificate unnoticed, and a key that the form
does not print is personal data that has no business there (FM-1: nothing but what the options ask for).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from residentapp.core.documents.results import FormDataError
from residentapp.core.documents.template import FormTemplate, Panel

#: Data for an item that the request leaves out; prints the template's word 「＊＊＊省略＊＊＊」 (FM-1). Another word
#: is asked for with ``{"omitted": "word"}``.
OMITTED: Final[Mapping[str, Any]] = {"omitted": True}

_TEXT, _FLAG, _PICTURE, _QR = "text", "flag", "picture", "qr"


@dataclass
class _Group:
    """Expected keys: a kind of item, a group of items, or a list of groups."""

    keys: dict[str, tuple[str, bool] | _Group] = field(default_factory=dict)

    def add(self, path: str, kind: str, optional: bool) -> None:
        first, _, rest = path.partition(".")
        if rest:
            inner = self.keys.setdefault(first, _Group())
            if not isinstance(inner, _Group):
                raise FormDataError(f"{first} is both an item and a group")
            inner.add(rest, kind, optional)
            return
        known = self.keys.get(first)
        # An item that stands in several places is needed when any of them needs it.
        if isinstance(known, tuple):
            optional = optional and known[1]
        self.keys[first] = (kind, optional)

    @property
    def optional(self) -> bool:
        return all(key.optional if isinstance(key, _Group) else key[1] for key in self.keys.values())


@lru_cache(maxsize=256)
def _page_shape(template: FormTemplate, variant: str | None) -> _Group:
    shape = _panel_shape(template.panel, variant)
    if template.variant_key:
        shape.add(template.variant_key, _TEXT, False)
    return shape


@lru_cache(maxsize=256)
def _slot_shape(template: FormTemplate, variant: str | None) -> _Group:
    block = template.block
    assert block is not None
    shape = _panel_shape(block.panel, variant)
    if block.variant_key:
        shape.add(block.variant_key, _TEXT, False)
    return shape


def _panel_shape(panel: Panel, variant: str | None) -> _Group:
    shape = _Group()
    for item in panel.fields:
        if item.scope.includes(variant):
            shape.add(item.name, _FLAG if item.flag is not None else _TEXT, item.optional)
            for join in item.join:
                shape.add(join.name, _TEXT, True)
    for picture in panel.pictures:
        if picture.scope.includes(variant):
            shape.add(picture.name, _PICTURE, picture.optional)
    for code in panel.qr_codes:
        if code.scope.includes(variant):
            shape.add(code.name, _QR, code.optional)
    return shape


def variant_of(
    template: FormTemplate, data: Mapping[str, Any], key: str | None, path: str = ""
) -> str | None:
    """Return which variant of the form (or slot) the data ask for. Raises FormDataError for an unknown one."""
    if key is None:
        return None
    value = lookup(data, key)
    if value not in template.variants():
        raise FormDataError(f"{path}{key}: must be one of {', '.join(sorted(template.variants()))}")
    return str(value)


def validate_data(template: FormTemplate, data: Mapping[str, Any]) -> None:
    """Check that the data have exactly the shape that the template expects.

    Raises FormDataError naming the first missing, unknown or wrongly typed key (never a value).
    """
    if not isinstance(data, Mapping):
        raise FormDataError("the form's data must be a mapping")
    lists = {part.name: part for part in (template.block, template.flow) if part is not None}
    shape = _page_shape(template, variant_of(template, data, template.variant_key))
    _check(shape, {key: value for key, value in data.items() if key not in lists}, "")
    for name in lists:
        if name not in data:
            raise FormDataError(f"{name}: missing")
        if not isinstance(data[name], Sequence) or isinstance(data[name], str | bytes):
            raise FormDataError(f"{name}: must be a list")
        for number, entry in enumerate(data[name], 1):
            if not isinstance(entry, Mapping):
                raise FormDataError(f"{name}[{number}]: must be a mapping")
    if template.block:
        block = template.block
        if not data[block.name]:
            raise FormDataError(f"{block.name}: must not be empty")
        for number, entry in enumerate(data[block.name], 1):
            path = f"{block.name}[{number}]."
            _check(_slot_shape(template, variant_of(template, entry, block.variant_key, path)), entry, path)
    if template.flow:
        entry_shape = _Group({column.name: (_TEXT, column.optional) for column in template.flow.columns})
        for number, entry in enumerate(data[template.flow.name], 1):
            _check(entry_shape, entry, f"{template.flow.name}[{number}].")


def _check(shape: _Group, data: Mapping[str, Any], path: str) -> None:
    for key in data:
        if key not in shape.keys:
            raise FormDataError(f"{path}{key}: the form has no such item")
    for key, expected in shape.keys.items():
        if isinstance(expected, _Group):
            if key not in data:
                if not expected.optional:
                    raise FormDataError(f"{path}{key}: missing")
                continue
            if not isinstance(data[key], Mapping):
                raise FormDataError(f"{path}{key}: must be a mapping")
            _check(expected, data[key], f"{path}{key}.")
            continue
        kind, optional = expected
        if key not in data:
            if not optional:
                raise FormDataError(f"{path}{key}: missing")
            continue
        _check_value(kind, data[key], f"{path}{key}")


def _check_value(kind: str, value: Any, path: str) -> None:
    if kind == _FLAG:
        if not isinstance(value, bool):
            raise FormDataError(f"{path}: must be true or false")
    elif kind == _PICTURE:
        if value is not None:
            picture_bytes(value, path)
    elif kind == _QR:
        if not (value is None or (isinstance(value, str) and value)):
            raise FormDataError(f"{path}: must be the QR code's text or null")
    elif not (value is None or isinstance(value, str) or _is_omitted(value) or _is_lines(value)):
        raise FormDataError(f'{path}: must be a text, a list of lines, null or {{"omitted": …}}')


def _is_omitted(value: Any) -> bool:
    if not (isinstance(value, Mapping) and set(value) == {"omitted"}):
        return False
    word = value["omitted"]
    return word is True or isinstance(word, str)


def _is_lines(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, bytes)
        and all(isinstance(line, str) for line in value)
    )


def lookup(data: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path; None when it, or a group on the way, is not there."""
    if "." not in path:
        return data.get(path)
    value: Any = data
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def present(data: Mapping[str, Any], path: str) -> bool:
    """Whether the data have the key at all (None is there, and prints as a blank)."""
    group, _, key = path.rpartition(".")
    inner = lookup(data, group) if group else data
    return isinstance(inner, Mapping) and key in inner


def lines_of(value: Any, blank: str, omitted: str) -> list[str]:
    """Return the lines to print for a checked value: its own, or the word for blank or omitted."""
    if value is None:
        return [blank]
    if isinstance(value, str):
        return value.split("\n") if "\n" in value else [value]
    if isinstance(value, Mapping):
        return [omitted if value["omitted"] is True else value["omitted"]]
    return [part for line in value for part in line.split("\n")] or [""]


def picture_bytes(value: Any, path: str) -> bytes:
    """Return a picture given as bytes or, so that data can be kept as JSON, as base64 text."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise FormDataError(f"{path}: must be a PNG, as bytes or base64")
