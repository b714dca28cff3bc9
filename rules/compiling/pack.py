"""Define a pack: the frozen contents of a policy folder, with their digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rules.compiling.program import Program
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
