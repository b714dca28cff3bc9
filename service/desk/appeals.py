"""Appeal against a decision: the same case is decided again, and a person above whoever decided before has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from ..callers import Caller
from ..ledger.filing import filed
from ..ledger.store import Writer
from . import states
from .deciding import decide
from .desk import Desk, Refused
from .levels import APPEAL
from .objections import latest
from .outcomes import kept_decision
from .recording import Recorded

PARTIES: Final = ("customer", "merchant")  # who may appeal
OF_THE_MOMENT: Final = "at"  # when a case was decided; an appeal is decided when it comes

Json = dict[str, Any]


def appeal(desk: Desk, decision_id: str, told: Json, case: Mapping[str, Any] | None, caller: Caller) -> Recorded:
    """Record an appeal and decide the case again, at a higher level and never automatically. Raises Refused.

    `told` says who appeals, on what grounds and with what evidence. `case` is the whole case with facts that changed;
    without it the case is decided as it was kept, so that names and contacts are masked in what is said, too.
    """
    kept = kept_decision(desk, decision_id)
    if case is None:
        case = {name: value for name, value in kept["case"].items() if name != OF_THE_MOMENT}
    else:
        _refuse_another(desk, case, kept)
    first = partial(_record, decision_id=decision_id, told=told)
    return decide(desk, case, caller.name, because=APPEAL, event=told, case_no=kept["case_no"], first=first)


def _refuse_another(desk: Desk, case: Mapping[str, Any], kept: Json) -> None:
    """Refuse a case of another number or another order."""
    pack = desk.ready.pack
    for what, known in (("number", kept["case_no"]), ("order", filed(pack, "order", kept["case"]))):
        if (given := filed(pack, what, case)) is not None and known is not None and given != known:
            raise Refused(409, "other_case", given, known)


def _record(writer: Writer, decision_id: str, told: Json) -> None:
    """Record the appeal against what is still the latest decision of its case."""
    decision = latest(writer.connection, decision_id)
    writer.append(APPEAL, told, case_no=decision.case_no, about=decision_id)
    states.move(writer, decision.case_no, "appealed")
