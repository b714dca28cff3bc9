"""What values a type takes, in words."""

from __future__ import annotations

import pytest

from rules.values.kind import Type
from service.rendering.choices import choices, labelled

MANY = Type("one_of", values=("a", "b", "c", "d"))


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (Type("yes_no"), "true, false"),
        (Type("instant"), "instant"),
        (MANY, "a, b, c ..."),
        (Type("list", item=MANY), "[a, b, c ...]"),
        (Type("list", item=Type("record", fields={"kind": MANY, "ref": Type("text")})), "[{kind: a ...; ref: text}]"),
    ],
)
def test_a_list_of_values_is_cut_short(kind: Type, shown: str) -> None:
    assert choices(kind, 3) == shown


def test_all_values_are_listed_without_a_limit() -> None:
    assert choices(Type("list", item=MANY)) == "[a, b, c, d]"


def test_each_value_has_its_label_and_in_a_record_its_field() -> None:
    kind = Type("one_of", values=("photo", "video"), labels={"photo": {"en": "photo"}})
    record = Type("record", fields={"kind": kind, "ref": Type("text")})
    assert dict(labelled(kind)) == {"photo": {"en": "photo"}, "video": {}}
    assert dict(labelled(Type("list", item=record))) == {"kind: photo": {"en": "photo"}, "kind: video": {}}
