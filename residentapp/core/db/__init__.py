"""Database: base class, engine, one transaction per request, and what differs between the two databases."""

from residentapp.core.db.base import AwareDateTime, Base, JsonValue
from residentapp.core.db.engine import Database

__all__ = ["AwareDateTime", "Base", "Database", "JsonValue"]
