"""Load a pack: from the text of its files to a frozen Pack, or to all their problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.compiling.checks import (
    check_contract,
    check_options,
    check_questions,
    check_routing,
    check_slots,
    check_sources,
    known_slots,
)
from rules.compiling.compiler import Compiler
from rules.compiling.pack import Pack
from rules.compiling.pack_files import Documents, PackFiles, digest_of, parse, root_of
from rules.language.dates import check_dates
from rules.language.declarations import declare_answers, declare_facts, declare_readable
from rules.language.derived import Derived, DerivedReader
from rules.language.filing import read_case_index, read_limits
from rules.language.forbidden_phrases import check_forbidden_phrases, texts_for_customers
from rules.language.formats import read_formats
from rules.language.names import Names
from rules.language.parameter import Parameter, read_parameters, with_shop_settings
from rules.language.policy import add_rules, read_policy
from rules.language.rule import Policy
from rules.language.sources import (
    Article,
    Document,
    check_left_out,
    governing_facts,
    read_governing_facts,
    read_sources,
)
from rules.language.strata import stratify
from rules.language.vocabulary import Vocabulary, read_vocabulary
from rules.language.words import Block, read_words
from rules.text.nodes import Node
from rules.text.problem import Place, Problem
from rules.text.reader import Reader
from rules.values.calendar import read_calendar

PACK_KEYS: Final = (
    "pack", "title", "jurisdiction", "currency", "time_zone", "languages", "as_of", "formats", "never_say",
    "filed_under", "limits", "note",
)  # fmt: skip
REQUIRED: Final = ("pack", "currency", "time_zone", "languages")


def load(
    files: Mapping[str, bytes],
    settings: Mapping[str, object] = MappingProxyType({}),
    documents: Documents | None = None,
) -> tuple[Pack | None, tuple[Problem, ...]]:
    """Load a pack from its files by path, without `cases/`; with any problem no pack is returned.

    `settings` are values of parameters with shop_sets, written as in parameters.yaml. `documents` are the parsed files,
    for a caller that loads a pack with several settings and parses it once.
    """
    loader = _Loader(files, settings, parse(files) if documents is None else documents)
    pack = loader.load()
    reader = loader.reader
    problems = tuple(sorted({problem for problem in reader.problems if problem.code not in reader.ignored}))
    return (None if problems else pack), problems


@dataclass(frozen=True, slots=True)
class _Declared:
    """What the policies of a pack may name: facts, sources, parameters, answers and derived facts."""

    names: Names
    vocabulary: Vocabulary
    documents: Mapping[str, Document]
    articles: Mapping[str, Article]
    parameters: dict[str, Parameter]
    readable: list[str]
    derived: dict[str, Derived]


class _Loader:
    def __init__(self, files: Mapping[str, bytes], settings: Mapping[str, object], documents: Documents) -> None:
        self.reader = Reader()
        self.files, self.settings = files, settings
        self.root = root_of(files)
        self.sorted = PackFiles({path: documents[path] for path in files}, self.reader)
        self.parts = self.sorted.parts

    def load(self) -> Pack | None:
        """Return the pack; None where it cannot be read to the end."""
        reader, parts = self.reader, self.parts
        head = self._head()
        if not head.keys() >= {"currency", "languages"}:
            return None  # amounts and texts cannot be checked
        currency = reader.text(head.get("currency")) or ""
        languages = reader.names(head.get("languages"))
        zone = self._zone(head.get("time_zone"))
        declared = self._declare(currency)
        names = declared.names
        blocks = read_words(parts.get("words"), reader, languages)
        policies = self._policies(names, blocks)
        as_of = read_governing_facts(head.get("as_of"), names, reader)
        formats = read_formats(head.get("formats"), reader, languages, currency)
        calendar = read_calendar(parts.get("calendar"), reader, zone)
        check_left_out(parts.get("left-out"), reader)
        texts = texts_for_customers(parts.get("words"), blocks, declared.vocabulary, policies)
        check_forbidden_phrases(head.get("never_say"), texts, languages, reader)
        self._check(declared, blocks, policies)
        order = stratify(policies, declared.derived, reader)
        if order is None:
            return None
        types = {**names.facts, **{name: declared.vocabulary.facts[name].type for name in names.untestable}}
        filed_under = read_case_index(head.get("filed_under"), types, reader)
        limits = read_limits(head.get("limits"), declared.parameters, reader)
        governing = governing_facts(declared.articles, declared.documents, as_of)
        compiler = Compiler(types, declared.parameters, declared.derived, governing)
        program = compiler.program(order, declared.readable, reader)
        if reader.problems:
            return None
        return Pack(
            name=reader.text(head.get("pack")) or "",
            jurisdiction=reader.text(head.get("jurisdiction")) or "",
            currency=currency,
            zone=zone,
            languages=languages,
            as_of=as_of,
            digest=digest_of(self.files, self.settings),
            vocabulary=declared.vocabulary,
            derived=MappingProxyType(declared.derived),
            parameters=MappingProxyType(declared.parameters),
            documents=MappingProxyType(declared.documents),
            articles=MappingProxyType(declared.articles),
            calendar=calendar,
            formats=formats,
            filed_under=filed_under,
            limits=limits,
            blocks=blocks,
            policies=tuple(policies),
            program=program,
        )

    def _place(self, file: str) -> Place:
        return Place(f"{self.root}{file}", 1, 1)

    def _head(self) -> dict[str, Node]:
        """Return the keys of pack.yaml."""
        if "pack" not in self.parts:
            where = self._place("pack.yaml")
            if where.file not in self.files:
                hint = "write its name, currency and time zone there"
                self.reader.report(where, "R106", "the pack has no pack.yaml", hint)
            return {}
        return self.reader.mapping(self.parts["pack"], PACK_KEYS, REQUIRED)

    def _zone(self, node: Node | None) -> ZoneInfo:
        name = self.reader.text(node)
        try:
            return ZoneInfo(name) if name else ZoneInfo("UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            assert node is not None
            self.reader.report(node, "R210", f"there is no time zone '{name}'", "write one such as Asia/Shanghai")
            return ZoneInfo("UTC")

    def _declare(self, currency: str) -> _Declared:
        reader, parts = self.reader, self.parts
        names = Names(currency)
        vocabulary = read_vocabulary(parts.get("vocabulary"), currency, reader)
        declare_facts(vocabulary, parts.get("vocabulary"), names, reader)
        documents, articles = read_sources(parts.get("sources"), names, reader)
        names.sources = frozenset(articles)
        parameters = read_parameters(parts.get("parameters"), names, reader)
        settings = {name: value for name, value in self.settings.items() if name not in names.faulty}
        parameters = with_shop_settings(parameters, settings, currency, reader)
        names.parameters = {name: parameter.type for name, parameter in parameters.items()}
        readable = declare_readable(parameters, names, reader)
        declare_answers(self.sorted.drafts, names, reader)
        derived = DerivedReader(parts.get("derived"), names, reader).read()
        return _Declared(names, vocabulary, documents, articles, parameters, readable, derived)

    def _policies(self, names: Names, blocks: tuple[Block, ...]) -> list[Policy]:
        block_names = frozenset(block.name for block in blocks)
        drafts = add_rules(self.sorted.drafts, self.sorted.additions, self.reader)
        return [read_policy(draft, names, block_names, self.reader) for draft in drafts]

    def _check(self, declared: _Declared, blocks: tuple[Block, ...], policies: list[Policy]) -> None:
        """Report what only the whole pack shows."""
        names = declared.names
        words = self.parts.get("words") or self._place("words.yaml")
        check_slots(words, blocks, known_slots(names, policies), self.reader)
        check_contract(policies, self._place("pack.yaml"), self.reader)
        check_sources(names, self.reader)
        if not self.reader.problems:  # a rule that cannot be read would seem to read nothing
            check_options(policies, self.reader)
            check_questions(declared.vocabulary, self.reader)
            besides = {slot for block in blocks for slot in block.slots}
            besides |= {name for document in declared.documents.values() for name in document.as_of}
            check_routing(policies, declared.vocabulary, declared.derived, besides, self.reader)
        check_dates(policies, declared.parameters, self.reader)
