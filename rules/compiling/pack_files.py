"""Sort the files of a pack by what they hold: parts, policies, and rules added to policies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rules.language.policy import Addition, PolicyHead, read_addition, read_head
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node
from rules.text.problem import Problem
from rules.text.reader import Reader
from rules.text.yaml_parser import read_yaml

PARTS: Final = ("pack", "vocabulary", "derived", "parameters", "sources", "calendar", "words", "left-out")
DEPENDENT_CODES: Final = {  # codes in other files that may follow from an unreadable file of this name
    "vocabulary": ("R203", "R209"),
    "derived": ("R203", "R209"),
    "parameters": ("R203", "R204", "R209"),
    "sources": ("R205",),
    "words": ("R209",),
    "policies": ("R203", "R209", "R215", "R306"),
}
SECTIONS: Final = {
    "vocabulary": ("facts",),
    "sources": ("documents", "articles"),
}  # a part without its section is unreadable
UNREADABLE: Final = ("R101", "R102", "R103", "R111", "R112")

Documents = Mapping[str, tuple[tuple[Node, ...], tuple[Problem, ...]]]  # by the path of their file


def parse(files: Mapping[str, bytes]) -> Documents:
    """Return the documents of each file, with their syntax problems."""
    return {path: read_yaml(content, path) for path, content in files.items()}


class PackFiles:
    """The documents of a pack's files; what cannot be read is reported while they are sorted."""

    def __init__(self, documents: Documents, reader: Reader) -> None:
        self.reader = reader
        self.parts: dict[str, Node] = {}
        self.drafts: list[PolicyHead] = []
        self.additions: list[Addition] = []
        for path in sorted(documents, key=lambda path: (path.count("/"), path)):
            self._sort(path, *documents[path])

    def _sort(self, path: str, documents: tuple[Node, ...], problems: tuple[Problem, ...]) -> None:
        self.reader.problems.extend(problems)
        stem = path.rpartition("/")[2].removesuffix(".yaml").removesuffix(".yml")
        part = stem if stem in PARTS else "policies"
        unread = any(problem.code in UNREADABLE for problem in problems)
        if unread if part == "policies" else _is_lost(part, documents):
            self.reader.ignored.update(DEPENDENT_CODES.get(part, ()))
        if part == "policies":
            for document in documents:
                self._take_policy(document)
        elif documents:
            self._take_part(stem, documents)

    def _take_policy(self, document: Node) -> None:
        addition = read_addition(document, self.reader)
        if addition is not None:
            self.additions.append(addition)
        elif (draft := read_head(document, self.reader)) is not None:
            self.drafts.append(draft)

    def _take_part(self, stem: str, documents: tuple[Node, ...]) -> None:
        if len(documents) > 1:
            self.reader.report(documents[1], "R107", f"{stem}.yaml is one document", "take the --- line out")
        first = self.parts.setdefault(stem, documents[0])
        if first is not documents[0]:
            message = f"{stem}.yaml is in the pack twice, first as {first.place.file}"
            self.reader.report(documents[0], "R214", message, "put both into one file")


def _is_lost(part: str, documents: tuple[Node, ...]) -> bool:
    """Return whether a part of the pack, or a required section of it, is unreadable."""
    if not documents or not isinstance(documents[0], MappingNode):
        return True
    return any(documents[0].get(section) is None for section in SECTIONS.get(part, ()))


def digest_of(files: Mapping[str, bytes], settings: Mapping[str, object] = MappingProxyType({})) -> str:
    """Return the digest of a pack's files and settings, independent of their folder."""
    digest = hashlib.sha256()
    for path, content in sorted(relative_paths(files).items()):
        digest.update(f"{path}\n{len(content)}\n".encode())
        digest.update(content)
    for name in sorted(settings):
        digest.update(f"{name}={settings[name]}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def relative_paths(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a pack's files by their paths relative to pack.yaml."""
    root = root_of(files)
    return {path.removeprefix(root): content for path, content in files.items()}


def root_of(files: Mapping[str, bytes]) -> str:
    """Return the folder that holds pack.yaml."""
    paths = [path for path in files if path.rpartition("/")[2] in ("pack.yaml", "pack.yml")]
    return min(paths, key=len, default="").rpartition("pack.")[0]
