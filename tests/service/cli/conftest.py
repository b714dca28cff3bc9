from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from tests.support.command_line import SHOP


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(copytree(SHOP, tmp_path / "shop"))


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("service.packs.__file__", str(tmp_path / "elsewhere" / "service" / "packs.py"))
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        copytree(SHOP, tmp_path / "policies" / name)
    return tmp_path / "policies"
