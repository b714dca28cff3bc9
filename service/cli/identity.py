"""Check that the imported packages are our own: other distributions use the names `rules` and `service` too."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

OURS: Final = "redress"
PACKAGES: Final = ("rules", "service")
ADVICE: Final = f"install {OURS} again, into a virtual environment of its own (python3 -m venv)"


def intruder() -> str:
    """Return a message about another distribution that replaced our packages, or an empty text."""
    home = Path(__file__).resolve().parents[2]
    spec = find_spec("rules")
    found = Path(spec.origin).resolve() if spec is not None and spec.origin else None
    if found is None:
        why = "another package of this name was uninstalled"
        return f"{OURS}'s package 'rules' in {home / 'rules'} is incomplete: {why}; {ADVICE}"
    if found.parent.parent != home:
        return f"the package 'rules' is not {OURS}'s own but {found}; {ADVICE}"
    for record in sorted(home.glob("*.dist-info/RECORD")):
        name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
        if name.lower() != OURS and (package := _package_in(record)):
            return f"'{name}' {version} has put files among {OURS}'s own, in {home / package}; {ADVICE}"
    return ""


def _package_in(record: Path) -> str:
    """Return our package in which another distribution has installed files, or an empty text."""
    lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((package for line in lines for package in PACKAGES if line.startswith(f"{package}/")), "")
