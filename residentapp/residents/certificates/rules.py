"""Whether a certificate of the resident record or of the removed record may be issued as asked: pure decisions.

Sources: 住民基本台帳法 第12条, 第12条の2, 第12条の3, 第15条の4 (除票); RR-3.4a, RR-5.1, CM-5.
"""

from __future__ import annotations

from collections.abc import Set

from residentapp.core.violations import Level, Violation
from residentapp.residents.certificates.types import (
    LARGEST_COPIES,
    CertificateRequest,
    Facts,
    Requester,
    Shown,
)


def check_request(request: CertificateRequest, facts: Facts) -> list[Violation]:
    """Everything that bars the issue or needs the clerk's word."""
    return [
        *_subjects(request, facts),
        *_suppressions(facts),
        *_rights(request, facts),
        *_by_requester(request, facts),
        *(_of_removed(request, facts) if request.style.of_removed else []),
        *_form(request),
    ]


def _error(code: str, message: str, remedy: str, *, field: str = "", basis: str = "") -> Violation:
    return Violation(Level.ERROR, code, message, field, basis, remedy)


def _alert(code: str, message: str, remedy: str, *, field: str = "", basis: str = "") -> Violation:
    return Violation(Level.ALERT, code, message, field, basis, remedy)


def _names(names: tuple[str, ...]) -> str:
    return "、".join(names)


def _subjects(request: CertificateRequest, facts: Facts) -> list[Violation]:
    """Who is on the certificate: somebody, live, of one household, as the clerk saw them."""
    found = []
    if facts.chosen == 0:
        found.append(
            _error("CI-E001", "証明する人が選ばれていません。", "1人以上選んでください。", field="subjects")
        )
    if facts.removed:
        found.append(
            _error(
                "CI-E002",
                f"{_names(facts.removed)}は消除されています。住民票の写しには載せられません。",
                "選択から外してください。除票の写しが必要な人には、除票の写しを案内してください。",
                field="subjects",
                basis="RR-5.1e・法第15条の4",
            )
        )
    if facts.elsewhere:
        found.append(
            _error(
                "CI-E003",
                f"{_names(facts.elsewhere)}は、この世帯の人ではありません。",
                "世帯ごとに分けて請求してください。",
                field="subjects",
                basis="RR-5.1a",
            )
        )
    if facts.moved_on:
        found.append(
            _error(
                "CI-E004",
                "画面を開いた後に、記載が変わりました。",
                "世帯を開き直し、今の内容を確かめてから発行してください。",
                basis="CM-5.2",
            )
        )
    return found


def needs_review() -> Violation:
    """What is said of everything that the officer in charge must see first (RR-3.4a and b).

    A support measure, another suppression, and a former home in which a protected person lives now are told in the
    same words, without a name: the clerk cannot infer which it is, and has nothing to let slip at the counter.
    """
    return _error(
        "CI-E010",
        "この証明書は、市民課の責任者の確認が必要です。まだ発行できません。",
        "請求者には「確認に時間がかかります」とだけ伝え、責任者に確認を依頼してください。",
        basis="RR-3.1a・RR-3.4b",
    )


def _of_removed(request: CertificateRequest, facts: Facts) -> list[Violation]:
    """What holds for copies of 除票 only.

    住民基本台帳法 第15条の4第1項: only who stands on a 除票 may ask as 本人, not the people of the former household;
    they ask under 第3項 for a reason of their own, as heirs do.
    """
    found = []
    if facts.in_force:
        found.append(
            _error(
                "CI-E070",
                f"{_names(facts.in_force)}には、選ばれた除票がありません。",
                "今の住民票が必要なときは、住民票の写しを発行してください。",
                field="subjects",
                basis="RR-5.1e・法第15条の2",
            )
        )
    if len(set(request.subjects)) != len(request.subjects):
        found.append(
            _error(
                "CI-E074",
                "同じ人の除票が2つ以上選ばれています。",
                "一人につき1つを選び、1つずつ発行してください。",
                field="subjects",
            )
        )
    if request.requester is Requester.SAME_HOUSEHOLD:
        found.append(
            _error(
                "CI-E071",
                "除票の写しは、同一世帯の人としては請求できません。",
                "請求者を「第三者」にして、請求の理由を入力してください。",
                field="requester",
                basis="法第15条の4第1項・第3項",
            )
        )
    if facts.dead and request.requester in (Requester.SELF, Requester.AGENT):
        found.append(
            _error(
                "CI-E072",
                f"{_names(facts.dead)}は死亡しています。本人や代理人の請求はありません。",
                "請求者の種類を選び直してください。相続人などは「第三者」です。",
                field="requester",
                basis="法第15条の4第1項・第3項",
            )
        )
    if facts.adopted and not request.blank_destination:
        found.append(
            _alert(
                "CI-A073",
                f"{_names(facts.adopted)}の転出は特別養子縁組によるものです。転出先住所を記載しようとしています。",
                "空欄にしない理由を書いてください。空欄にするときは「転出先住所を空欄にする」を選んでください。",
                field="blank_destination",
                basis="RR-1.1.5c",
            )
        )
    return found


def _suppressions(facts: Facts) -> list[Violation]:
    """RR-3.4a: an issue that includes a protected person raises an error; other suppressions by their level."""
    found = []
    if facts.needs_review and not facts.reviewed:
        found.append(needs_review())
    if facts.former_home and facts.may_whereabouts:
        found.append(
            _alert(
                "CI-A011",
                f"{_names(facts.former_home)}が前に住んでいた所に、今は支援措置の対象者が住んでいます。"
                "この写しには、その住所が載ります。",
                "請求者と使いみちを確かめてください。異動履歴を省けないか、発行してよい理由とともに書いてください。",
                field="subjects",
                basis="法第12条第6項",
            )
        )
    if facts.warned:
        found.append(
            _alert(
                "CI-A010",
                f"{_names(facts.warned)}には、発行に注意する抑止が付いています。",
                "抑止の理由を確かめ、発行してよい理由を書いてください。",
                field="subjects",
                basis="RR-3.1a",
            )
        )
    return found


def _rights(request: CertificateRequest, facts: Facts) -> list[Violation]:
    return lacking_rights(
        request.shown,
        may_domicile=facts.may_domicile,
        may_individual_number=facts.may_individual_number,
        may_resident_code=facts.may_resident_code,
        may_residence_status=facts.may_residence_status,
    )


def lacking_rights(
    shown: Set[Shown],
    *,
    may_domicile: bool,
    may_individual_number: bool,
    may_resident_code: bool,
    may_residence_status: bool,
) -> list[Violation]:
    """CM-5: an item that the actor may not see is not printed through the back door."""
    needed = (
        (Shown.DOMICILE, may_domicile),
        (Shown.INDIVIDUAL_NUMBER, may_individual_number),
        (Shown.RESIDENT_CODE, may_resident_code),
    )
    status_items = {item for item in shown if item.is_foreign and item is not Shown.ALIAS_MATTERS}
    lacking = [item.label for item, may in needed if item in shown and not may]
    if status_items and not may_residence_status:
        lacking.append("在留資格等")
    if not lacking:
        return []
    return [
        _error(
            "CI-E020",
            f"「{'」「'.join(lacking)}」を印字する権限がありません。",
            "項目を外すか、権限のある人に依頼してください。",
            field="shown",
            basis="CM-5",
        )
    ]


def _by_requester(request: CertificateRequest, facts: Facts) -> list[Violation]:
    """What each kind of requester can get.

    住民基本台帳法 第12条第1項・第5項 (本人又は同一世帯: all items, most on special request), 第12条の2第1項 (公用:
    without 個人番号 and 住民票コード), 第12条の3第1項・第7項・第8項 (第三者: 基礎証明事項; 世帯主・続柄, 戸籍の表示
    and a foreign resident's 国籍・地域, 在留資格 etc. only where the purpose needs them; never 個人番号, 住民票コード).
    For 除票 the same by 第15条の4第1項 to 第5項.
    """
    found = []
    removed = request.style.of_removed

    def article(resident: str, of_removed: str) -> str:
        return of_removed if removed else resident

    who, shown = request.requester, request.shown
    numbers = shown & {Shown.INDIVIDUAL_NUMBER, Shown.RESIDENT_CODE}
    if who in (Requester.THIRD_PARTY, Requester.OFFICIAL) and numbers:
        third, official = (
            article("法第12条の3第1項", "法第15条の4第3項"),
            article("法第12条の2第1項", "法第15条の4第2項"),
        )
        basis = third if who is Requester.THIRD_PARTY else official
        labels = "・".join(item.label for item in sorted(numbers, key=list(Shown).index))
        found.append(
            _error(
                "CI-E030",
                f"{who.label}の請求では、{labels}を記載した写しを交付できません。",
                "項目を外してください。",
                field="shown",
                basis=basis,
            )
        )
    extra = {
        item
        for item in shown
        if item in (Shown.RELATIONSHIP, Shown.DOMICILE) or (facts.foreign and item.is_foreign)
    }
    if who is Requester.THIRD_PARTY and extra:
        labels = "・".join(item.label for item in sorted(extra, key=list(Shown).index))
        found.append(
            _alert(
                "CI-A031",
                f"第三者の請求に{labels}を記載しようとしています。",
                "利用の目的に必要な場合だけ交付できます。必要と認めた理由を書いてください。",
                field="shown",
                basis=article("法第12条の3第8項", "法第15条の4第5項"),
            )
        )
    if who is Requester.AGENT and numbers:
        found.append(
            _alert(
                "CI-A032",
                "代理人の請求で、個人番号か住民票コードを記載しようとしています。",
                "代理人に直接渡さず、本人の住所へ郵送してください。扱いを書いてください。",
                field="shown",
                basis=article("法第12条第5項", "法第15条の4第5項") + "・事務処理要領",
            )
        )
    if who is not Requester.SELF and not request.requester_name.strip():
        found.append(
            _error(
                "CI-E033",
                "請求者の氏名が入力されていません。",
                "請求書のとおりに、請求者の氏名（公用のときは機関名と職員の氏名）を入力してください。",
                field="requester_name",
                basis=article(
                    {
                        Requester.THIRD_PARTY: "法第12条の3第4項",
                        Requester.OFFICIAL: "法第12条の2第2項",
                    }.get(who, "法第12条第2項"),
                    "法第15条の4第5項",
                ),
            )
        )
    if who in (Requester.THIRD_PARTY, Requester.OFFICIAL) and not request.purpose.strip():
        found.append(
            _error(
                "CI-E034",
                "請求の理由（利用の目的）が入力されていません。",
                "請求書のとおりに、理由を入力してください。",
                field="purpose",
                basis=article("法第12条の2第2項・第12条の3第4項", "法第15条の4第5項"),
            )
        )
    return found


def _form(request: CertificateRequest) -> list[Violation]:
    found = []
    if not 1 <= request.copies <= LARGEST_COPIES:
        found.append(
            _error(
                "CI-E040",
                f"枚数は1から{LARGEST_COPIES}までです。",
                "枚数を直してください。多いときは分けて発行してください。",
                field="copies",
            )
        )
    if request.style.is_joint and Shown.HISTORY in request.shown:
        found.append(
            _error(
                "CI-E041",
                "世帯連記式には異動履歴を記載できません。",
                "異動履歴が必要なときは、個人票を選んでください。",
                field="shown",
                basis="RR-1.1.3b",
            )
        )
    if request.sensitive_history:
        found += _sensitive_history(request)
    return found


def _sensitive_history(request: CertificateRequest) -> list[Violation]:
    """RR-1.1.4b: 特別養子縁組 and 性別の変更 stand on a copy only on the person's own special request."""
    if Shown.HISTORY not in request.shown or request.style.is_joint:
        return [
            _error(
                "CI-E042",
                "特別養子縁組・性別の変更の履歴は、異動履歴のある個人票にだけ記載できます。",
                "個人票を選び、異動履歴を記載する事項に加えてください。",
                field="sensitive_history",
                basis="RR-1.1.4b",
            )
        ]
    if request.requester is not Requester.SELF:
        return [
            _error(
                "CI-E043",
                "特別養子縁組・性別の変更の履歴は、本人の請求のときにだけ記載できます。",
                "項目を外してください。",
                field="sensitive_history",
                basis="RR-1.1.4b",
            )
        ]
    return [
        _alert(
            "CI-A044",
            "特別養子縁組・性別の変更の履歴を記載しようとしています。",
            "本人が特に求めたことを確かめ、確かめ方を書いてください。",
            field="sensitive_history",
            basis="RR-1.1.4b",
        )
    ]
