"""Tables of the resident register."""

from residentapp.residents.models.protection import SupportMeasure, SupportMember, Suppression
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
    "ResidentChange",
    "ResidentHistory",
    "SupportMeasure",
    "SupportMember",
    "Suppression",
]
