"""What a clerk without the right asks of each office, and must not be told (CM-5.1); run by ``test_protected_family``.

A module per office; each that stands here is run.
"""

import importlib
import pkgutil

import pytest

#: Names of the modules, which hold plain functions: without this a failed assertion would not show its values.
OFFICES = tuple(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__))
pytest.register_assert_rewrite(*OFFICES)

for office in OFFICES:
    importlib.import_module(office)
