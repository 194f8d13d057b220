"""Reads a case of the office: a YAML file that an officer can read and check (tests/scenarios/changes).

What is written is what is meant: a day stays the text that a clerk types, only ``true`` and ``false`` are truth values,
and a name that stands twice is an error, not the last one's.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

#: Ending of such a file.
PATTERN = "*.yaml"


class CaseFileError(ValueError):
    """The file cannot be read; the text says where."""


class _Plain(yaml.SafeLoader):
    """YAML without guesses."""


_GUESSED = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:float")
_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag not in _GUESSED]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _mapping(loader: _Plain, node: yaml.MappingNode) -> dict[Any, Any]:
    names = [loader.construct_object(key) for key, _value in node.value]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise yaml.constructor.ConstructorError(
            None, None, f"stands twice: {', '.join(twice)}", node.start_mark
        )
    return loader.construct_mapping(node, deep=True)


_Plain.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_case(path: Path) -> dict[str, Any]:
    """One case.

    :raises CaseFileError: for a file that is no YAML, or no mapping of names to what they say.
    """
    try:
        # A loader of our own on top of the safe one.
        case = yaml.load(path.read_text(encoding="utf-8"), Loader=_Plain)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CaseFileError(f"{path.name}: {error}") from error
    if not isinstance(case, dict):
        raise CaseFileError(f"{path.name}: names and what they say are expected")
    return case
