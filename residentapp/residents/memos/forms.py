"""Form of a memo: parsing and shape only."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from residentapp.core.web.input_check import number_of


class MemoForm(FlaskForm):  # type: ignore[misc]
    """What a memo says."""

    text = TextAreaField("メモ", [Length(max=4000, message="長すぎます。4000文字までにしてください。")])
    seen = HiddenField()

    @property
    def seen_version(self) -> int:
        """Version that the writer had in front of them; 0 when it is not readable."""
        return number_of(self.seen.data or "") or 0
