"""Find packs on disk, read their files, and load them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os.path import isdir
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.compiling.pack_files import Documents
from rules.decide import Decider
from rules.deciding.match import Matcher
from rules.text.problem import Problem
from service import clock
from service.errors import PackNotFound
from service.validation.case import CaseSchema, case_schema

LONGEST_FILE: Final = 2**20 + 1  # one byte above the limit, so that a longer file is detected
TESTS: Final = "cases"
PUBLISHED: Final = "published"  # cases that courts, authorities and platforms decided, retold as policy tests

Clock = Callable[[ZoneInfo], str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A loaded pack with its engine and case schema, made before any fork and shared by all threads."""

    pack: Pack
    engine: Matcher
    decider: Decider
    schema: CaseSchema
    files: Mapping[str, bytes]
    since: float = field(default_factory=clock.elapsed)

    def decide(self, case: Mapping[str, Any], now: Clock = clock.now) -> dict[str, Any]:
        """Decide a valid case, at its own instant or else at the clock's."""
        return self.decider.decide(self.dated(case, now))

    def dated(self, case: Mapping[str, Any], now: Clock = clock.now) -> Mapping[str, Any]:
        """Return a case with its own instant of deciding, or else the clock's."""
        return case if "at" in case else {**case, "at": now(self.pack.zone)}

    def age(self) -> int:
        """Return the seconds since the pack was loaded."""
        return round(clock.elapsed() - self.since)

    def close(self) -> None:
        """Free the memory of the engine."""
        self.engine.close()


def prepare(
    files: Mapping[str, bytes], settings: Mapping[str, object] | None = None, documents: Documents | None = None
) -> tuple[Ready | None, tuple[Problem, ...]]:
    """Load a pack from its files, or from their parsed documents; without a pack there is at least one problem."""
    pack, problems = load(files, settings or {}, documents)
    if pack is None:
        return None, problems
    engine = Matcher(pack)
    schema = case_schema(pack.name, pack.vocabulary)
    return Ready(pack, engine, Decider(pack, engine), schema, MappingProxyType(dict(files))), problems


def find(named: str | None, beside: Path | None = None, stated: object = None) -> Path:
    """Return the folder of a pack: by path, by name, around a file, the one that a case states, or the only one.

    Raises PackNotFound.
    """
    known = _known()
    if named is not None:
        return _named(named, known)
    if beside is not None and (around := [folder for folder in beside.absolute().parents if _is_pack(folder)]):
        return around[0]
    if isinstance(stated, str) and stated in known:
        return known[stated]
    if len(known) == 1:
        return next(iter(known.values()))
    raise PackNotFound(f"which pack? name one with --pack: {', '.join(known) or 'a folder with a pack.yaml'}")


def every() -> tuple[Path, ...]:
    """Return the folders of all packs. Raises PackNotFound if there is none."""
    return tuple(_known().values()) or (find(None),)


def _named(named: str, known: Mapping[str, Path]) -> Path:
    if named in known:
        return known[named]
    folder = Path(named)
    if not isdir(folder):
        raise PackNotFound(f"there is no pack '{named[:80]}'; give a folder or one of: {', '.join(known)}")
    if not _is_pack(folder):
        raise PackNotFound(f"'{named}' is no pack: it has no pack.yaml")
    return folder


def read_policies(folder: Path) -> dict[str, bytes]:
    """Return the YAML files of a pack without its tests, by path as printed in problems."""
    others = (TESTS, PUBLISHED)
    return {_shown(path): _content(path) for path in _yaml(folder) if path.relative_to(folder).parts[0] not in others}


def read_tests(folder: Path, tests: str = TESTS) -> dict[str, bytes]:
    """Return the test files of a pack, or its published cases, by path as printed in problems."""
    return {_shown(path): _content(path) for path in _yaml(folder / tests)}


def _homes() -> tuple[Path, ...]:
    """Return the folders that hold packs: below the working directory, in the installed package, in the checkout."""
    here = Path(__file__).resolve().parent
    return (Path("policies"), here / "policies", here.parent / "policies")


def _known() -> dict[str, Path]:
    """Return the packs by name; those below the working directory take precedence."""
    homes = [home for home in _homes() if home.is_dir()]
    known = {folder.name: folder for home in reversed(homes) for folder in sorted(home.iterdir()) if _is_pack(folder)}
    return dict(sorted(known.items()))


def _is_pack(folder: Path) -> bool:
    return (folder / "pack.yaml").is_file()


def _yaml(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST_FILE)


def _shown(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
