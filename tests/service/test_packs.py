from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import PackNotFound
from service.packs import every, find, prepare, read_policies, read_tests
from tests.support.places import SHOP


def make(home: Path, *names: str) -> None:
    for name in names:
        (home / "policies" / name).mkdir(parents=True)
        (home / "policies" / name / "pack.yaml").write_text(f"pack: {name}\n", encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("service.packs.__file__", str(tmp_path / "elsewhere" / "service" / "packs.py"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_only_pack_needs_no_name(home: Path) -> None:
    make(home, "one")
    assert find(None).name == "one"


def test_of_several_packs_one_is_to_be_named(home: Path) -> None:
    make(home, "one", "two")
    assert find("two").name == "two"
    with pytest.raises(PackNotFound, match="one, two"):
        find(None)


def test_a_file_in_the_folder_of_a_pack_means_that_pack(home: Path) -> None:
    make(home, "one", "two")
    assert find(None, Path("policies/two/cases/x.yaml")).name == "two"
    assert find("one", Path("policies/two/cases/x.yaml")).name == "one"
    with pytest.raises(PackNotFound, match="one, two"):
        find(None, Path("elsewhere/x.yaml"))


def test_every_pack_is_found_once_by_name(home: Path) -> None:
    with pytest.raises(PackNotFound):
        every()
    make(home, "two", "one")
    make(home / "elsewhere" / "service", "one", "three")
    found = [folder.resolve() for folder in every()]
    assert found == [home / "policies/one", home / "elsewhere/service/policies/three", home / "policies/two"]


def test_a_pack_is_found_by_its_folder(home: Path) -> None:
    make(home / "far", "three")
    assert find(str(home / "far/policies/three")).name == "three"


def test_the_pack_of_the_folder_one_works_in_comes_before_the_installed(home: Path) -> None:
    make(home, "one")
    make(home / "elsewhere" / "service", "one", "two")
    assert find("one").resolve() == home / "policies" / "one"
    assert find("two").resolve() == home / "elsewhere/service/policies/two"


@pytest.mark.parametrize("named", ["absent", ".", "", "pack.yaml", "x\0y", "x" * 5000])
def test_a_name_of_no_pack_is_refused(home: Path, named: str) -> None:
    make(home, "one")
    with pytest.raises(PackNotFound):
        find(named)


def test_policies_are_read_without_the_tests() -> None:
    policies, tests = read_policies(SHOP), read_tests(SHOP)
    names = {Path(path).name for path in policies}
    assert names == {"pack.yaml", "vocabulary.yaml", "parameters.yaml", "remedies.yaml", "words.yaml"}
    assert [Path(path).name for path in tests] == ["broken.yaml"]


def test_paths_are_shown_as_one_would_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SHOP.parent)
    assert "shop/pack.yaml" in read_policies(Path("shop"))
    assert "shop/pack.yaml" in read_policies(SHOP)


def test_a_pack_with_problems_is_not_ready() -> None:
    ready, problems = prepare({"pack.yaml": b"pack: x\n"})
    assert ready is None
    assert problems
