from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from rules.compiling.pack import Pack
from service import policy_tests
from service.audit.replay import DIFFERS, EQUAL, ERASED, NO_PACK, UNREADABLE, replay_recorded
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.ledger import chain
from service.ledger.pack_archive import Archive
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, ENTRIES, PACKS, PAYLOADS
from service.packs import read_policies
from tests.support import filed as shop
from tests.support.filed import case, context_of, opened, run
from tests.support.places import ROOT
from tests.support.tampering import tampering
from tests.support.walk import case_of

CN = ROOT / "policies" / "cn"
PEOPLE = [{"name": "张小明", "contact": "13812345678"}, {"name": "Li Na", "contact": "lina@example.com"}]


def environment(ledger: Ledger) -> dict[str, str]:
    return {"REDRESS_LEDGER": ledger.url.render_as_string(hide_password=False)}


def verdicts(ledger: Ledger) -> Counter[str]:
    archive = Archive(ledger)
    found = Counter(one.verdict for one in replay_recorded(archive))
    archive.close()
    return found


def stored(ledger: Ledger, id: str) -> Any:
    with ledger.reading() as connection:
        of_entry = select(PAYLOADS.c.body).join(ENTRIES, ENTRIES.c.seq == PAYLOADS.c.seq).where(ENTRIES.c.id == id)
        return chain.unpack(connection.execute(of_entry).scalar_one())


def rewrite(ledger: Ledger, id: str, body: Any) -> None:
    with ledger.writing("owner") as writer:
        seq = select(ENTRIES.c.seq).where(ENTRIES.c.id == id).scalar_subquery()
        writer.connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == seq).values(body=chain.pack(body)))


# ---- a thousand decisions


def branches(pack: Pack) -> list[dict[str, Any]]:
    """Return the cases of the China pack's tests that need no figures of their own."""
    found = policy_tests.read(CN)
    return [policy_tests.shown(case_of(branch, pack)) for _, branch in found.chosen("") if not branch.settings]


def named(number: int, given: dict[str, Any]) -> dict[str, Any]:
    """Return a case of its own with a customer whose name and contact are masked when it is kept."""
    complaint = {**given.get("complaint", {}), "no": f"K-{number}"} if number % 3 else {}
    customer = {**given.get("customer", {}), **PEOPLE[number % 2], "id": f"C{number % 50}"}
    return {**given, "complaint": complaint, "customer": customer}


def changed() -> dict[str, bytes]:
    """Return the China pack with another figure."""
    found = read_policies(CN)
    (path,) = (path for path in found if path.endswith("/parameters.yaml"))
    assert b"values: 100 CNY" in found[path]
    return {**found, path: found[path].replace(b"values: 100 CNY", b"values: 90 CNY")}


def test_a_thousand_decisions_are_equal_across_a_restart_and_a_change_of_the_pack(ledger: Ledger) -> None:
    many = 1000 if ledger.url.get_backend_name() == "sqlite" else 100
    first, second = opened(read_policies(CN)), opened(changed())
    cases = islice(cycle(branches(first.pack)), many)
    assert first.pack.digest != second.pack.digest
    for number, given in enumerate(cases):
        decide(context_of(first if number < many // 2 else second, ledger), named(number, given), "owner")
    first.close()
    second.close()
    ledger.close()
    again = Ledger(ledger.url.render_as_string(hide_password=False))
    with again.reading() as connection:
        counted = Counter(connection.execute(select(DECISIONS.c.pack_digest)).scalars())
    assert counted == {first.pack.digest: many // 2, second.pack.digest: many // 2}
    assert verdicts(again) == {EQUAL: many}
    again.close()
    words = [sys.executable, "-m", "service.cli", "replay", "--last", "100", "--json"]
    known = {**os.environ, **environment(ledger), "PYTHONPATH": str(ROOT)}
    other = subprocess.run(words, env=known, cwd=CN, capture_output=True, check=False)
    assert (other.returncode, json.loads(other.stdout)["verdicts"]) == (0, {EQUAL: 100}), other.stderr


# ---- one decision


def test_a_decision_on_a_masked_case_replays_equal(filed: CaseContext) -> None:
    made = decide(filed, case(), "owner")
    assert stored(filed.ledger, made.id)["case"]["customer"]["name"] == "张***"
    code, output = run(filed.ledger, "replay", made.id)
    assert (code, output.splitlines()) == (0, [f"{made.id} {made.case_no}: equal", "1 replayed: 1 equal"])


def test_numbers_replay_equal_however_the_case_wrote_them(filed: CaseContext) -> None:
    for ratio in ("0.20", "0.2", Decimal("0.20"), Decimal("0.2"), 1, 0):
        decide(filed, case(spoiled_ratio=ratio), "owner")
    assert verdicts(filed.ledger) == {EQUAL: 6}


def test_a_different_recommendation_is_reported_with_the_places_that_differ(filed: CaseContext) -> None:
    made = decide(filed, case(), "owner")
    kept = stored(filed.ledger, made.id)
    kept["recommendation"]["remedy"]["refund_fen"] = 1
    del kept["recommendation"]["severity"]
    rewrite(filed.ledger, made.id, kept)
    code, output = run(filed.ledger, "replay", made.id)
    assert code == 1
    assert "differs; /recommendation/remedy/refund_fen: 1 then, 2560 now" in output
    assert "/recommendation/severity: nothing then" in output


def test_other_findings_differ_too(filed: CaseContext) -> None:
    made = decide(filed, case(), "owner")
    kept = stored(filed.ledger, made.id)
    kept["findings"][0]["facts"]["issue.kind"] = "late"
    rewrite(filed.ledger, made.id, kept)
    assert verdicts(filed.ledger) == {DIFFERS: 1}


def test_another_order_of_keys_is_a_difference(filed: CaseContext) -> None:
    made = decide(filed, case(), "owner")
    kept = stored(filed.ledger, made.id)
    kept["recommendation"] = dict(reversed(kept["recommendation"].items()))
    rewrite(filed.ledger, made.id, kept)
    code, output = run(filed.ledger, "replay", made.id)
    assert (code, "the order of keys" in output) == (1, True)


def test_many_differences_are_cut_short(filed: CaseContext) -> None:
    made = decide(filed, case(), "owner")
    rewrite(filed.ledger, made.id, {**stored(filed.ledger, made.id), "findings": list(range(50))})
    assert "and more" in run(filed.ledger, "replay", made.id)[1]


def test_another_engine_is_named_and_the_rest_compared(filed: CaseContext) -> None:
    same, other = decide(filed, case(), "owner"), decide(filed, case(), "owner")
    for made, fen in ((same, 2560), (other, 1)):
        kept = stored(filed.ledger, made.id)
        kept["recommendation"]["policy"]["engine"] = "durable_rules 2.0.27"
        kept["recommendation"]["remedy"]["refund_fen"] = fen
        rewrite(filed.ledger, made.id, kept)
    code, output = run(filed.ledger, "replay", same.id)
    assert code == 0
    assert f"{same.id} {same.case_no}: equal; engine differs: durable_rules 2.0.27 then, durable_rules" in output
    code, output = run(filed.ledger, "replay", "--all")
    assert (code, output.splitlines()[-1]) == (1, "2 replayed: 1 differs, 1 equal")
    assert "engine differs" in output.splitlines()[0]


def test_an_erased_decision_is_reported_as_erased(filed: CaseContext) -> None:
    made = decide(filed, case(), "owner")
    with filed.ledger.writing("owner") as writer:
        writer.connection.execute(PAYLOADS.delete())
    code, output = run(filed.ledger, "replay", made.id)
    assert (code, output.splitlines()[0]) == (0, f"{made.id} {made.case_no}: {ERASED}")


@pytest.mark.parametrize("body", [b"torn", chain.pack([]), chain.pack({"case": {}})])
def test_an_unreadable_decision_is_reported_and_the_others_are_replayed(filed: CaseContext, body: bytes) -> None:
    torn, whole = decide(filed, case(), "owner"), decide(filed, case(), "owner")
    with tampering(filed.ledger) as connection:
        connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == 1).values(body=body))
    code, output = run(filed.ledger, "replay", torn.id, whole.id)
    assert code == 1
    first, second, counts = output.splitlines()
    assert (
        first
        == f"{torn.id} {torn.case_no}: {UNREADABLE}; the recorded payload is no decision; 'redress verify' reports more"
    )
    assert (second, counts) == (f"{whole.id} {whole.case_no}: equal", "2 replayed: 1 equal, 1 unreadable")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (None, "the ledger does not have pack sha256:"),
        (chain.pack({"pack.yaml": "pack: other\n"}), "do not match its digest"),
        (b"torn", "do not match its digest"),
    ],
)
def test_a_missing_or_different_pack_is_reported(filed: CaseContext, files: bytes | None, expected: str) -> None:
    decide(filed, case(), "owner")
    with filed.ledger.writing("owner") as writer:
        change = PACKS.delete() if files is None else update(PACKS).values(files=files)
        writer.connection.execute(change)
    code, output = run(filed.ledger, "replay", "--all")
    assert (code, NO_PACK in output, expected in output) == (1, True, True)


def test_a_pack_that_no_longer_loads_is_reported_with_its_first_problem(
    filed: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(filed, case(), "owner")
    problems = policy_tests.Runner(CN / "cases").problems()
    monkeypatch.setattr("service.ledger.pack_archive.prepare", lambda _: (None, problems))
    code, output = run(filed.ledger, "replay", "--all")
    assert (code, "no longer loads: " in output) == (1, True)


# ---- the command


def test_the_last_decisions_are_replayed_oldest_first(filed: CaseContext) -> None:
    made = [decide(filed, case(), "owner").id for _ in range(3)]
    code, output = run(filed.ledger, "replay", "--last", "2", "--json")
    assert (code, [one["id"] for one in json.loads(output)["decisions"]]) == (0, made[1:])
    assert run(filed.ledger, "replay", "--all") == (0, "3 replayed: 3 equal\n")


def test_decisions_are_replayed_in_pages_without_those_made_meanwhile(
    filed: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.audit.replay.PAGE", 2)
    made = [decide(filed, case(), "owner").id for _ in range(5)]
    archive = Archive(filed.ledger)
    replayed = []
    for one in replay_recorded(archive):
        replayed.append(one.id)
        decide(filed, case(), "owner")
    assert replayed == made
    assert [one.id for one in replay_recorded(archive, 20)][:5] == made  # there are ten
    assert len(list(replay_recorded(archive, 3))) == 3
    archive.close()


def test_json_lists_each_decision_and_counts_the_verdicts(filed: CaseContext) -> None:
    made = [decide(filed, case(), "owner") for _ in range(2)]
    rewrite(filed.ledger, made[0].id, stored(filed.ledger, made[0].id) | {"findings": []})
    code, output = run(filed.ledger, "replay", "--all", "--json")
    report = json.loads(output)
    assert (code, report["replayed"], report["verdicts"]) == (1, 2, {DIFFERS: 1, EQUAL: 1})
    assert [(one["id"], one["verdict"]) for one in report["decisions"]] == [(made[0].id, DIFFERS), (made[1].id, EQUAL)]


def test_nothing_is_replayed_if_one_id_is_unknown(filed: CaseContext) -> None:
    made = decide(filed, case(), "owner")
    code, output = run(filed.ledger, "replay", made.id, "dec_1", "--json")
    assert (code, output.splitlines()[-1].startswith("Error: not in the ledger: 1 of 2 decisions")) == (2, True)
    assert "{" not in output


def test_an_empty_ledger_has_nothing_to_replay(filed: CaseContext) -> None:
    assert run(filed.ledger, "replay", "--all") == (0, "0 replayed\n")


@pytest.mark.parametrize("words", [(), ("--all", "--last", "2"), ("dec_1", "--all"), ("--last", "0"), ("dec_1",)])
def test_wrong_arguments_exit_with_2(filed: CaseContext, words: tuple[str, ...]) -> None:
    assert run(filed.ledger, "replay", *words)[0] == 2


# ---- packs from another folder


def test_a_pack_kept_in_one_folder_is_the_same_elsewhere(ledger: Ledger, tmp_path: Path) -> None:
    elsewhere = {f"{tmp_path}/deep/{path}": content for path, content in shop.files().items()}
    there, here = opened(elsewhere), opened()
    assert there.pack.digest == here.pack.digest
    decide(context_of(there, ledger), case(), "owner")
    decide(context_of(here, ledger), case(), "owner")
    with ledger.reading() as connection:
        (files,) = connection.execute(select(PACKS.c.files)).scalars()
    assert "pack.yaml" in chain.unpack(files)
    assert verdicts(ledger) == {EQUAL: 2}
    there.close()
    here.close()
