"""From the addresses of a record to the municipalities that are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.addresses.municipalities import find_municipality, municipality_by_code
from residentapp.core.characters import without_selectors
from residentapp.core.masters.models import OwnMunicipality
from residentapp.residents.messages.rules import NOWHERE
from residentapp.residents.messages.types import Place

UNREPORTED = "（未届）"


class Places:
    """Looks municipalities up for one piece of work; each text once."""

    def __init__(self, session: Session, own: OwnMunicipality) -> None:
        self._session = session
        self._own = own
        self._known: dict[tuple[str, str], Place] = {}

    def of(self, text: str | None, address_code: str | None = None) -> Place | None:
        """The place of an address; None for a blank.

        :param address_code: 住所コード, asked only when the text does not tell.
        """
        written = (text or "").removesuffix(UNREPORTED).strip()
        if not written:
            return None
        key = (written, address_code or "")
        if key not in self._known:
            self._known[key] = self._find(written, address_code)
        return self._known[key]

    def _find(self, text: str, address_code: str | None) -> Place:
        if text in NOWHERE:
            return Place(text)
        own = self._own.prefecture + self._own.name
        if without_selectors(text).startswith(own):
            return Place(text, self._own.code, own)
        found = find_municipality(self._session, text)
        if found is None and address_code and len(address_code) >= 5:
            found = municipality_by_code(self._session, address_code[:5])
        if found is None:
            return Place(text)
        municipality, prefecture = found
        code = self._own.code if municipality.code == self._own.code[:5] else municipality.code6
        return Place(text, code, prefecture.name + municipality.name)

    def former(self, items: Mapping[str, Any]) -> tuple[Place, ...]:
        """転入前住所; for 未届転入 the unreported address and the 最終登録住所地 (RR-4.1.1.4)."""
        # The code belongs to the address that was registered, whichever of the two that is.
        code = items.get("previous_address_code")
        registered = items.get("last_registered_address")
        found = [
            self.of(items.get("previous_address"), None if registered else code),
            self.of(registered, code),
        ]
        return tuple(place for place in found if place is not None)

    def domicile(self, items: Mapping[str, Any]) -> Place | None:
        """本籍."""
        return self.of(items.get("registered_domicile"))

    def destination(self, items: Mapping[str, Any]) -> Place | None:
        """転出先（予定）."""
        return self.of(items.get("planned_destination"), items.get("planned_destination_code"))
