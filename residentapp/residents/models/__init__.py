"""Tables of the resident register."""

from residentapp.residents.models.protection import (
    ProtectionEvent,
    SupportMeasure,
    SupportMember,
    SupportOffender,
    SupportTransfer,
    Suppression,
)
from residentapp.residents.models.register import (
    Addressee,
    Household,
    IntegratedRemark,
    ResidentChange,
    ResidentHistory,
)

__all__ = [
    "Addressee",
    "Household",
    "IntegratedRemark",
    "ProtectionEvent",
    "ResidentChange",
    "ResidentHistory",
    "SupportMeasure",
    "SupportMember",
    "SupportOffender",
    "SupportTransfer",
    "Suppression",
]
