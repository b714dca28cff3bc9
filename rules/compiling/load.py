"""Load a pack: from the text of its files to a frozen Pack, or to all their problems."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.compiling.binding import Binder, dependents
from rules.compiling.encode import Encoder
from rules.compiling.pack import Pack
from rules.compiling.program import Program
from rules.language.contract import ANSWERS, WORD_SLOTS
from rules.language.dates import check_dates
from rules.language.declarations import declare_answers, declare_facts, declare_readable
from rules.language.derived import Derived, DerivedReader
from rules.language.filing import read_case_index, read_limits
from rules.language.forbidden_phrases import check_forbidden_phrases
from rules.language.formats import read_formats
from rules.language.names import Names
from rules.language.output import Items, Output, Record
from rules.language.parameter import Parameter, read_parameters, with_shop_settings
from rules.language.policy import Addition, PolicyHead, add_rules, read_addition, read_head, read_policy
from rules.language.rule import Policy
from rules.language.sources import GoverningFacts, check_left_out, governing_facts, read_governing_facts, read_sources
from rules.language.strata import Stratification, stratify
from rules.language.vocabulary import read_vocabulary
from rules.language.words import Block, read_words
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node
from rules.text.problem import Place, Problem, suggest
from rules.text.reader import Reader
from rules.text.yaml_parser import read_yaml
from rules.values.calendar import read_calendar
from rules.values.kind import Type

PARTS: Final = ("pack", "vocabulary", "derived", "parameters", "sources", "calendar", "words", "left-out")
PACK_KEYS: Final = (
    "pack", "title", "jurisdiction", "currency", "time_zone", "languages", "as_of", "formats", "never_say",
    "filed_under", "limits", "note",
)  # fmt: skip
REQUIRED: Final = ("pack", "currency", "time_zone", "languages")
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


def parse(files: Mapping[str, bytes]) -> Documents:
    """Return the documents of each file, with their syntax problems."""
    return {path: read_yaml(content, path) for path, content in files.items()}


class _Loader:
    def __init__(self, files: Mapping[str, bytes], settings: Mapping[str, object], documents: Documents) -> None:
        self.reader = Reader()
        self.files, self.settings, self.documents = files, settings, documents
        self.root = _root(files)
        self.parts: dict[str, Node] = {}
        self.drafts: list[PolicyHead] = []
        self.additions: list[Addition] = []
        for path in sorted(files, key=lambda path: (path.count("/"), path)):
            self._read_file(path)

    def _read_file(self, path: str) -> None:
        documents, problems = self.documents[path]
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

    def load(self) -> Pack | None:
        reader = self.reader
        where = Place(f"{self.root}pack.yaml", 1, 1)
        if "pack" not in self.parts:
            if where.file not in self.files:
                hint = "write its name, currency and time zone there"
                reader.report(where, "R106", "the pack has no pack.yaml", hint)
            return None
        head = reader.mapping(self.parts.get("pack"), PACK_KEYS, REQUIRED)
        if not head.keys() >= {"currency", "languages"}:
            return None  # amounts and texts cannot be checked
        currency = reader.text(head.get("currency")) or ""
        languages = reader.names(head.get("languages"))
        zone = self._zone(head.get("time_zone"))

        names = Names(currency)
        vocabulary = read_vocabulary(self.parts.get("vocabulary"), currency, reader)
        declare_facts(vocabulary, self.parts.get("vocabulary"), names, reader)
        documents, articles = read_sources(self.parts.get("sources"), names, reader)
        names.sources = frozenset(articles)
        parameters = read_parameters(self.parts.get("parameters"), names, reader)
        settings = {name: value for name, value in self.settings.items() if name not in names.faulty}
        parameters = with_shop_settings(parameters, settings, currency, reader)
        names.parameters = {name: parameter.type for name, parameter in parameters.items()}
        readable = declare_readable(parameters, names, reader)
        declare_answers(self.drafts, names, reader)
        derived = DerivedReader(self.parts.get("derived"), names, reader).read()
        blocks = read_words(self.parts.get("words"), reader, languages)
        names_of_blocks = frozenset(block.name for block in blocks)
        drafts = add_rules(self.drafts, self.additions, reader)
        policies = [read_policy(draft, names, names_of_blocks, reader) for draft in drafts]
        as_of = read_governing_facts(head.get("as_of"), names, reader)
        formats = read_formats(head.get("formats"), reader, languages, currency)
        calendar = read_calendar(self.parts.get("calendar"), reader, zone)
        check_left_out(self.parts.get("left-out"), reader)
        self._check_slots(blocks, policies, names)
        words = self.parts.get("words")
        check_forbidden_phrases(head.get("never_say"), words, blocks, vocabulary, policies, languages, reader)
        self._check_contract(policies, where)
        self._check_sources(names)
        check_dates(policies, parameters, reader)
        order = stratify(policies, derived, reader)
        if order is None:
            return None
        types = {**names.facts, **{name: vocabulary.facts[name].type for name in names.untestable}}
        filed_under = read_case_index(head.get("filed_under"), types, reader)
        limits = read_limits(head.get("limits"), parameters, reader)
        bound = _Compiler(types, parameters, derived, governing_facts(articles, documents, as_of))
        program = bound.program(order, readable, reader)
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
            vocabulary=vocabulary,
            derived=MappingProxyType(derived),
            parameters=MappingProxyType(parameters),
            documents=MappingProxyType(documents),
            articles=MappingProxyType(articles),
            calendar=calendar,
            formats=formats,
            filed_under=filed_under,
            limits=limits,
            blocks=blocks,
            policies=tuple(policies),
            program=program,
        )

    # ---- heads and names

    def _zone(self, node: Node | None) -> ZoneInfo:
        name = self.reader.text(node)
        try:
            return ZoneInfo(name) if name else ZoneInfo("UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            assert node is not None
            self.reader.report(node, "R210", f"there is no time zone '{name}'", "write one such as Asia/Shanghai")
            return ZoneInfo("UTC")

    # ---- checks over the whole

    def _check_contract(self, policies: list[Policy], where: Place) -> None:
        answered = {name for policy in policies for name in policy.answers}
        for name, contracted in ANSWERS.items():
            if contracted.required and name not in answered:
                hint = f"write a policy with answers: {{{name}: contract}}"
                self.reader.report(where, "R306", f"no policy answers '{name}', which settle needs", hint)

    def _check_sources(self, names: Names) -> None:
        if names.unsourced is not None:
            message = "rules cite sources, and the pack has none"
            self.reader.report(names.unsourced, "R205", message, "write the articles into sources.yaml")

    def _check_slots(self, blocks: tuple[Block, ...], policies: list[Policy], names: Names) -> None:
        known = {*names.facts, *names.untestable, *names.faulty, *_clock_names(policies), *WORD_SLOTS}
        words = self.parts.get("words")
        for block in blocks:
            for slot in block.slots:
                if slot not in known:
                    node = words.get(block.name) if words is not None and hasattr(words, "get") else None
                    hint = suggest(slot, known) or "use a fact, an answer or the name of a clock"
                    self.reader.report(node or Place(f"{self.root}words.yaml", 1, 1), "R209",
                                       f"the slot {{{slot}}} of '{block.name}' is unknown", hint)  # fmt: skip


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
    root = _root(files)
    return {path.removeprefix(root): content for path, content in files.items()}


def _root(files: Mapping[str, bytes]) -> str:
    """Return the folder that holds pack.yaml."""
    paths = [path for path in files if path.rpartition("/")[2] in ("pack.yaml", "pack.yml")]
    return min(paths, key=len, default="").rpartition("pack.")[0]


def _clock_names(policies: list[Policy]) -> set[str]:
    outputs = [rule.then["clock"] for policy in policies for rule in policy.rules if "clock" in rule.then]
    return {name for output in outputs for name in _names_in(output)}


def _names_in(output: Output) -> set[str]:
    if isinstance(output, Items):
        return {name for item in output.items for name in _names_in(item)}
    name = output.parts.get("name") if isinstance(output, Record) else None
    value = getattr(name, "value", None)
    return {value} if isinstance(value, str) else set()


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Compiles the policies of a pack into a program."""

    types: Mapping[str, Type]
    parameters: Mapping[str, Parameter]
    derived: Mapping[str, Derived]
    chain_of: Callable[[tuple[str, ...]], GoverningFacts]

    def program(self, order: Stratification, readable: Iterable[str], reader: Reader) -> Program:
        """Bind names to slots and encode rules for the engine."""
        binder = Binder(self.types, self.parameters, self.chain_of)
        for name in readable:
            binder.readable(name)
        derived = tuple(binder.derived(one) for one in self.derived.values())
        bound = tuple(
            binder.policy(policy, position, stratum) for position, (policy, stratum) in enumerate(order.policies)
        )
        strata = Encoder(binder, bound, reader).encode(order.strata)
        return Program(
            slots=MappingProxyType(binder.slots),
            types=MappingProxyType(binder.types),
            size=len(binder.slots),
            days=tuple((slot, chain) for chain, slot in binder.days.items()),
            sent=tuple((slot, name) for name, slot in binder.sent.items()),
            governed=tuple(binder.governed.values()),
            derived=derived,
            dependents=MappingProxyType(dependents(derived)),
            policies=bound,
            settle_at=order.settle_at,
            strata=strata,
            names=tuple(binder.slots),
            pairs=MappingProxyType(binder.pairs),
            makers=MappingProxyType({answer.name: policy for policy in bound for answer in policy.answers}),
        )
