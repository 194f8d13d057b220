"""Imports every module with tables, so that the metadata is whole (migrations, tests)."""

from residentapp.core import eras as _eras
from residentapp.core import numbering as _numbering
from residentapp.core.access import models as _access
from residentapp.core.addresses import models as _addresses
from residentapp.core.audit import models as _audit
from residentapp.core.db import Base
from residentapp.core.masters import models as _masters
from residentapp.core.web import models as _web
from residentapp.residents import locks as _locks
from residentapp.residents import models as _residents
from residentapp.residents.certificates import models as _certificates
from residentapp.residents.move_in import models as _move_in
from residentapp.residents.removed_records import models as _removed_records
from residentapp.residents.search import models as _search

#: Keeps the imports; each registers its tables on ``Base``.
MODULES = (
    _eras,
    _numbering,
    _access,
    _addresses,
    _audit,
    _masters,
    _web,
    _residents,
    _search,
    _certificates,
    _locks,
    _move_in,
    _removed_records,
)

metadata = Base.metadata
