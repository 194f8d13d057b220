"""Notices of the 出入国在留管理庁長官, results of what was sent to it, and 国籍・地域コード of three characters.

Revision 0015, follows 0014.

Records keep the code that they were written with: history is never written over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime
from residentapp.core.db.migrate import MigrationError

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STATES = ("pending", "taken", "unchanged", "reflected", "refused")
_EXPIRING = "state = 'resident' AND residence_expires_on IS NOT NULL"
#: ISO 3166-1: two letters, and the three that stand for the same; the last three are those of passports.
_CODES = (
    "ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE "
    "BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS "
    "BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN "
    "COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST "
    "EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF "
    "GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD "
    "HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM "
    "JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA "
    "LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD "
    "MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM "
    "NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG "
    "PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA "
    "SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD "
    "STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON "
    "TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR "
    "VNVNM VUVUT WFWLF WSWSM XKXKX YEYEM YTMYT ZAZAF ZMZMB ZWZWE XXXXA XUXXX "
)


def upgrade() -> None:
    _create_notices()
    _create_results()
    op.add_column("outbox_message", sa.Column("category", sa.String(length=20), nullable=True))
    op.create_index(
        "ix_resident_history_expiring",
        "resident_history",
        ["residence_expires_on"],
        sqlite_where=sa.text(f"is_latest = 1 AND {_EXPIRING}"),
        postgresql_where=sa.text(f"is_latest AND {_EXPIRING}"),
    )
    with op.batch_alter_table("address_country") as table:
        table.alter_column("code", existing_type=sa.String(2), type_=sa.String(3), existing_nullable=False)
    _recode({code[:2]: code[2:] for code in _CODES.split()})


def _create_notices() -> None:
    op.create_table(
        "immigration_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", AwareDateTime(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                *_STATES,
                name="state",
                native_enum=False,
                create_constraint=True,
                length=max(map(len, _STATES)),
            ),
            nullable=False,
        ),
        sa.Column("body_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("addressee_number", sa.String(length=15), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("settled_at", AwareDateTime(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'pending' OR problem IS NOT NULL", name=op.f("ck_immigration_notice_problem_told")
        ),
        sa.CheckConstraint(
            "state = 'pending' OR state = 'refused' OR addressee_number IS NOT NULL",
            name=op.f("ck_immigration_notice_taken_in_for_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR note IS NOT NULL", name=op.f("ck_immigration_notice_refused_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_immigration_notice_addressee_number")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["change_case.id"], name=op.f("fk_immigration_notice_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_immigration_notice")),
    )
    op.create_index("ix_immigration_notice_state", "immigration_notice", ["state", "received_at"])
    op.create_index("ix_immigration_notice_addressee", "immigration_notice", ["addressee_number"])
    op.create_index("ix_immigration_notice_case", "immigration_notice", ["case_id"])


def _create_results() -> None:
    op.create_table(
        "immigration_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("received_at", AwareDateTime(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.String(length=20), nullable=True),
        sa.Column("error_cipher", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name=op.f("fk_immigration_result_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_immigration_result")),
    )
    op.create_index("ix_immigration_result_message", "immigration_result", ["message_id"])
    op.create_index(
        "ix_immigration_result_error",
        "immigration_result",
        ["message_id"],
        sqlite_where=sa.text("accepted = 0"),
        postgresql_where=sa.text("NOT accepted"),
    )


def downgrade() -> None:
    _recode({code[2:]: code[:2] for code in _CODES.split()})
    longest = sa.text("SELECT code FROM address_country WHERE length(code) > 2 ORDER BY code")
    left = op.get_bind().execute(longest).scalars().all()
    if left:
        raise MigrationError(f"these countries have no code of two letters: {', '.join(left)}")
    with op.batch_alter_table("address_country") as table:
        table.alter_column("code", existing_type=sa.String(3), type_=sa.String(2), existing_nullable=False)
    op.drop_index("ix_resident_history_expiring", table_name="resident_history")
    op.drop_column("outbox_message", "category")
    op.drop_table("immigration_result")
    op.drop_table("immigration_notice")


def _recode(codes: dict[str, str]) -> None:
    """Give the countries their code of the other length; those that staff registered under their own keep it."""
    country = sa.table("address_country", sa.column("code", sa.String))
    bind = op.get_bind()
    for old in bind.execute(sa.select(country.c.code)).scalars().all():
        if old in codes:
            bind.execute(sa.update(country).where(country.c.code == old).values(code=codes[old]))
