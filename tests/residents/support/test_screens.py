"""The screens of measures, suppressions and reviews, as officers and clerks use them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents.models import SupportMeasure, Suppression
from residentapp.residents.support import operations, queries
from residentapp.residents.support.models import CertificateReview
from residentapp.residents.types import SuppressedProcess
from tests.conftest import Login
from tests.residents.support.conftest import CHIEF, NOW
from tests.support import residents
from tests.support.clock import SettableClock
from tests.support.masters import make_masters
from tests.support.users import Browser

P = Permission
IN_CHARGE = (P.RESIDENT_VIEW, P.SUPPORT_MANAGE, P.SUPPRESSED_VIEW, P.SUPPRESSION_MANAGE, P.SUPPRESSION_LIFT)
COUNTER = (P.RESIDENT_VIEW, P.CERTIFICATE_ISSUE, P.ISSUE_HISTORY_VIEW)


@dataclass(frozen=True)
class Family:
    """宛名番号 of a mother, her child, and the man from whom."""

    mother: str
    child: str
    offender: str
    household: str


@pytest.fixture
def family(database: Database) -> Family:
    with database.transaction() as session:
        make_masters(session)
        home = {"address": "架空県架空市隠町8番9号", "building": "秘荘101号室", "head_name": "守山　花子"}
        mother, child = residents.family(
            session,
            {"name": "守山　花子"} | home,
            {"name": "守山　一", "relationship_to_head": "子"} | home,
        )
        offender = residents.resident(session, name="荒井　剛")
        return Family(
            mother.addressee_number,
            child.addressee_number,
            offender.addressee_number,
            mother.household_number,
        )


def subject_of(browser: Browser, number: str) -> str:
    """Open the suppressions of a person from their record; gives the address of the screen."""
    person = browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]
    page = browser.get(person).text
    [link, *_] = re.findall(r'href="(/support/of-resident/[^"]+)"', page)
    return str(browser.get(link).headers["Location"])


def application(**changes: object) -> dict[str, object]:
    """The fields of a right application."""
    return {
        "applied_on": "R8.11.20", "capacity": "current", "role": "first", "receiving_municipality": "架空市",
        "starts_on": "R8.11.24", "blocked": ["inspection_current", "copy_current", "copy_former"],
        "level_change": "alert", "level_certificate": "error", "level_inquiry": "alert",
        "level_inspection": "error", "act": "register",
    } | changes  # fmt: skip


def text_of(page: str) -> str:
    return unescape(re.sub(r"[ \t\r\n]+", " ", re.sub(r"<[^>]+>", " ", page)))


def version_of(page: str) -> str:
    [version, *_] = re.findall(r'name="version"[^>]*value="(\d+)"', page)
    return str(version)


@pytest.mark.requirement("RR-1.1.16d")
def test_what_must_stay_here_is_kept_here_and_reached_from_the_mark(
    login: Login, family: Family, database: Database
) -> None:
    """Names and 宛名番号, affairs, blocked addresses and the term stand in this database, whatever else does not."""
    browser = login(*IN_CHARGE, login="shien")
    subject = subject_of(browser, family.mother)
    asked = application(members=[family.child], **{"relation-0": "子"})
    assert browser.post(f"{subject}/measure", data=asked).status_code == 303
    with database.transaction() as session:
        measure = session.scalars(select(SupportMeasure)).one()
        kept = [(row.addressee_number, row.is_applicant) for row in measure.members]
        assert sorted(kept) == sorted([(family.mother, True), (family.child, False)])
        assert (str(measure.starts_on), str(measure.ends_on)) == ("2026-11-24", "2027-11-23")
    person = browser.post("/residents/open", data={"addressee_number": family.child}).headers["Location"]
    [mark] = re.findall(r'<p class="strip-marks"><a href="([^"]+)"', browser.get(person).text)
    marked = browser.get(mark, follow_redirects=True).text
    [link] = set(re.findall(r'href="(/support/measures/[^"/]+)"', marked))
    said = text_of(browser.get(link).text)
    for words in (
        "守山　花子", family.mother, "守山　一", family.child, "令和8年11月24日～令和9年11月23日",
        "住民基本台帳の閲覧（現住所）", "住民票の写し等の交付（現住所）", "住民票の写し等の交付（前住所）",
    ):  # fmt: skip
        assert words in said, words


@pytest.mark.requirement("RR-1.1.16a", "RR-1.1.16b", "RR-1.1.16c", "RR-2.2.4", "RR-3.4c")
def test_a_measure_from_the_application_to_its_end(
    login: Login, family: Family, database: Database, clock: SettableClock
) -> None:
    browser = login(*IN_CHARGE, P.ITEM_REGISTERED_DOMICILE, login="shien")
    subject = subject_of(browser, family.mother)
    assert family.mother not in subject
    form = browser.get(f"{subject}/measure").text
    assert "守山　一" in form and 'value="架空市"' in form

    # The last day is worked out and shown before anything is registered.
    shown = browser.post(f"{subject}/measure", data=application(act="term", starts_on="R2.4.1"))
    assert shown.status_code == 422 and "令和3年3月31日" in shown.text

    wrong = browser.post(
        f"{subject}/measure",
        data=application(applied_on="", phone="000-0000-0001", level_certificate="alert"),
    )
    assert wrong.status_code == 422
    assert (
        "申出年月日が入力されていません" in wrong.text
        and "「証明書発行」の抑止がエラーではありません" in text_of(wrong.text)
    )
    assert 'value="000-0000-0001"' in wrong.text, "nothing typed is lost"

    done = browser.post(
        f"{subject}/measure",
        data=application(
            members=[family.child], **{"relation-0": "子"}, phone="000-0000-0001",
            offender_name="荒井　剛", offender_number=family.offender, offender_other="元の夫",
            address_copy_current="架空県架空市隠町8番9号", note="相談支援センターの意見を確認",
        ),
    )  # fmt: skip
    assert done.status_code == 303, text_of(done.text)
    measure = browser.get(done.headers["Location"])
    said = text_of(measure.text)
    for words in (
        "令和8年11月24日～令和9年11月23日", "守山　花子", "守山　一", "荒井　剛", "元の夫",
            "架空県架空市隠町8番9号　秘荘101号室",
        "相談支援センターの意見を確認", "住民票の写し等の交付（前住所）", "支援措置の登録", "令和9年10月23日から受付",
    ):  # fmt: skip
        assert words in said, words
    assert family.mother not in measure.request.path

    # The record says it plainly and leads there, from the mark too.
    person = browser.get(
        browser.post("/residents/open", data={"addressee_number": family.child}).headers["Location"]
    ).text
    assert "支援措置の対象者です（期間は令和9年11月23日まで）" in person
    assert re.search(r'<p class="strip-marks"><a href="/support/of-resident/', person)
    assert "/support/measures/" in browser.get(subject_of(browser, family.child)).text

    address = done.headers["Location"]
    renewal = browser.get(f"{address}/renew").text
    refused = browser.post(
        f"{address}/renew", data={"version": version_of(renewal), "applied_on": "R8.11.24"}
    )
    assert refused.status_code == 422 and "令和9年10月23日から受け付けます" in refused.text
    too_early = browser.get(f"{address}/term-notice.pdf")
    assert too_early.status_code == 409 and "令和9年10月23日から出力できます" in too_early.text
    assert browser.get(f"{address}/start-notice.pdf").mimetype == "application/pdf"

    clock.advance(days=340)
    browser = login(*IN_CHARGE, login="shien2")
    assert "期間の終わる支援措置" in browser.get("/").text
    assert "守山　花子" in browser.get("/support/ending").text
    assert "守山　花子" not in browser.get("/support/passed").text
    notice = browser.get(f"{address}/term-notice.pdf")
    assert notice.mimetype == "application/pdf" and "守山" not in notice.headers["Content-Disposition"]
    renewed = browser.post(
        f"{address}/renew", data={"version": version_of(renewal), "applied_on": "R9.10.30"}
    )
    assert renewed.status_code == 303
    assert "令和9年11月24日～令和10年11月23日" in browser.get(address).text

    end = browser.get(f"{address}/end").text
    unexplained = browser.post(f"{address}/end", data={"version": version_of(end)})
    assert unexplained.status_code == 422 and "終了の理由が選ばれていません" in unexplained.text
    ended = browser.post(f"{address}/end", data={"version": version_of(end), "reason": "requested"})
    assert ended.status_code == 303
    assert (
        "支援対象者から終了の申出があった" in browser.get(address).text
        and "守山　花子" in browser.get("/support/closed").text
    )
    with database.transaction() as session:
        rows = session.scalars(select(Suppression)).all()
        assert len(rows) == 8 and all(row.released_at is not None for row in rows)
    late = browser.post(f"{address}/end", data={"version": version_of(end), "reason": "requested"})
    assert late.status_code == 409 and "ほかの職員が先に変更しました" in late.text


@pytest.mark.requirement("RR-3.4h", partial=True)
def test_a_provisional_measure_is_registered_changed_and_started(login: Login, family: Family) -> None:
    browser = login(*IN_CHARGE)
    subject = subject_of(browser, family.mother)
    done = browser.post(f"{subject}/measure", data=application(provisional="y", starts_on=""))
    assert done.status_code == 303
    address = done.headers["Location"]
    page = browser.get(address).text
    assert "仮支援措置です。抑止は令和8年11月20日から" in page and "renew" not in page
    person = browser.post("/residents/open", data={"addressee_number": family.mother}, follow_redirects=True)
    assert "仮支援措置の対象者です" in person.text

    form = browser.get(f"{address}/edit").text
    changed = application(version=version_of(form), note="連絡待ち", reason="")
    unexplained = browser.post(f"{address}/edit", data=changed)
    assert (
        unexplained.status_code == 422 and "変更の理由" in unexplained.text and "連絡待ち" in unexplained.text
    )
    assert browser.post(f"{address}/edit", data=changed | {"reason": "追記"}).status_code == 303
    start = browser.get(f"{address}/start").text
    assert "令和9年11月23日" in start
    worked_out = browser.post(
        f"{address}/start", data={"act": "term", "version": version_of(start), "starts_on": "R8.11.22"}
    )
    assert worked_out.status_code == 422 and "令和9年11月21日" in worked_out.text
    odd = browser.post(
        f"{address}/start",
        data={"version": version_of(start), "starts_on": "R8.11.24", "ends_on": "R9.3.31"},
    )
    assert odd.status_code == 422 and "1年後の令和9年11月23日ではありません" in odd.text
    started = browser.post(
        f"{address}/start",
        data={"version": version_of(start), "starts_on": "R8.11.24", "ends_on": "R9.11.23"},
    )
    assert started.status_code == 303
    assert "期間中" in browser.get(address).text


def test_people_offenders_and_transfers_on_their_screens(
    login: Login, family: Family, database: Database, keyring: Keyring
) -> None:
    browser = login(*IN_CHARGE)
    done = browser.post(f"{subject_of(browser, family.mother)}/measure", data=application())
    address = done.headers["Location"]

    def version() -> str:
        return version_of(browser.get(f"{address}/renew").text)

    unknown = browser.post(
        f"{address}/people/new", data={"version": version(), "addressee_number": "0000000001"}
    )
    assert unknown.status_code == 422 and "見つかりません" in unknown.text and "0000000001" in unknown.text
    added = browser.post(
        f"{address}/people/new",
        data={"version": version(), "addressee_number": family.child, "relation": "子"},
    )
    assert added.status_code == 303
    person = browser.get(f"{address}/people/1").text
    assert "守山　一" in person and "本籍" not in person, "without the right the 本籍 is not there"
    kept = {"version": version(), "name": "守山　一", "relation": "長男", "mail": "a@example.jp"}
    assert browser.post(f"{address}/people/1", data=kept).status_code == 303
    nameless = browser.post(f"{address}/people/1", data=kept | {"version": version(), "name": ""})
    assert nameless.status_code == 422 and "氏名が入力されていません" in nameless.text
    removal = {"version": version(), "reason": ""}
    assert browser.post(f"{address}/people/1/remove", data=removal).status_code == 422
    assert (
        browser.post(f"{address}/people/1/remove", data=removal | {"reason": "本人の希望"}).status_code == 303
    )
    assert browser.get(f"{address}/people/1").status_code == 404
    assert (
        browser.post(f"{address}/people/0/remove", data={"version": version(), "reason": "x"}).status_code
        == 422
    )

    empty = browser.post(f"{address}/offenders/new", data={"version": version()})
    assert empty.status_code == 422 and "分かる項目を入力" in empty.text
    named = {"version": version(), "name": "荒井　剛", "addressee_number": family.offender}
    assert browser.post(f"{address}/offenders/new", data=named).status_code == 303
    with database.transaction() as session:
        measure = session.scalars(select(SupportMeasure)).one()
        [offender] = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW).offenders
    offenders = f"{address}/offenders/{offender.id}"
    assert "荒井　剛" in browser.get(offenders).text
    renamed = {"version": version(), "name": "荒井　剛志"}
    assert browser.post(offenders, data=renamed).status_code == 303
    assert browser.post(f"{offenders}/remove", data={"version": version()}).status_code == 422
    assert (
        browser.post(f"{offenders}/remove", data={"version": version(), "reason": "誤り"}).status_code == 303
    )
    assert browser.get(offenders).status_code == 404

    sent = {"version": version(), "direction": "out", "municipality": "", "happened_on": "R8.11.24"}
    nowhere = browser.post(f"{address}/transfer", data=sent)
    assert nowhere.status_code == 422 and "転送先、または転送元" in nowhere.text
    assert browser.post(f"{address}/transfer", data=sent | {"municipality": "見本県隣市"}).status_code == 303
    said = text_of(browser.get(address).text)
    for words in ("見本県隣市", "長男", "a@example.jp", "荒井　剛志", "に外した"):
        assert words in said, words


def test_suppressions_on_their_screens(login: Login, family: Family, clock: SettableClock) -> None:
    browser = login(*IN_CHARGE)
    subject = subject_of(browser, family.offender)
    assert "抑止はありません" in browser.get(subject).text
    form = browser.get(f"{subject}/suppress").text
    assert "令和8年11月24日" in form
    wrong = browser.post(f"{subject}/suppress", data={"starts_on": "きのう", "reason": "実態調査中"})
    assert wrong.status_code == 422 and "きのう" in wrong.text and "実態調査中" in wrong.text
    asked = {
        "level_change": "error",
        "level_inquiry": "error",
        "starts_on": "R8.11.24",
        "ends_on": "R8.11.24",
        "reason": "実態調査中",
    }
    assert browser.post(f"{subject}/suppress", data=asked).status_code == 303
    shown = text_of(browser.get(subject).text)
    assert "異動入力 エラー その他 個人" in shown and "実態調査中" in shown
    [first, second] = re.findall(r'name="lifted" value="(\d+)"', browser.get(subject).text)

    # Whoever may not look gets the same screen by number, without an address or a reason.
    viewer = login(P.RESIDENT_VIEW, login="miru")
    person = viewer.post("/residents/open", data={"addressee_number": family.offender}).headers["Location"]
    assert viewer.get(person, follow_redirects=True).text.count("照会できません") == 1
    lifter = login(P.RESIDENT_VIEW, P.SUPPRESSION_LIFT, login="kaijo")
    assert "/support/find" in lifter.get("/").text
    assert lifter.post("/support/find", data={"number": "1"}).status_code == 422
    found = lifter.post("/support/find", data={"number": family.offender})
    own = found.headers["Location"]
    page = lifter.get(own).text
    assert "荒井　剛" in page and "本町一丁目" not in page and "解除へ" not in page
    long = lifter.post(f"{own}/lift", data={"lifted": [first], "minutes": "16", "reason": "届出"})
    assert long.status_code == 422 and "1分から15分まで" in long.text and 'value="届出"' in long.text
    assert (
        lifter.post(f"{own}/lift", data={"lifted": ["999"], "minutes": "5", "reason": "x"}).status_code == 422
    )
    lifted = lifter.post(f"{own}/lift", data={"lifted": [second], "minutes": "5", "reason": "届出の受付"})
    assert lifted.status_code == 303
    assert "一時解除中" in lifter.get(own).text
    assert "架空県架空市本町" in viewer.get(person, follow_redirects=True).text
    assert lifter.post(f"{own}/relock", data={"suppression": second}).status_code == 303
    assert "照会できません" in viewer.get(person, follow_redirects=True).text
    assert lifter.post(f"{own}/relock", data={"suppression": "999"}).status_code == 404
    for address in (f"{own}/suppress", f"{own}/release"):
        assert lifter.post(address, data={"suppression": first}).status_code == 403

    question = browser.post(f"{subject}/release", data={"suppression": first})
    assert question.status_code == 200 and "解除の理由" in question.text
    unexplained = browser.post(f"{subject}/release", data={"suppression": first, "reason": ""})
    assert unexplained.status_code == 422 and "解除の理由が入力されていません" in unexplained.text
    done = browser.post(f"{subject}/release", data={"suppression": first, "reason": "調査が終わった"})
    assert done.status_code == 303 and "解除した抑止" in browser.get(subject).text
    clock.advance(days=1)
    late = login(*IN_CHARGE, login="ashita")
    assert "終了日を過ぎています（抑止は継続）" in late.get(subject_of(late, family.offender)).text


def test_a_whole_household_is_suppressed_from_its_page(
    login: Login, family: Family, database: Database
) -> None:
    browser = login(*IN_CHARGE)
    home = browser.post("/households/open", data={"household_number": family.household}).headers["Location"]
    [link] = re.findall(r'href="(/support/of-household/[^"]+)"', browser.get(home).text)
    subject = browser.get(link).headers["Location"]
    asked = {"level_certificate": "alert", "starts_on": "R8.11.24", "reason": "世帯の調査"}
    assert browser.post(f"{subject}/suppress", data=asked).status_code == 303
    assert "証明書発行 アラート その他 世帯" in text_of(browser.get(subject).text)
    assert browser.get(f"{subject}/measure").status_code == 404
    with database.transaction() as session:
        [row] = session.scalars(select(Suppression))
        assert (row.household_number, row.addressee_number, row.process) == (
            family.household,
            None,
            SuppressedProcess.CERTIFICATE,
        )
    assert "証明書発行" in text_of(browser.get(subject_of(browser, family.child)).text)


@pytest.mark.requirement("RR-3.4b", partial=True)
def test_a_barred_certificate_is_asked_for_looked_at_and_issued_once(
    login: Login, family: Family, database: Database, keyring: Keyring
) -> None:
    from tests.residents.support.conftest import entry

    with database.transaction() as session:
        applied = operations.RegisterMeasure(applicant=family.mother, entry=entry())
        operations.register(session, CHIEF, keyring, applied, now=NOW)
    clerk, chief = login(*COUNTER, login="madoguchi"), login(*IN_CHARGE, login="shien")
    person = clerk.post("/residents/open", data={"addressee_number": family.mother}).headers["Location"]
    form = clerk.get(f"/certificates/from-resident/{person.rsplit('/', 1)[1]}").headers["Location"]
    asked: dict[str, object] = {
        "style": "resident_copy_individual", "subjects": [family.mother], "shown": ["kana"], "copies": "1",
        "requester": "self", "fee": "paid", "act": "issue",
    }  # fmt: skip
    barred = clerk.post(form, data=asked)
    assert barred.status_code == 422 and "責任者に確認を依頼" in barred.text and "隠町" not in barred.text
    wrong = clerk.post(form, data=asked | {"act": "ask", "copies": "99"})
    assert wrong.status_code == 422
    assert clerk.post(form, data=asked | {"act": "ask"}).status_code == 303
    waiting = clerk.get(form).text
    assert "責任者の確認を待っています" in waiting
    again = clerk.post(form, data=asked)
    assert again.status_code == 422 and 'value="ask"' not in again.text, "what waits is not asked for twice"

    assert "責任者の確認を待つ証明書" in chief.get("/").text
    [link] = re.findall(r'href="(/support/reviews/[0-9a-f]+)"', chief.get("/support/reviews").text)
    review = chief.get(link)
    said = text_of(review.text)
    assert (
        "守山　花子" in said and "住民票の写し（個人票）" in said and "証明書発行：エラー（支援措置）" in said
    )
    assert chief.post(link, data={"decision": "granted", "minutes": "10"}).status_code == 422
    decided = {"decision": "granted", "minutes": "10", "reason": "運転免許証で本人と確認"}
    assert chief.post(link, data=decided).status_code == 303
    assert "運転免許証で本人と確認" in chief.get(link).text
    assert chief.post(link, data=decided).status_code == 422

    own = clerk.get("/support/reviews/own").text
    assert "発行できます" in own and form in own and "運転免許証" not in own
    assert "確認しました" in clerk.get(form).text
    preview = clerk.post(form, data=asked | {"act": "preview"})
    assert preview.status_code == 200
    [picture] = re.findall(r'src="(/certificates/[^"]+\.png)"', preview.text)
    assert clerk.get(picture).status_code == 200
    done = clerk.post(form, data=asked)
    assert done.status_code == 303
    [pdf] = re.findall(r"/certificates/file/[0-9a-f]+\.pdf", clerk.get(done.headers["Location"]).text)
    assert clerk.get(pdf).status_code == 200
    assert clerk.post(form, data=asked).status_code == 422
    assert clerk.get(picture).status_code == 404
    assert "発行済み" in clerk.get("/support/reviews/own").text
    with database.transaction() as session:
        [row] = session.scalars(select(CertificateReview))
        assert row.used_at is not None and (row.asked_by, row.decided_by) == ("madoguchi", "shien")
    assert chief.get("/support/reviews/unknown").status_code == 404


@pytest.mark.requirement("RR-9.2", partial=True)
def test_the_list_of_suppressed_people_on_screen_as_csv_and_pdf(
    login: Login, family: Family, database: Database
) -> None:
    with database.transaction() as session:
        from residentapp.residents import history

        mother = history.latest(session, family.mother)
        assert mother is not None
        residents.protect(session, mother)
    browser = login(P.SUPPRESSED_VIEW)
    first = browser.get("/support/suppressed", follow_redirects=True)
    assert "守山　花子" in first.text and "秘荘101号室" in first.text
    state = first.request.path.rsplit("/", 2)[1]
    content = browser.post(f"/support/suppressed/{state}/csv")
    assert content.mimetype == "text/csv" and "守山　花子" in content.data.decode("utf-8-sig")
    assert browser.post(f"/support/suppressed/{state}/pdf").data.startswith(b"%PDF")
    other = browser.post("/support/suppressed", data={"cause": "other", "of_process": ""})
    page = browser.get(other.headers["Location"])
    assert "抑止対象者はいません" in page.text and "守山" not in page.text
    nobody = other.headers["Location"].rsplit("/", 2)[1]
    refused = browser.post(f"/support/suppressed/{nobody}/pdf")
    assert refused.status_code == 409 and "抑止対象者はいません" in refused.text
    assert browser.post("/support/suppressed", data={"cause": "x"}).status_code == 422
    assert browser.post("/support/suppressed/unknown/csv").status_code == 404
    assert login(P.SUPPRESSION_MANAGE, login="x").get("/support/suppressed").status_code == 403


@pytest.mark.parametrize(
    "rights", [(P.SUPPORT_MANAGE,), (P.SUPPRESSED_VIEW,), (P.SUPPRESSION_MANAGE, P.SUPPRESSION_LIFT)]
)
def test_the_measures_are_closed_without_both_rights(
    login: Login, family: Family, database: Database, keyring: Keyring, rights: tuple[Permission, ...]
) -> None:
    from tests.residents.support.conftest import entry

    with database.transaction() as session:
        applied = operations.RegisterMeasure(applicant=family.mother, entry=entry())
        number = operations.register(session, CHIEF, keyring, applied, now=NOW).id
    browser = login(P.RESIDENT_VIEW, *rights)
    subject = subject_of(browser, family.mother)
    page = browser.get(subject).text
    assert "/support/measures/" not in page and "支援措置を登録" not in page and "隠町" not in page
    measure = f"/support/measures/{number}"
    for address in (
        "/support", "/support/ending", "/support/passed", "/support/closed", "/support/reviews",
        measure, f"{measure}/edit", f"{measure}/start", f"{measure}/renew", f"{measure}/end", f"{measure}/transfer",
        f"{measure}/people/new", f"{measure}/people/0", f"{measure}/offenders/new", f"{measure}/term-notice.pdf",
        f"{measure}/start-notice.pdf", f"{subject}/measure", "/support/reviews/x",
    ):  # fmt: skip
        answer = browser.get(address)
        assert answer.status_code == 403 and "守山" not in answer.text, address
