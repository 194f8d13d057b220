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
    RelationshipProof,
    ResidentChange,
    ResidentHistory,
)

__all__ = [
    "Addressee",
    "Household",
    "IntegratedRemark",
    "ProtectionEvent",
    "RelationshipProof",
    "ResidentChange",
    "ResidentHistory",
    "SupportMeasure",
    "SupportMember",
    "SupportOffender",
    "SupportTransfer",
    "Suppression",
]
