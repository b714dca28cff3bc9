"""A case to fill in: it is decided as it is written, and each of its lines can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules.decide import BROKEN, ENGINE_DIFFERS, ENGINE_FAILED
from rules.lab.ordinary_case import OrdinaryCase, ordinary_case
from rules.lab.relevance import kinds
from service.packs import Ready, prepare, read_policies
from service.rendering.case_form import LONGEST, case_form
from service.rendering.glossary import Glossary
from service.validation.case_file import CaseFile, read_case
from tests.support.places import CN, PACKS, POLICIES
from tests.support.variations import stated

NAMES = (POLICIES / "eu", *(PACKS / name for name in ("bare", "counter", "good", "library", "shop", "till")))
HEAD = 4  # lines about the file


@pytest.fixture(scope="module", params=[CN, *NAMES], ids=lambda folder: folder.name)
def forms(request: pytest.FixtureRequest) -> Iterator[tuple[Ready, list[OrdinaryCase]]]:
    """Return a pack with the ordinary case of each of its kinds."""
    folder: Path = request.param
    ready, problems = prepare(read_policies(folder))
    assert ready is not None, problems
    yield ready, [ordinary_case(ready.pack, kind, ready.decide) for kind in kinds(ready.pack) or (None,)]
    ready.close()


def case_in(lines: list[str], ready: Ready) -> CaseFile:
    read, faults = read_case("case.yaml", "\n".join(lines).encode(), "en")
    assert read is not None, faults
    return read.counted(ready.pack)


def names_in(case: dict[str, Any], ready: Ready) -> set[str]:
    """Return the facts that a case states."""
    return {fact.name for fact in stated(case, ready.pack.vocabulary)}


def test_it_is_the_ordinary_case_and_is_decided(forms: tuple[Ready, list[OrdinaryCase]]) -> None:
    ready, ordinary = forms
    for one in ordinary:
        case = case_in(case_form(one, Glossary(ready.pack, "en")), ready).case
        assert ready.schema.faults(case) == ()
        assert ready.schema.warnings(case) == ()
        assert ready.decide(case) == one.recommendation
        assert one.recommendation["missing"] == []  # each pack has everyday values for what its decisions need
        codes = {reason.get("code") for reason in one.recommendation["automation"]["reasons"]}
        assert not codes & {BROKEN, ENGINE_DIFFERS, ENGINE_FAILED}


def test_lines_that_are_left_out_can_all_be_used(forms: tuple[Ready, list[OrdinaryCase]]) -> None:
    ready, ordinary = forms
    for one in ordinary:
        lines = case_form(one, Glossary(ready.pack, "zh"), everything=True)
        used = case_in([re.sub(r"^( *)# ", r"\1", line) for line in lines[HEAD:]], ready).case
        assert ready.schema.faults(used) == ()
        assert names_in(used, ready) == names_in(one.case, ready) | one.others.keys()


def test_it_fits_a_screen(forms: tuple[Ready, list[OrdinaryCase]]) -> None:
    ready, ordinary = forms
    for one in ordinary:
        lines = case_form(one, Glossary(ready.pack, "en"))
        assert len(lines) <= max(LONGEST + 2, HEAD + len(one.stated) + 12)  # a group has a line of its own


def test_each_line_has_its_label_its_values_and_who_knows_it(cn: Ready) -> None:
    ordinary = ordinary_case(cn.pack, "late_ship", cn.decide)
    lines = case_form(ordinary, Glossary(cn.pack, "en"))
    assert lines[0] == "# A case of late dispatch with ordinary values"
    assert lines[3] == "# As it stands: Remedy, compensation"  # not sent, and the promised time has passed
    written = {line.partition(":")[0].strip(): line for line in lines[HEAD:]}
    assert re.fullmatch(r"  paid_at: 2026-11-03T10:00:00\+08:00 +# time of payment \(the shop's systems\)",
                        written["paid_at"])  # fmt: skip
    assert any("status: not_shipped" in line for line in lines)
    assert not {"shipped_at", "signed_at"} & set(written)
    assert "# the customer's wish: none, return_refund, " in written["wants"]
    assert written["# dispatch_extension_hours"].lstrip().startswith("# dispatch_extension_hours: 0 ")
    assert case_form(ordinary, Glossary(cn.pack, "zh"))[0] == "# 发货延迟案例，按平常的情况填写"
