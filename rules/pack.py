"""A pack: everything that was read from one folder of policies, frozen, with the digest of what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from .language.derived import Derived
from .language.formats import Formats
from .language.parameter import Parameter
from .language.policy import Policy
from .language.sources import Article, Chain, Document
from .language.vocabulary import Vocabulary
from .language.words import Block
from .program import Program
from .values.calendar import Calendar


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """All of a pack, ready for deciding."""

    name: str
    jurisdiction: str
    currency: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    as_of: Chain
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
        """Return the document that governs what cites these articles: that of the first."""
        return self.documents[self.articles[source[0]].document] if source else None
