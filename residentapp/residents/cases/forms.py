"""What the forms of every procedure share: reasons typed for alerts."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

#: Longest text that a field keeps, far beyond what any item takes: the rules say what is too long.
LONGEST_KEPT = 4_000


def confirmations_of(sent: MultiDict[str, str]) -> dict[str, str]:
    """Reasons typed for alerts: those ticked under their key, those not ticked yet kept apart for the page."""
    ticked = set(sent.getlist("alert"))
    reasons: dict[str, str] = {}
    for name, text in sent.items():
        if name.startswith("alert-reason:"):
            key = name.removeprefix("alert-reason:")
            reasons[key if key in ticked else f"?{key}"] = text.strip()[:LONGEST_KEPT]
    return {key: text for key, text in reasons.items() if text}


def typed_reason(confirmations: Mapping[str, str], key: str) -> str:
    """The reason typed for an alert, whether it was ticked or not."""
    return confirmations.get(key) or confirmations.get(f"?{key}", "")
