"""Readings (フリガナ): full-width katakana as stored (RR-1.1.18, CM-2)."""

from __future__ import annotations

import re

import jaconv

#: Voiced marks written apart from their kana, and what they combine to.
_VOICED = dict(
    zip(
        "ウカキクケコサシスセソタチツテトハヒフヘホワヰヱヲ",
        "ヴガギグゲゴザジズゼゾダヂヅデドバビブベボヷヸヹヺ",
        strict=True,
    )
)
_SEMI_VOICED = dict(zip("ハヒフヘホ", "パピプペポ", strict=True))
_VOICED_MARK = re.compile("([ウカ-トハ-ホワ-ヲ])[\u3099゛]")
_SEMI_VOICED_MARK = re.compile("([ハ-ホ])[\u309a゜]")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_DASH_AFTER_KANA = re.compile("(?<=[ァ-ヺー])[-‐‑‒–—―−－ｰ]")
_NAME = re.compile("[ァ-ヺー・]+(?:\u3000[ァ-ヺー・]+)*")


def to_katakana(text: str) -> str:
    """Hiragana and half-width kana to full-width katakana, voiced marks joined; all else unchanged."""
    if _HALF_WIDTH.search(text):
        text = jaconv.h2z(text, kana=True, ascii=False, digit=False)
    text = jaconv.hira2kata(text)
    text = _VOICED_MARK.sub(lambda found: _VOICED.get(found[1], found[0]), text)
    return _SEMI_VOICED_MARK.sub(lambda found: _SEMI_VOICED.get(found[1], found[0]), text)


def to_fullwidth_katakana(text: str) -> str:
    """A reading as it is stored: full-width katakana, one full-width space between 氏 and 名.

    Small kana and long-vowel marks stay as entered; a dash typed after a kana becomes the long-vowel mark.
    """
    text = to_katakana(text.replace("･", "・"))
    text = re.sub(r"\s+", "\u3000", text.strip())
    return _DASH_AFTER_KANA.sub("ー", text)


def is_katakana_name(text: str) -> bool:
    """Whether a text is a reading as it may be stored (RR-2.1.2a).

    Katakana, long-vowel mark and middle dot, with single full-width spaces between parts.
    """
    return _NAME.fullmatch(text) is not None
