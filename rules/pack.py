"""A pack: everything that was read from one folder of policies, frozen, with the digest of what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from .calendar import Calendar
from .derived import Derived
from .formats import Formats
from .parameter import Parameter
from .policy import Policy
from .program import Chain, Program
from .vocabulary import Vocabulary
from .words import Block


@dataclass(frozen=True, slots=True)
class Document:
    """A law, a platform's rules or a house rule, with the facts that give its governing day."""

    name: str
    title: Mapping[str, str]
    as_of: Chain


@dataclass(frozen=True, slots=True)
class Article:
    """One rule of a document, in our own words, with the grade of its source."""

    id: str
    document: str
    says: Mapping[str, str]
    grade: str


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
    blocks: tuple[Block, ...]
    policies: tuple[Policy, ...]
    program: Program

    def document_of(self, source: tuple[str, ...]) -> Document | None:
        """Return the document that governs what cites these articles: that of the first."""
        return self.documents[self.articles[source[0]].document] if source else None
