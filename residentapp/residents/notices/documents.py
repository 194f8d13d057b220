"""From the decision to the data of the form ``acceptance_notice``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from residentapp.core.dates import to_wareki
from residentapp.core.masters.models import Certifier, OwnMunicipality
from residentapp.residents.notices.types import Facts, Recipient

#: Stands where a 届出人 was not written: then the 異動者 is the 届出人.
_SAME = "異動者に同じ"


def form_data(
    facts: Facts,
    recipient: Recipient,
    *,
    municipality: OwnMunicipality,
    certifier: Certifier,
    contact: str,
    today: dt.date,
) -> dict[str, Any]:
    """What stands on the paper: that the notification was accepted, and nothing of its content (RR-4.1.0.3a and c).

    :param contact: 問合せ先.
    """
    data: dict[str, Any] = {
        "recipient": {"address": recipient.place.address, "name": recipient.name},
        "date": to_wareki(today),
        "sender": {
            "prefecture": municipality.prefecture,
            "office_title": certifier.title,
            "name": certifier.name,
        },
        "notification": facts.notification,
        "notified_on": to_wareki(facts.notified_on) if facts.notified_on is not None else None,
        "reason": facts.reason.label,
        "notifier": None if facts.notifier is None else facts.notifier.strip() or _SAME,
        "movers": [{"name": mover.name} for mover in facts.movers],
        "contact": contact,
    }
    if recipient.place.postal_code:
        data["recipient"]["postal_code"] = f"〒{postal_text(recipient.place.postal_code)}"
    return data


def postal_text(code: str) -> str:
    """A 郵便番号 as it stands on an envelope."""
    return f"{code[:3]}-{code[3:]}" if len(code) == 7 else code
