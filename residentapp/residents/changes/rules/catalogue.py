"""Every finding that the rules of changes can make: code, level, message, remedy and legal basis (RR-11.1).

Each kind of change has a list of its own under two letters; all lists together are the catalogue that docs/findings.md
prints. 法 is 住民基本台帳法, 令 its 施行令, 規則 its 施行規則.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from residentapp.core.violations import Level, Violation


@dataclass(frozen=True)
class Finding:
    """One entry of the catalogue.

    :param code: ``CH-E001``: two letters of the list, E or A, number.
    :param message: may hold ``{name}``-style places that the rule fills.
    """

    code: str
    message: str
    remedy: str
    basis: str

    @property
    def level(self) -> Level:
        """Errors are ``…-E…``, alerts ``…-A…``."""
        return Level.ERROR if self.code[3] == "E" else Level.ALERT


_ALL: dict[str, Finding] = {}


class Catalogue:
    """The findings of one list.

    :param prefix: its two letters.
    :raises ValueError: when a code is given twice or belongs to another list.
    """

    def __init__(self, prefix: str, *entries: Finding) -> None:
        for entry in entries:
            if not entry.code.startswith(prefix + "-") or entry.code[3] not in "EA":
                raise ValueError(f"{entry.code} does not belong to the list {prefix}")
            if entry.code in _ALL:
                raise ValueError(f"{entry.code} is given twice")
            _ALL[entry.code] = entry

    def found(self, code: str, field: str = "", **places: object) -> Violation:
        """A finding of the catalogue with its places filled.

        :param field: the form's field; empty for the whole entry.
        :raises KeyError: for a code that is not in the catalogue, or a place without value.
        """
        entry = _ALL[code]
        return Violation(
            entry.level,
            code,
            entry.message.format_map(places),
            field,
            entry.basis,
            entry.remedy.format_map(places),
        )


def all_findings() -> Iterator[Finding]:
    """The whole catalogue, list by list."""
    return iter(_ALL.values())


def person_field(key: str, name: str) -> str:
    """Name of a person's field in the form."""
    return f"people-{key}-{name}"


COMMON = Catalogue(
    "CH",
    # 誰が
    Finding("CH-E001", "異動する人が選ばれていません。", "異動する人に印を付けてください。", "RR-4.0.1"),
    Finding("CH-E002", "この異動は一人ずつ入力します。", "異動する人を一人だけ選んでください。", "RR-4.0.1a"),
    Finding(
        "CH-E003",
        "{name}さんは、いま住民ではありません（{state}）。",
        "検索し直して、住民を選んでください。",
        "RR-4.0.1a",
    ),
    Finding(
        "CH-E004",
        "{name}さんの記録は、入力を始めた後に変わりました。",
        "「最新の記録で入力し直す」を押して、内容を確かめてください。",
        "RR-10.3c",
    ),
    Finding(
        "CH-E005",
        "選んだ人の異動は入力が止められています。",
        "抑止・支援措置の担当者に連絡してください。",
        "RR-3.1a、RR-3.4",
    ),
    Finding(
        "CH-A001",
        "{name}さんには異動入力の注意（抑止のアラート）が付いています。",
        "抑止の内容を担当者に確かめ、進めてよい理由を入力してください。",
        "RR-3.1a",
    ),
    Finding(
        "CH-A002",
        "{name}さんは転出予定者です（転出予定日{day}）。",
        "転出を取りやめるときは、先に転出を取り消してください。続けるときは理由を入力してください。",
        "RR-1.1.5b、法第24条",
    ),
    Finding(
        "CH-E006",
        "この世帯の人ではない人が選ばれています。",
        "世帯を開き直して、異動する人を選び直してください。",
        "RR-4.0.1a",
    ),
    Finding(
        "CH-E007", "{label}は{kind}にはできない異動です。", "異動の種類を選び直してください。", "RR-1.2.2"
    ),
    Finding(
        "CH-E008",
        "{name}さんは、転出の届出をした人でも、転出や職権で消除された人でもありません。",
        "転入通知の人を確かめてください。転出の処理がまだのときは、先に転出か職権消除を入力してください。",
        "RR-4.1.3.1.1",
    ),
    Finding(
        "CH-E009",
        "{name}さんの住所は{ward}です。異動の入力は{own}の住民に限られています。",
        "{ward}で入力してください。{own}に移った人は「区間異動（区間転入）」です。",
        "RR-4.0.1c",
    ),
    # いつ
    Finding("CH-E010", "異動日が入力されていません。", "{remedy}", "RR-4.0.3a"),
    Finding("CH-E011", "{label}を読み取れません。{why}", "暦にある年月日を入力してください。", "RR-1.1.8a"),
    Finding("CH-E012", "異動日が今日より後です。", "実際に異動した日を入力してください。", "RR-4.0.3a"),
    Finding("CH-E013", "{label}が入力されていません。", "{label}を入力してください。", "RR-1.2.1a"),
    Finding(
        "CH-E014",
        "{label}が今日より後です。",
        "受け付けた日（今日以前）を入力してください。",
        "RR-4.1.0.2、RR-4.2.0.4",
    ),
    Finding(
        "CH-E015",
        "{label}が異動日より前です。",
        "異動日と{label}を届出書で確かめてください。",
        "法第23条、法第25条",
    ),
    Finding(
        "CH-E016",
        "異動日が{name}さんの生年月日より前です。",
        "異動日を確かめて入力し直してください。",
        "RR-11.1a",
    ),
    Finding(
        "CH-A010",
        "届出期間（{deadline}まで）を過ぎた届出です。",
        "遅れた理由を聴き、理由を入力してください。",
        "法第23条、法第25条、法第52条第2項",
    ),
    Finding(
        "CH-A011",
        "異動日が1年以上前です。",
        "年の入力に誤りがないか確かめ、正しければ理由を入力してください。",
        "RR-11.1b",
    ),
    Finding(
        "CH-A012",
        "異動日が、{name}さんの住所を定めた年月日（{day}）より前です。",
        "前の異動との順序を確かめ、正しければ理由を入力してください。",
        "RR-11.1b",
    ),
    # どこへ
    Finding(
        "CH-E020",
        "住所（町名まで）が入力されていません。",
        "郵便番号、カナの頭文字または一覧から町名を選んでください。",
        "RR-1.1.6、法第7条第7号",
    ),
    Finding(
        "CH-E021",
        "住所が{municipality}の外です。",
        "{municipality}の外へ移るときは転出です。町名か異動の種類を直してください。",
        "法第23条、法第24条",
    ),
    Finding("CH-E022", "郵便番号は7桁の数字です。", "郵便番号を確かめて入力し直してください。", "RR-1.1.17"),
    Finding(
        "CH-E023",
        "留意事項に、まだ埋めていない所があります（{places}）。",
        "人ごとに違うか、異動に無い事項です。その所を書き直すか、消してください。",
        "RR-1.1.14c",
    ),
    Finding(
        "CH-A020",
        "番地・号が入力されていません。",
        "番地のない住所であれば理由を入力してください。",
        "RR-1.3.2",
    ),
    Finding(
        "CH-A021",
        "住所が住所辞書の町名ではありません。",
        "一覧から町名を選び直すか、手で入力した理由を入力してください。",
        "RR-1.3.3",
    ),
    # 世帯・続柄
    Finding(
        "CH-E030",
        "入る世帯が選ばれていません。",
        "「一部」のときは、入る世帯を検索して選んでください。",
        "RR-4.0.2a",
    ),
    Finding(
        "CH-E031",
        "選んだ世帯には、いま住民がいません。",
        "世帯を検索し直してください。",
        "RR-4.0.2a",
    ),
    Finding(
        "CH-E032",
        "選んだ世帯は異動の入力が止められています。",
        "抑止・支援措置の担当者に連絡してください。",
        "RR-3.1a、RR-3.4",
    ),
    Finding("CH-E033", "入る世帯が、いまの世帯と同じです。", "世帯を選び直してください。", "RR-4.0.2a"),
    Finding("CH-E034", "世帯主が二人以上になります。", "世帯主は一人だけにしてください。", "RR-1.1.10"),
    Finding(
        "CH-E035",
        "既にある世帯に世帯主として入ることはできません。",
        "続柄を直すか、先に世帯主変更の届出を受け付けてください。",
        "RR-4.0.2a、法第25条",
    ),
    Finding("CH-E036", "続柄「{text}」は使えません。", "{remedy}", "RR-1.1.11、住民基本台帳事務処理要領"),
    Finding(
        "CH-E037",
        "世帯主に選んだ人が、この世帯に残りません。",
        "残る人の中から世帯主を選んでください。",
        "RR-4.0.4",
    ),
    Finding(
        "CH-E038",
        "続柄が入力されていません。",
        "新しい世帯主から見た続柄を入力してください。分からないときは「同居人」か「縁故者」を確かめてください。",
        "RR-1.1.11、法第7条第4号",
    ),
    Finding("CH-E039", "世帯員の並び順を決められません。{why}", "続柄を直してください。", "RR-5.2"),
    Finding(
        "CH-E040",
        "外国人の世帯主との続柄「{text}」を証する書類が選ばれていません。",
        "示された書類を選んでください。書類が無いときは、続柄を「縁故者」にします。",
        "RR-1.1.11d、法第30条の48、第30条の49、規則第49条",
    ),
    Finding(
        "CH-E041",
        "{document}の訳文が確かめられていません。",
        "翻訳者を明らかにした訳文を求めてください。日本語の文書のときは「日本語の文書」を選びます。",
        "RR-1.1.11d、規則第49条",
    ),
    Finding(
        "CH-A030",
        "世帯主のいない世帯になります。",
        "世帯主を確かめ、世帯主がいないときは理由を入力してください。",
        "RR-1.1.10",
    ),
    Finding(
        "CH-A031",
        "続柄が入力されていません。",
        "世帯主との続柄を確かめ、空欄のままにするときは理由を入力してください。",
        "RR-1.1.6、法第7条第4号",
    ),
    Finding(
        "CH-A032",
        "続柄「{text}」と性別「{sex}」が合いません。",
        "続柄と性別を届出書で確かめてください。",
        "RR-1.1.11",
    ),
    Finding(
        "CH-A033",
        "続柄が「{text}」ですが、世帯主より先に生まれています。",
        "続柄と生年月日を届出書で確かめてください。",
        "RR-1.1.11",
    ),
    Finding(
        "CH-A034",
        "続柄が「{text}」ですが、世帯主より後に生まれています。",
        "続柄と生年月日を届出書で確かめてください。",
        "RR-1.1.11",
    ),
    Finding(
        "CH-A035",
        "世帯主の配偶者が二人以上になります。",
        "続柄を届出書で確かめてください。",
        "RR-1.1.11、民法第732条",
    ),
    Finding("CH-A036", "世帯主が15歳未満です。", "世帯主を届出書で確かめてください。", "RR-1.1.10"),
    Finding(
        "CH-A037",
        "入る世帯に異動入力の注意（抑止のアラート）が付いています。",
        "抑止の内容を担当者に確かめてから進めてください。",
        "RR-3.1a",
    ),
    Finding(
        "CH-A038",
        "入る世帯には世帯主がいません。",
        "世帯の状況を確かめ、このまま入れるときは理由を入力してください。",
        "RR-1.1.10",
    ),
    Finding(
        "CH-A039",
        "続柄「{text}」より先に使う「{better}」も当てはまります（{source}）。",
        "「{better}」に直してください。いまはその続柄でないときは、理由を入力してください。",
        "RR-1.1.11c、住民基本台帳事務処理要領",
    ),
    Finding(
        "CH-A042",
        "世帯主との続柄「{text}」を何で確かめたかが選ばれていません。",
        "日本人の世帯主との続柄は戸籍などで確かめ、その書類を選んでください。選ばないときは理由を入力してください。",
        "RR-1.1.11d",
    ),
    Finding(
        "CH-A040",
        "世帯主がいなくなり、{count}人が残ります。",
        "先に世帯主変更の届出を受けるか、職権で世帯主を選んでください。決めないときは理由を入力し、"
        "世帯主変更依頼通知書を送ります。",
        "RR-4.0.4b、RR-4.0.5a、法第25条",
    ),
    Finding(
        "CH-A041",
        "世帯主がいなくなり、一人だけが残りますが、世帯主にする選択がされていません。",
        "職権で残る人を世帯主に選んでください。選ばないときは理由を入力してください。",
        "RR-4.0.4a、令第25条",
    ),
    # 項目
    Finding("CH-E050", "{label}が入力されていません。", "{label}を入力してください。", "RR-1.1.6"),
    Finding(
        "CH-E051",
        "{label}は{longest}文字までです（{length}文字あります）。",
        "書類を確かめて短くしてください。",
        "RR-11.1a",
    ),
    Finding(
        "CH-E052",
        "{label}の{position}文字目は使えません。{why}",
        "その文字を入力し直してください。",
        "RR-1.1.18、行政事務標準文字",
    ),
    Finding(
        "CH-E053",
        "{label}に全角カタカナ以外の文字が入っています。",
        "全角カタカナで、氏と名の間を1文字空けて入力してください。",
        "RR-1.1.18",
    ),
    Finding("CH-E054", "{label}は数字で入力します。", "書類を確かめて入力し直してください。", "RR-11.1a"),
    Finding("CH-E055", "{label}に一覧に無い値が入っています。", "一覧から選び直してください。", "RR-11.1a"),
    Finding(
        "CH-E056",
        "{label}の形が正しくありません（英字2字、数字8字、英字2字）。",
        "カードを確かめて入力し直してください。",
        "RR-1.1.2b、法第30条の45",
    ),
    Finding(
        "CH-E057",
        "個人番号が正しくありません（12桁の数字と検査用数字）。",
        "書類で確かめてください。",
        "番号法施行令第8条",
    ),
    Finding("CH-E058", "住民票コードは11桁の数字です。", "書類で確かめてください。", "法第7条第13号"),
    Finding(
        "CH-E059",
        "{label}は「令和8年4月」「2026-04」のように入力します。",
        "年月を入力し直してください。",
        "RR-1.1.1a",
    ),
    Finding(
        "CH-E060",
        "{label}が今日より後です。",
        "年月日を確かめて入力し直してください。",
        "RR-1.1.8a",
    ),
    Finding(
        "CH-A050",
        "「{characters}」は行政事務標準文字に無い文字かもしれません。",
        "文字を確かめ、このまま使うときは理由を入力してください。",
        "行政事務標準文字（MJ・GJ）",
    ),
    Finding(
        "CH-E070",
        "何も変わりません。",
        "変更する内容を入力してください。",
        "RR-11.1a",
    ),
    Finding(
        "CH-E071",
        "同じ番号の人が、別の仮登録に入力されています。",
        "もう一つの入力を確かめ、どちらかを取り下げてください。",
        "RR-4.0.8、RR-11.1a",
    ),
)
