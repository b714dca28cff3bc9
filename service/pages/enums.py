"""The words of the interface that have a fixed list of values, each value with what it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rules.deciding.outcome import OUTCOMES
from rules.language.contract import KINDS, MODES, PARTIES

from ..callers import GRANTED, SCOPES
from ..desk.states import EVENTS, STATES
from ..export.said import HAPPENED
from ..intake.messages import Texts
from ..reports.said import REASONS
from ..reports.said import STATES as STATES_SAID
from .headings import SAID

Labels = Mapping[str, Mapping[str, Texts]]

_NO_LEVELS: Final[Mapping[str, Texts]] = {  # roles that no case is given to
    "editor": {"zh": "政策编辑", "en": "policy editor"},
    "back_end": {"zh": "后端系统", "en": "back end"},
    "admin": {"zh": "管理员", "en": "administrator"},
}
_VALUES: Final[Mapping[str, tuple[Iterable[str], Mapping[str, Texts]]]] = {
    "outcomes": (OUTCOMES, SAID["outcome"]),
    "kinds": (KINDS, SAID["kind"]),
    "parties": (PARTIES, SAID["party"]),
    "modes": (MODES, SAID["mode"]),
    "roles": (GRANTED, {**SAID["role"], **_NO_LEVELS}),
    "scopes": (SCOPES, {}),
    "states": (STATES, STATES_SAID),
    "events": (EVENTS, HAPPENED),
    "held": (REASONS, REASONS),
}


def enums() -> dict[str, list[dict[str, object]]]:
    """Return every list; a value that has no words of its own is called by its name."""
    return {
        name: [{"value": value, "label": dict(said.get(value) or {"zh": value, "en": value})} for value in values]
        for name, (values, said) in _VALUES.items()
    }
