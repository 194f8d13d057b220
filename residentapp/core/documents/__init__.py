"""Official forms: templates as data, drawn to PDF with every character right (FM-1 … FM-4, CM-1, RR-5.8)."""

from residentapp.core.documents.fonts import FontError, FontFace, Fonts, Glyph, GlyphStatus, split_text
from residentapp.core.documents.form_data import OMITTED, validate_data
from residentapp.core.documents.qr_code import fits_qr
from residentapp.core.documents.render import LongForm, render_form, render_long_form
from residentapp.core.documents.results import (
    CharacterIssue,
    FormDataError,
    Overflow,
    OverflowRule,
    RenderedForm,
    TemplateError,
)
from residentapp.core.documents.seal_image import draw_seal
from residentapp.core.documents.template import FormTemplate
from residentapp.core.documents.template_file import TEMPLATE_DIRECTORY, load_template

__all__ = [
    "OMITTED",
    "TEMPLATE_DIRECTORY",
    "CharacterIssue",
    "FontError",
    "FontFace",
    "Fonts",
    "FormDataError",
    "FormTemplate",
    "Glyph",
    "GlyphStatus",
    "LongForm",
    "Overflow",
    "OverflowRule",
    "RenderedForm",
    "TemplateError",
    "draw_seal",
    "fits_qr",
    "load_template",
    "render_form",
    "render_long_form",
    "split_text",
    "validate_data",
]
