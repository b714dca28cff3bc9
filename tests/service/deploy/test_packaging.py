from __future__ import annotations

import tomllib
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from service.api.app import VERSION
from tests.support.places import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with ZipFile(built) as archive:
        return archive.namelist()


def test_the_wheel_brings_the_packages_and_the_policies(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel if ".dist-info" not in name}
    assert tops == {"rules", "service"}
    packs = [path.parent.name for path in (ROOT / "policies").glob("*/pack.yaml")]
    assert packs
    for pack in packs:
        assert f"service/policies/{pack}/pack.yaml" in wheel
        assert any(name.startswith(f"service/policies/{pack}/cases/") for name in wheel)


def test_the_wheel_brings_every_module_and_no_test(wheel: list[str]) -> None:
    modules = {path.relative_to(ROOT).as_posix() for top in ("rules", "service") for path in (ROOT / top).rglob("*.py")}
    assert modules <= set(wheel)
    assert not any("test" in name for name in wheel if name.startswith("tests"))


def test_the_readme_shows_one_command_that_ci_runs() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line for line in shown if line.startswith("python3 -m venv ")]
    assert len(commands) == 2
    assert [all(tool in line for tool in ("ruff", "mypy", "pytest", "redress check")) for line in commands] == [
        False,
        True,
    ]


def test_the_service_reports_the_version_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
