"""A few rows of postal data, in the shape that the dictionary is built from."""

from __future__ import annotations

from residentapp.core.addresses.postal_data import PostalRow

_MUNICIPALITIES = {
    "13212": ("東京都", "日野市", "トウキョウト", "ヒノシ"),
    "13305": ("東京都", "西多摩郡日の出町", "トウキョウト", "ニシタマグンヒノデマチ"),
    "14103": ("神奈川県", "横浜市西区", "カナガワケン", "ヨコハマシニシク"),
    "14104": ("神奈川県", "横浜市中区", "カナガワケン", "ヨコハマシナカク"),
    "34101": ("広島県", "広島市中区", "ヒロシマケン", "ヒロシマシナカク"),
    "34102": ("広島県", "広島市東区", "ヒロシマケン", "ヒロシマシヒガシク"),
    "10344": ("群馬県", "北群馬郡榛東村", "グンマケン", "キタグンマグンシントウムラ"),
    "07203": ("福島県", "郡山市", "フクシマケン", "コオリヤマシ"),
}


def row(code: str, municipality: str, town: str, kana: str, note: str = "") -> PostalRow:
    """One row."""
    prefecture, name, prefecture_kana, name_kana = _MUNICIPALITIES[municipality]
    return PostalRow(code, municipality, prefecture, name, town, prefecture_kana, name_kana, kana, note)


def rows() -> list[PostalRow]:
    """The first issue of the data."""
    return [
        row("1910000", "13212", "", ""),
        row("1910023", "13212", "下田", "シモダ"),
        row("1910024", "13212", "神明", "シンメイ"),
        row("1910025", "13212", "豊田", "トヨダ", "1〜2丁目"),
        row("1910026", "13212", "豊田", "トヨダ", "3〜4丁目"),
        row("1900100", "13305", "", ""),
        row("1900182", "13305", "平井", "ヒライ"),
        row("2200011", "14103", "高島", "タカシマ"),
        row("2310001", "14104", "新港", "シンコウ"),
        row("7300001", "34101", "白島北町", "ハクシマキタマチ"),
        row("7320001", "34102", "戸坂山根", "ヘサカヤマネ"),
        row("3700500", "10344", "新井", "アライ"),
        row("9630000", "07203", "本町", "ホンマチ"),
    ]
