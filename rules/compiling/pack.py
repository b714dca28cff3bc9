"""Define a pack: the frozen contents of a policy folder, with their digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rules.compiling.program import BoundPolicy, Program
from rules.language.condition import FactOperand
from rules.language.derived import Derived
from rules.language.formats import Formats
from rules.language.parameter import Parameter
from rules.language.rule import Policy
from rules.language.sources import Article, Document, GoverningFacts
from rules.language.vocabulary import Vocabulary
from rules.language.words import Block
from rules.values.calendar import Calendar


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A compiled pack."""

    name: str
    jurisdiction: str
    currency: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    as_of: GoverningFacts
    digest: str
    vocabulary: Vocabulary
    derived: Mapping[str, Derived]
    parameters: Mapping[str, Parameter]
    documents: Mapping[str, Document]
    articles: Mapping[str, Article]
    calendar: Calendar
    formats: Formats
    filed_under: Mapping[str, str]
    limits: Mapping[str, Parameter]
    blocks: tuple[Block, ...]
    policies: tuple[Policy, ...]
    program: Program

    def document_of(self, source: tuple[str, ...]) -> Document | None:
        """Return the document of the first of these articles, which governs."""
        return self.documents[self.articles[source[0]].document] if source else None

    def policies_behind(self, answers: Iterable[str]) -> tuple[BoundPolicy, ...]:
        """Return the policies on which answers rest, directly or through other answers and derived facts."""
        makers, found, seen, waiting = self.program.makers, dict[int, BoundPolicy](), set[str](), list(answers)
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in makers:
                found[makers[name].position] = makers[name]
                waiting += [self.program.names[slot] for slot in makers[name].reads]
            elif name in self.derived:
                waiting += [one.name for one in self.derived[name].reads() if isinstance(one, FactOperand)]
        return tuple(found.values())
