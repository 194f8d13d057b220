"""The blueprint of the 統合記載欄; ``views`` imports every module that adds screens to it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("remarks", __name__, template_folder="templates")
