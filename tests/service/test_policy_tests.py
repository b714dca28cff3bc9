"""The examples that a pack's tests give to those who send cases."""

from __future__ import annotations

from pathlib import Path

from jsonschema import Draft202012Validator

from service.api.app import create_app
from service.packs import Ready, prepare, read_policies
from service.policy_tests import examples
from tests.support.places import CN


def test_the_examples_of_the_china_pack_are_in_the_specification_and_fit_it() -> None:
    ready, problems = prepare(read_policies(CN))
    assert ready is not None, problems
    client = create_app({"PACK": ready, "EXAMPLES": examples(CN, ready.pack), "TESTING": True}).test_client()
    specification = client.get("/openapi.json").json
    case = specification["components"]["schemas"]["Case"]
    assert [one["order"]["no"] for one in case["examples"]] == ["A1001", "A1002"]
    whole = Draft202012Validator({"$ref": "#/components/schemas/Case", "components": specification["components"]})
    for one in case["examples"]:
        whole.validate(one)
        assert client.post("/v1/decisions?mode=simulate", json=one).status_code == 200
    ready.close()


def test_a_pack_without_examples_has_none(tmp_path: Path, ready: Ready) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "one.yaml").write_text(
        "case: {en: one}\ngiven: {}\nbranches: [{name: a, expect: {outcome: ask}}]\n"
    )
    assert examples(tmp_path, ready.pack) == []
