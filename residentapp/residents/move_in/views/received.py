"""転出証明書情報 that was received: who is expected, and the move-in that begins with it."""

from __future__ import annotations

from flask import abort, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.move_in import received as operations
from residentapp.residents.move_in.received import ReceivedChanged
from residentapp.residents.move_in.views import blueprint

_KIND = "received_certificates"


@blueprint.get("/received")
@requires(Permission.MOVE_IN_ENTER)
def received() -> str:
    """Families that are expected."""
    return _page()


def _page(*, trouble: str = "") -> str:
    families = operations.waiting(db(), services().keyring)
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="受信した転出証明書情報の一覧の照会",
        details={"件数": len(families)},
        screen=operations.SCREEN,
    )
    state = save_state({"families": [list(family.ids) for family in families]}, kind=_KIND)
    return render_template("move_in/received.html", families=families, state_id=state, trouble=trouble)


@blueprint.post("/received/<state_id>/<int:place>")
@requires(Permission.MOVE_IN_ENTER)
def take_received(state_id: str, place: int) -> Response | tuple[str, int]:
    """Begin the move-in of a family, or leave it out."""
    state = load_state(state_id, kind=_KIND)
    if state is None or place >= len(state["families"]):
        abort(404, description=_("この画面の有効期間が過ぎました。一覧を開き直してください。"))
    ids = state["families"][place]
    try:
        if request.form.get("act") == "begin":
            case = operations.start_from_received(db(), actor(), services().keyring, ids, now=now())
            return done(
                _(
                    "転出証明書情報から%(count)s人を取り込みました。届出書と見比べてください。",
                    count=len(ids),
                ),
                "move_in.enter",
                case_id=case.id,
            )
        operations.leave_out(db(), actor(), ids, request.form.get("reason", "")[:500], now=now())
    except ValueError as error:
        return _page(trouble=str(error)), 422
    except ReceivedChanged as error:
        raise Refusal(str(error), _("一覧を開き直してください。")) from error
    return done(_("対象外にしました。"), "move_in.received")
