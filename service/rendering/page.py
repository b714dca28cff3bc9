"""What a page about a recommendation has in common: its words, its rules, and their titles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.rendering.glossary import Glossary

Lines = Iterator[str]
Said = Mapping[str, Any]


class Page:
    """A recommendation and the words to lay it out in."""

    def __init__(self, recommendation: Said, words: Glossary) -> None:
        self.said, self.words = recommendation, words
        self.rules = recommendation["why"]["rules"]

    def title(self, answer: str, rule: str) -> str:
        """Return the title of a rule by the answer that it gave."""
        titles = (entry["title"] for entry in self.rules if entry["rule"] == rule and answer in entry["says"])
        return self.words.pick(next(titles, None))

    def of_issue(self, issue: int) -> str:
        """Name the issue where there are several."""
        if len(self.said["issues"]) < 2:
            return ""
        return self.words.line("issue", issue + 1) + self.words.term("line", "colon")

    def amount(self, kind: str, fen: int | None) -> str:
        """Say a kind of remedy with its amount, if there is one."""
        named = self.words.term("kind", kind)
        if fen is None:
            return named + self.words.line("extent", self.words.term("line", "open"))
        return self.words.line("amount", kind=named, money=self.words.money(fen)) if fen else named
