"""List the values of a type, shortened or each with its label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rules.values.kind import Type


def choices(kind: Type, most: int | None = None) -> str:
    """Return the values of a type, or its name; of a list of values at most so many, and fewer inside a record."""
    if kind.item is not None:
        return f"[{choices(kind.item, most)}]"
    if kind.fields:
        fewer = None if most is None else most // 2
        return f"{{{'; '.join(f'{name}: {choices(part, fewer)}' for name, part in kind.fields.items())}}}"
    return _listed(kind.values, most) or ("true, false" if kind.kind == "yes_no" else kind.kind)


def labelled(kind: Type, within: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each value of a type with its label; those of a record begin with the name of their field."""
    if kind.item is not None:
        yield from labelled(kind.item, within)
    for name, field in kind.fields.items():
        yield from labelled(field, f"{name}: ")
    for value in kind.values:
        yield f"{within}{value}", kind.labels.get(value, {})


def _listed(values: Iterable[str], most: int | None) -> str:
    known = list(values)
    return ", ".join(known[:most]) + (" ..." if most is not None and len(known) > most else "")
