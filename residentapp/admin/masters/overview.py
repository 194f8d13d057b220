"""All masters at a glance: how many rows each has, how it stands today, and where it is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.admin.masters.code_stock import stock_state
from residentapp.admin.masters.dated import fee_rows, in_force
from residentapp.core.access.models import Department, Office, Printer, Terminal
from residentapp.core.addresses.district_models import District, DistrictKind, Renumbering
from residentapp.core.addresses.models import Building, Country, Lot, Refresh, Town
from residentapp.core.addresses.queries import in_force as place_in_force
from residentapp.core.addresses.refresh import state_of
from residentapp.core.addresses.types import Source
from residentapp.core.dates import to_wareki
from residentapp.core.db.base import Base
from residentapp.core.eras import load_eras
from residentapp.core.external_characters import ExternalCharacter
from residentapp.core.keeping import RULES, KeptData
from residentapp.core.masters.models import Certifier, CertifierKind, CityWard, OwnMunicipality, Seal, SealUse
from residentapp.core.masters.queries import MasterMissing, certifier_on, closed_days, seal_on
from residentapp.core.masters.setting_models import ClosedDay, FormWording
from residentapp.core.masters.settings import keeping_years
from residentapp.core.masters.wards import wards_on
from residentapp.core.masters.wording import known_forms, wording_on
from residentapp.residents.api import fee_kinds


@dataclass(frozen=True)
class MasterLine:
    """One master.

    :param endpoint: its screen.
    :param count: rows, as the municipality would count them.
    :param state: how it stands today.
    :param used: where the system uses it.
    :param exact: the state holds names, drawn with exact glyphs.
    """

    label: str
    endpoint: str
    count: int
    state: str
    used: str
    exact: bool = False


@dataclass(frozen=True)
class MasterGroup:
    """Masters that belong together."""

    label: str
    lines: tuple[MasterLine, ...]


def _count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _certifier(session: Session, day: dt.date) -> str:
    try:
        found = certifier_on(session, day)
    except MasterMissing:
        return str(_("今日の認証者なし"))
    return f"{found.title}　{found.name}（{found.kind.label}）"


def _seals(session: Session, day: dt.date) -> str:
    usable = []
    for kind, use in product(CertifierKind, SealUse):
        try:
            seal_on(session, kind, day, use)
        except MasterMissing:
            continue
        usable.append(kind.label if use is SealUse.GENERAL else f"{kind.label}（{use.label}）")
    return str(_("%(seals)sの公印を使えます", seals="、".join(usable)) if usable else _("今日使える公印なし"))


def _municipality(session: Session, _day: dt.date) -> str:
    own = session.get(OwnMunicipality, 1)
    return f"{own.prefecture}{own.name}　{own.code}" if own is not None else str(_("未登録"))


#: So many forms without a fee are named, the others counted.
_FEES_NAMED = 2


def _fees(session: Session, day: dt.date) -> str:
    missing = [
        words.title
        for words in known_forms().values()
        for kind in fee_kinds()
        if kind.charged and in_force(fee_rows(session, words.form, kind.code), day) is None
    ]
    if not missing:
        return str(_("すべて登録済み"))
    named = "、".join(missing[:_FEES_NAMED])
    if len(missing) > _FEES_NAMED:
        named = str(_("%(forms)s ほか%(count)s件", forms=named, count=len(missing) - _FEES_NAMED))
    return str(_("未登録：%(forms)s", forms=named))


def _terms(session: Session, day: dt.date) -> str:
    shown = (KeptData.REMOVED_RECORD, KeptData.ISSUE_HISTORY, KeptData.ACCESS_LOG)
    return "、".join(
        f"{RULES[data].label.partition('（')[0]}{keeping_years(session, data, day)}年" for data in shown
    )


def _next_holiday(session: Session, day: dt.date) -> str:
    days = closed_days(session)
    reason = days.reason(day)
    if reason is not None:
        return str(_("今日は休日です（%(reason)s）", reason=reason))
    opening = days.opening(day)
    return str(
        _("今日は休日開庁です（%(name)s）", name=opening) if opening is not None else _("今日は開庁日です")
    )


def _own_towns(session: Session, day: dt.date) -> int:
    own = session.get(OwnMunicipality, 1)
    if own is None:
        return 0
    heads = [own.code[:5], *(ward.head for ward in wards_on(session, day))]
    query = select(func.count()).where(Town.municipality_code.in_(heads), place_in_force(Town, day))
    return session.scalar(query) or 0


def _stock(session: Session, _day: dt.date) -> str:
    stock = stock_state(session)
    if stock.low_water is None:
        return str(_("自団体が未登録"))
    return str(_("下限 %(low)s件", low=f"{stock.low_water:,}"))


def _eras(session: Session, _day: dt.date) -> str:
    return "、".join(era.name for era in load_eras(session))


def _wording(session: Session, day: dt.date) -> str:
    changed = sum(
        value != words.items[item].default
        for words in known_forms().values()
        for item, value in wording_on(session, words.form, day).items()
    )
    return str(_("標準と違うもの %(number)s件", number=changed) if changed else _("すべて標準の文"))


def _desks(session: Session, day: dt.date) -> str:
    usable = sum(terminal.usable(day) for terminal in session.scalars(select(Terminal)))
    return str(_("使える端末 %(number)s台", number=usable))


def _dictionary(session: Session, day: dt.date) -> str:
    told = []
    for data, label in ((Source.POSTAL, _("町字・郵便番号")), (Source.CLDR, _("国名"))):
        state = state_of(session, data, day)
        since = to_wareki(state.fresh_since) if state.fresh_since is not None else _("記録なし")
        told.append(f"{label} {since}" + (_("（更新の時期です）") if state.due else ""))
    return "、".join(told)


def _wards(session: Session, day: dt.date) -> str:
    return "、".join(ward.name for ward in wards_on(session, day)) or str(_("今日ある区なし"))


def _nothing(_session: Session, _day: dt.date) -> str:
    return ""


State = Callable[[Session, dt.date], str]


def master_groups(session: Session, day: dt.date) -> list[MasterGroup]:
    """Every master in the order of the screen."""

    def line(label: str, endpoint: str, count: int, state: State, used: str) -> MasterLine:
        exact = state in (_municipality, _certifier, _wards)
        return MasterLine(label, endpoint, count, state(session, day), used, exact)

    def rows(*tables: type[Base]) -> int:
        return sum(_count(session, table) for table in tables)

    def districts(_session: Session, _day: dt.date) -> str:
        return str(_("%(number)s種類", number=_count(session, DistrictKind)))

    def lots(_session: Session, _day: dt.date) -> str:
        return str(
            _(
                "番地 %(lots)s件、住居表示・区画整理 %(changes)s件",
                lots=f"{_count(session, Lot):,}",
                changes=_count(session, Renumbering),
            )
        )

    own = session.get(OwnMunicipality, 1)
    wards = (
        (line(_("区"), "admin.list_wards", rows(CityWard), _wards, _("区間異動、検索、区長の認証、場所")),)
        if own is not None and own.designated
        else ()
    )
    return [
        MasterGroup(
            _("証明"),
            (
                line(
                    _("自団体"), "admin.edit_own_municipality", rows(OwnMunicipality), _municipality,
                    _("証明書、宛名、検索、住民票コードの通知"),
                ),
                line(
                    _("認証者"), "admin.list_certifiers", rows(Certifier), _certifier,
                    _("証明書の職名と氏名"),
                ),
                line(_("公印"), "admin.list_seals", rows(Seal), _seals, _("証明書、カードの券面")),
                line(
                    _("認証文・公印の印字"), "admin.list_wording", rows(FormWording), _wording,
                    _("証明書の認証文、公印の種類、公印省略などの文"),
                ),
                line(
                    _("手数料"), "admin.list_fees",
                    sum(
                        len(fee_rows(session, form, kind.code))
                        for form in known_forms() for kind in fee_kinds()
                    ),
                    _fees, _("証明書発行の画面、発行のログ"),
                ),
                line(
                    _("保存年限"), "admin.list_terms", len(RULES), _terms,
                    _("交付の記録の保存期限、除票の保存"),
                ),
            ),
        ),
        MasterGroup(
            _("住所"),
            (
                line(
                    _("町字・番地"), "admin.list_towns", _own_towns(session, day), lots,
                    _("住所・本籍の入力、地区、住所の並べ替え"),
                ),
                line(
                    _("住所辞書の更新"), "admin.show_dictionary", rows(Refresh), _dictionary,
                    _("町字・郵便番号・国名の候補"),
                ),
                line(
                    _("方書"), "addresses.buildings", rows(Building), _nothing, _("住所の入力"),
                ),
                line(_("地区"), "admin.list_district_kinds", rows(District), districts, _("住所から地区を求める処理")),
                line(_("国籍・地域"), "admin.list_countries", rows(Country), _nothing, _("外国人住民の入力")),
            ),
        ),
        MasterGroup(
            _("場所・暦・番号・文字"),
            (
                line(
                    _("所属・場所・端末・プリンタ"), "admin.list_places",
                    rows(Department, Office, Terminal, Printer), _desks,
                    _("ログイン、ログ、発行番号"),
                ),
                *wards,
                line(
                    _("休日"), "admin.list_closed_days", rows(ClosedDay), _next_holiday,
                    _("届出の期限"),
                ),
                line(
                    _("住民票コードの空きコード"), "admin.show_code_stock", stock_state(session).free, _stock,
                    _("住民票コードの付番"),
                ),
                line(
                    _("元号"), "admin.edit_eras", len(list(load_eras(session))), _eras,
                    _("日付の入力と表示のすべて"),
                ),
                line(
                    _("外字"), "admin.list_characters", rows(ExternalCharacter), _nothing,
                    _("氏名・住所の検索、文字情報"),
                ),
            ),
        ),
    ]  # fmt: skip
