from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from service.cli import __main__, identity


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of our own packages."""
    for package in ("rules", "service"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("", encoding="utf-8")
    record(tmp_path, "redress-0.1.0", "rules/__init__.py", "service/__init__.py")
    record(tmp_path, "click-8.5.1", "click/__init__.py")
    monkeypatch.setattr(identity, "__file__", str(tmp_path / "service" / "cli" / "identity.py"))
    monkeypatch.setattr(identity, "find_spec", lambda name: Spec(tmp_path / name / "__init__.py"))
    return tmp_path


class Spec:
    def __init__(self, origin: Path) -> None:
        self.origin = str(origin)


def record(site: Path, name: str, *files: str) -> None:
    (site / f"{name}.dist-info").mkdir()
    text = "".join(f"{file},sha256=x,1\n" for file in files)
    (site / f"{name}.dist-info" / "RECORD").write_text(text, encoding="utf-8")


def test_our_own_packages_are_recognised(site: Path) -> None:
    assert identity.intruder() == ""


def test_this_checkout_runs_on_its_own_packages() -> None:
    assert identity.intruder() == ""


@pytest.mark.parametrize("package", ["rules", "service"])
def test_a_distribution_that_put_files_among_ours_is_named_with_its_path(site: Path, package: str) -> None:
    record(site, f"{package}-3.5", f"{package}/predicates.py")
    message = identity.intruder()
    assert f"'{package}' 3.5" in message
    assert str(site / package) in message
    assert "virtual environment" in message


def test_a_package_that_comes_from_elsewhere_is_named_with_its_path(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "find_spec", lambda _: Spec(Path("/other/rules/__init__.py")))
    assert "/other/rules/__init__.py" in identity.intruder()


def test_a_package_that_lost_files_with_another_is_reported(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "find_spec", lambda _: None)
    message = identity.intruder()
    assert "is incomplete" in message
    assert str(site / "rules") in message


def test_the_command_stops_before_it_imports_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "__init__.py").write_text("raise SystemExit('imported the other')", encoding="utf-8")
    root = Path(identity.__file__).parents[2]
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(root)!r}]; from service.cli.__main__ import main; main()"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.returncode == 2
    assert str(tmp_path / "rules") in ended.stderr
    assert "Traceback" not in ended.stderr


def asked(monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    """Ask what a code means, as the installed command does, and return how it ends."""
    monkeypatch.setattr(sys, "argv", ["redress", "explain", "R203"])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    return ended.value.code


def test_the_command_runs_on_its_own_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(monkeypatch) == 0
    assert capsys.readouterr().out.startswith("R203")


def test_the_command_names_foreign_files_and_does_nothing(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record(site, "rules-3.5", "rules/predicates.py")
    assert asked(monkeypatch) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.startswith("redress: ")) == ("", True)
    assert "'rules' 3.5" in printed.err
