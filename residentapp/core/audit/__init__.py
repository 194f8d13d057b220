"""The audit log: who did what to whose record, when and where (RR-10.2)."""

from residentapp.core.audit.chain import record, write_pending
from residentapp.core.audit.models import Log
from residentapp.core.audit.verify import Anchor, Finding, Verification, verify

__all__ = ["Anchor", "Finding", "Log", "Verification", "record", "verify", "write_pending"]
