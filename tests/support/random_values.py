"""Random values of every type, as policies write them and as cases send them: boundaries, extremes, hostile strings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from random import Random
from typing import Any, Final

from rules.values.kind import MAX_MONEY

Node = Any  # what stands in YAML: a text, a bool, an int, a Fraction, a list or a dict of these

CURRENCY: Final = "CNY"
TIMES: Final = ("instant", "date")
ORDERED: Final = ("number", "ratio", "money", *TIMES)
KINDS: Final = ("yes_no", "one_of", *ORDERED, "list")
ITEMS: Final = ("one_of", "text", "number", "date", "yes_no")
LARGEST: Final = 2**53 - 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NOON: Final = 1_785_000_000  # seconds; an instant of July 2026
DAY: Final = date(2026, 8, 10).toordinal()

# Look-alikes of other types, of each other, of YAML and of the engine's own language.
HOSTILE: Final = (
    "1", "0", "01", "1.0", "true", "True", "false", "null", "~", "yes", "no", "-", "", " ", "None",
    "退款", "退 款", "破损", "é", "e\u0301", "а", "a", "A", "🍑", "👨‍👩‍👧", "ﬁ", "'", "\\", "\\n", "a,b", "[1..5]",
    "{x}", "$and", "$m", "id", "f1", "< 5", "not(a)", "a: b", "# c", "%s", "unknown ", "x" * 300, "果" * 300,
)  # fmt: skip
# A policy may not carry these, a case may.
UNSEEN: Final = (
    "\u2028", "\u200b", "\ufeff", "a\tb", "\n", 'say "no"', "\x7f", "\x1b[0m", "\u202e", "unknown", "x" * 2_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """A fact, parameter or answer: its kind, the values that rules and cases share, and how its type is written."""

    name: str
    kind: str
    pool: tuple[Any, ...]
    type: Node = None
    of: str = ""  # the kind of a list's items
    sent: bool = False  # a fact of the case
    presume: Any = None

    @property
    def item(self) -> str:
        """Return the kind of what it is compared with."""
        return self.of or self.kind

    def takes(self, other: Named) -> bool:
        """Tell whether the other's values may stand beside it."""
        return other.kind == self.item and (self.item != "one_of" or set(other.pool) <= set(self.pool))


def new(chance: Random, name: str, kind: str, sent: bool = False) -> Named:
    """Return a name of a kind with values of its own."""
    of = chance.choice(ITEMS) if kind == "list" else ""
    values = pool(chance, of or kind)
    written: Node = {"one_of": list(values)} if "one_of" in (kind, of) else of or kind
    written = {"number": "pieces"} if written == "number" else written
    return Named(name, kind, values, {"list_of": written} if of else written, of, sent)


def pool(chance: Random, kind: str) -> tuple[Any, ...]:
    """Return a few values of a kind."""
    many = range(chance.randint(2, 4))
    match kind:
        case "yes_no":
            return (True, False)
        case "number":
            return tuple(
                Fraction(chance.choice((0, 1, 7, 24, -3, 75, 10**12)), chance.choice((1, 1, 10))) for _ in many
            )
        case "ratio":
            return tuple(Fraction(chance.randint(0, 10), 10) for _ in many)
        case "money":
            return tuple(chance.choice((0, 1, 99, 300, 2_000, 12_800, MAX_MONEY // 100)) for _ in many)
        case "instant":
            return tuple((NOON + chance.randint(0, 9) * 86_400) * 1_000_000 + chance.randint(0, 1) for _ in many)
        case "date":
            return tuple(DAY + chance.randint(-3, 9) for _ in many)
    return tuple(dict.fromkeys(chance.choice(HOSTILE) for _ in range(chance.choice((2, 2, 3, 5)))))


def near(chance: Random, named: Named) -> Any:
    """Return one of the values that rules may test, or one beside it, or one far away."""
    value, where = chance.choice(named.pool), chance.random()
    match named.kind:
        case "number" | "ratio" if where < 0.25:
            value += chance.choice((-1, 1)) * Fraction(1, chance.choice((1, 100, 10**9)))
        case "number" if where < 0.3:
            value = Fraction(chance.choice((-LARGEST, LARGEST, 0)))
        case "money" if where < 0.3:
            value = chance.choice((value + 1, value - 1, 0, MAX_MONEY))
        case "instant" | "date" if where < 0.3:
            value += chance.choice((-1, 1))
    if named.kind == "ratio":
        value = min(max(value, Fraction(0)), Fraction(1))
    return min(max(value, 0), MAX_MONEY) if named.kind == "money" else value


# ---- writing


def literal(kind: str, value: Any) -> Node:
    """Return a value as a policy writes it."""
    match kind:
        case "money":
            return f"{value // 100}.{value % 100:02} {CURRENCY}" if value else 0
        case "instant":
            return (EPOCH + timedelta(microseconds=value)).isoformat()
        case "date":
            return date.fromordinal(value).isoformat()
    return value


def sent(chance: Random, kind: str, value: Any) -> Any:
    """Return a value as a case carries it: the same instant in any offset, the same decimal in any length."""
    match kind:
        case "instant":
            zone = timezone(timedelta(minutes=chance.choice((0, 480, -330, 60))))
            return (EPOCH + timedelta(microseconds=value)).astimezone(zone).isoformat()
        case "date":
            return date.fromordinal(value).isoformat()
        case "number" | "ratio" if value.denominator == 1 and (abs(value) >= 10**15 or chance.random() < 0.7):
            return int(value)
        case "number" | "ratio":
            return decimal(value) + ("00" if value.denominator > 1 and chance.random() < 0.2 else "")
    return value


def decimal(value: Fraction | int) -> str:
    """Write a number of tenths, hundredths and so on without an exponent."""
    places = next(places for places in range(16) if 10**places % value.denominator == 0)
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}}"
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + whole + ("." + rest if rest else "")
