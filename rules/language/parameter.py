"""Read parameters: values that rules share, that change with dates, or that the shop sets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from rules.language.literal import read_literal
from rules.language.names import Names, check_name
from rules.language.type_reader import read_answered_type
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import Place, shown, suggest
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import OPEN, Value

PARAMETER_KEYS: Final = ("label", "type", "source", "meets", "values", "shop_sets", "note")
DATE: Final = Type("date")
SETTINGS: Final = Place("settings", 1, 1)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with its values by first day, earliest first."""

    name: str
    type: Type
    label: Mapping[str, str]
    source: tuple[str, ...]
    days: tuple[int, ...]
    values: tuple[Value, ...]
    shop_sets: bool
    place: Place
    meets: tuple[str, ...] = ()

    @property
    def since(self) -> int:
        """Return the first day that has a value; 0 for a parameter without dates."""
        return self.days[0]

    def on(self, day: int) -> Any:
        """Return the value in force on a day; OPEN before the first."""
        at = bisect_right(self.days, day)
        return self.values[at - 1] if at else OPEN


def read_parameters(node: Node | None, names: Names, reader: Reader) -> dict[str, Parameter]:
    """Read parameters.yaml."""
    read = {key.text: _read_parameter(key, body, names, reader) for key, body in reader.pairs(node)}
    names.faulty.update(name for name, parameter in read.items() if parameter is None)
    return {name: parameter for name, parameter in read.items() if parameter is not None}


def with_shop_settings(
    parameters: Mapping[str, Parameter], settings: Mapping[str, object], currency: str, reader: Reader
) -> dict[str, Parameter]:
    """Return the parameters with the settings of a shop, written as in parameters.yaml."""
    found = dict(parameters)
    for name, value in settings.items():
        node = value if isinstance(value, Scalar | Sequence | MappingNode) else Scalar(SETTINGS, value, str(value))  # type: ignore[arg-type]
        if name not in parameters:
            hint = suggest(name, parameters) or "set a parameter of parameters.yaml"
            reader.report(node, "R204", f"unknown parameter {shown(name)}", hint)
            continue
        if not parameters[name].shop_sets:
            reader.report(node, "R204", f"'{name}' cannot be set by the shop", "mark it shop_sets: true")
        if periods := _read_periods(node, parameters[name].type, currency, reader):
            days, values = zip(*periods, strict=True)
            found[name] = replace(parameters[name], days=days, values=values)
    return found


def _read_parameter(key: Scalar, body: Node, names: Names, reader: Reader) -> Parameter | None:
    parts = reader.mapping(body, PARAMETER_KEYS, ("type", "values"))
    kind = read_answered_type(parts["type"], reader) if "type" in parts else None
    source = names.cited(parts.get("source"), reader)
    label = reader.texts(parts.get("label"))
    shop_sets = bool(reader.yes_no(parts.get("shop_sets")))
    if kind is None or "values" not in parts or not check_name(key, reader):
        return None
    periods = _read_periods(parts["values"], kind, names.currency, reader)
    if not periods:
        return None
    days, values = zip(*periods, strict=True)
    meets = reader.names(parts.get("meets"))
    return Parameter(key.text, kind, label, source, days, values, shop_sets, key.place, meets)


def _read_periods(node: Node, kind: Type, currency: str, reader: Reader) -> list[tuple[int, Value]]:
    if not isinstance(node, MappingNode):
        value = read_literal(node, kind, currency, reader)
        return [] if value is None else [(0, value)]
    if not node.items:
        reader.report(node, "R304", "the parameter has no value", "write values: 7, or values: {2014-03-15: 7}")
    periods = []
    for key, body in node.items:
        day = read_literal(Scalar(key.place, key.text, key.text), DATE, currency, reader)
        value = read_literal(body, kind, currency, reader)
        if isinstance(day, int) and value is not None:
            periods.append((day, value))
    return sorted(periods, key=lambda period: period[0])
