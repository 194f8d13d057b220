"""Imports every module with tables, so that the metadata is whole (migrations, tests)."""

from residentapp.core import eras as _eras
from residentapp.core import external_characters as _external_characters
from residentapp.core import numbering as _numbering
from residentapp.core.access import models as _access
from residentapp.core.addresses import district_models as _districts
from residentapp.core.addresses import models as _addresses
from residentapp.core.audit import models as _audit
from residentapp.core.db import Base
from residentapp.core.masters import models as _masters
from residentapp.core.masters import setting_models as _settings
from residentapp.core.outbox import models as _outbox
from residentapp.core.web import models as _web
from residentapp.residents import locks as _locks
from residentapp.residents import models as _residents
from residentapp.residents.cards import models as _cards
from residentapp.residents.cases import models as _cases
from residentapp.residents.certificates import models as _certificates
from residentapp.residents.code_notices import models as _code_notices
from residentapp.residents.ex_officio import models as _ex_officio
from residentapp.residents.head_notices import models as _head_notices
from residentapp.residents.immigration import models as _immigration
from residentapp.residents.kana import models as _kana
from residentapp.residents.memos import models as _memos
from residentapp.residents.move_in import models as _move_in
from residentapp.residents.move_out import models as _move_out
from residentapp.residents.reading import models as _reading
from residentapp.residents.remarks import models as _remarks
from residentapp.residents.removed_records import models as _removed_records
from residentapp.residents.search import models as _search
from residentapp.residents.support import models as _support

#: Keeps the imports; each registers its tables on ``Base``.
MODULES = (
    _eras,
    _external_characters,
    _numbering,
    _access,
    _addresses,
    _districts,
    _audit,
    _masters,
    _outbox,
    _settings,
    _web,
    _residents,
    _search,
    _cases,
    _certificates,
    _ex_officio,
    _head_notices,
    _code_notices,
    _cards,
    _reading,
    _move_in,
    _move_out,
    _locks,
    _remarks,
    _memos,
    _immigration,
    _kana,
    _removed_records,
    _support,
)

metadata = Base.metadata
