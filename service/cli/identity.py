"""Whether the packages in use are our own: `rules` and `service` are common names, and others use them too."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

OURS: Final = "redress"
PACKAGES: Final = ("rules", "service")
ADVICE: Final = f"install {OURS} again, into a virtual environment of its own (python3 -m venv)"


def intruder() -> str:
    """Return what another distribution has put in our place and what to do about it, or nothing."""
    home = Path(__file__).resolve().parents[2]
    spec = find_spec("rules")
    found = Path(spec.origin).resolve() if spec is not None and spec.origin else None
    if found is None:
        return (
            f"{OURS}'s package 'rules' in {home / 'rules'} is not whole: another of this name was taken out; {ADVICE}"
        )
    if found.parent.parent != home:
        return f"the package 'rules' is not {OURS}'s own but {found}; {ADVICE}"
    for record in sorted(home.glob("*.dist-info/RECORD")):
        name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
        if name.lower() != OURS and (package := _package_in(record)):
            return f"'{name}' {version} has put files among {OURS}'s own, in {home / package}; {ADVICE}"
    return ""


def _package_in(record: Path) -> str:
    """Return which of our packages another distribution's list of files reaches into."""
    lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((package for line in lines for package in PACKAGES if line.startswith(f"{package}/")), "")
