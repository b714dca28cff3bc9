"""The folders that tests read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = (
    ROOT.parent / "shared"
)  # material beside the project; tests that read it are skipped where there is none
POLICIES: Final = ROOT / "policies"
CN: Final = POLICIES / "cn"
EU: Final = POLICIES / "eu"
SERVICE: Final = ROOT / "service"
TESTS: Final = ROOT / "tests"
PACKS: Final = TESTS / "packs"
SHOP: Final = PACKS / "shop"
