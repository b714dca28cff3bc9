"""Load a pack: from the text of its files to a frozen Pack, or to everything that is wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .calendar import read_calendar
from .contract import ANSWERS, GIVEN, WORD_SLOTS
from .derived import DerivedReader
from .encode import Encoder
from .formats import read_formats
from .kind import Type
from .names import Names
from .pack import Article, Document, Pack
from .parameter import read_parameters
from .policy import Draft, Policy, read_draft, read_policy
from .problem import Place, Problem, suggest
from .program import Binder, Chain, Program, dependents
from .saying import Items, Record, Saying
from .shape import Reader
from .source import Node, Scalar, read
from .strata import arrange
from .vocabulary import read_vocabulary
from .words import Block, read_words

PARTS: Final = ("pack", "vocabulary", "derived", "parameters", "sources", "calendar", "words")
PACK_KEYS: Final = (
    "pack", "title", "jurisdiction", "currency", "time_zone", "languages", "as_of", "formats", "note",
)  # fmt: skip
GRADES: Final = ("A", "B", "C", "D", "E", "S")
SUBMITTED: Final = "submitted_at"
DECIDED: Final = "at"
IMPLIED: Final = MappingProxyType({SUBMITTED: Type("instant"), DECIDED: Type("instant")})


def load(
    files: Mapping[str, bytes], settings: Mapping[str, object] = MappingProxyType({})
) -> tuple[Pack | None, tuple[Problem, ...]]:
    """Read a pack from its files by path, `cases/` left out; a pack with any problem is not returned.

    `settings` are values that a shop sets for parameters marked so, written as in parameters.yaml.
    """
    loader = _Loader(files, settings)
    pack = loader.load()
    problems = tuple(sorted(set(loader.reader.problems)))
    return (None if problems else pack), problems


class _Loader:
    def __init__(self, files: Mapping[str, bytes], settings: Mapping[str, object]) -> None:
        self.reader = Reader()
        self.files, self.settings = files, settings
        self.root = _root(files)
        self.parts: dict[str, Node] = {}
        self.drafts: list[Draft] = []
        for path in sorted(files):
            self._read_file(path)

    def _read_file(self, path: str) -> None:
        documents, problems = read(self.files[path], path)
        self.reader.problems.extend(problems)
        stem = path.rpartition("/")[2].removesuffix(".yaml").removesuffix(".yml")
        if stem in PARTS:
            if len(documents) > 1:
                self.reader.report(documents[1], "R107", f"{stem}.yaml is one document", "take the --- line out")
            if documents:
                self.parts[stem] = documents[0]
        else:
            drafts = (read_draft(document, self.reader) for document in documents)
            self.drafts += [draft for draft in drafts if draft is not None]

    def load(self) -> Pack | None:
        reader = self.reader
        where = Place(f"{self.root}pack.yaml", 1, 1)
        if "pack" not in self.parts:
            reader.report(where, "R106", "the pack has no pack.yaml", "write its name, currency and time zone there")
        head = reader.mapping(self.parts.get("pack"), PACK_KEYS, ("pack", "currency", "time_zone", "languages"))
        currency = reader.text(head.get("currency")) or ""
        languages = reader.names(head.get("languages")) if "languages" in head else ()
        zone = self._zone(head.get("time_zone"))

        names = Names(currency)
        vocabulary = read_vocabulary(self.parts.get("vocabulary"), currency, reader)
        for name, fact in vocabulary.facts.items():
            if fact.carried or fact.retired:
                names.untestable[name] = "carried: it fills words and decides nothing" if fact.carried else "retired"
            else:
                names.facts[name] = fact.type
        names.asked = frozenset(names.facts)
        names.facts = {**IMPLIED, **names.facts, **GIVEN}
        documents, articles = self._sources(names)
        names.sources = frozenset(articles)
        parameters = read_parameters(self.parts.get("parameters"), self._setting_nodes(), names, reader)
        names.parameters = {name: parameter.type for name, parameter in parameters.items()}
        for name, parameter in parameters.items():
            if parameter.shop_sets:
                names.facts.setdefault(name, parameter.type)
        self._declare_answers(names)
        derived = DerivedReader(self.parts.get("derived"), names, reader).read()
        blocks = read_words(self.parts.get("words"), reader, languages)
        names_of_blocks = frozenset(block.name for block in blocks)
        policies = [read_policy(draft, names, names_of_blocks, reader) for draft in self.drafts]
        as_of = self._chain(head.get("as_of"), names)
        formats = read_formats(head.get("formats"), reader, languages, currency)
        calendar = read_calendar(self.parts.get("calendar"), reader, zone)
        self._check_slots(blocks, policies, names)
        self._check_contract(policies, where)
        if reader.problems:
            return None
        types = {**names.facts, **{name: vocabulary.facts[name].type for name in names.untestable}}
        chains = {document.name: document.as_of for document in documents.values()}
        program = _bind(types, parameters, derived, policies, articles, chains, as_of, reader)
        if program is None:
            return None
        return Pack(
            name=reader.text(head.get("pack")) or "",
            jurisdiction=reader.text(head.get("jurisdiction")) or "",
            currency=currency,
            zone=zone,
            languages=languages,
            as_of=as_of,
            digest=self._digest(),
            vocabulary=vocabulary,
            derived=MappingProxyType(derived),
            parameters=MappingProxyType(parameters),
            documents=MappingProxyType(documents),
            articles=MappingProxyType(articles),
            calendar=calendar,
            formats=formats,
            blocks=blocks,
            policies=tuple(policies),
            program=program,
        )

    # ---- heads and sources

    def _zone(self, node: Node | None) -> ZoneInfo:
        name = self.reader.text(node)
        try:
            return ZoneInfo(name) if name else ZoneInfo("UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            assert node is not None
            self.reader.report(node, "R210", f"there is no time zone '{name}'", "write one such as Asia/Shanghai")
            return ZoneInfo("UTC")

    def _chain(self, node: Node | None, names: Names) -> Chain:
        """Read the facts that give a governing day; the last resort is always the day of submission."""
        chain = [SUBMITTED] if node is None else []
        for name_node in getattr(node, "items", (node,)) if node is not None else ():
            name = names.fact(name_node, self.reader)
            if name is not None and names.facts[name].kind not in ("instant", "date"):
                self.reader.report(
                    name_node, "R207", f"'{name}' is no date and governs nothing", "name an instant or a date"
                )
            elif name is not None:
                chain.append(name)
        return tuple(dict.fromkeys((*chain, SUBMITTED)))

    def _sources(self, names: Names) -> tuple[dict[str, Document], dict[str, Article]]:
        parts = self.reader.mapping(self.parts.get("sources"), ("documents", "articles"), ("documents", "articles"))
        documents = {}
        for key, body in self.reader.pairs(parts.get("documents")):
            inner = self.reader.mapping(body, ("title", "as_of", "note"), ("title",))
            title = self.reader.texts(inner.get("title"))
            documents[key.text] = Document(key.text, title, self._chain(inner.get("as_of"), names))
        articles = {}
        for key, body in self.reader.pairs(parts.get("articles")):
            inner = self.reader.mapping(body, ("document", "says", "grade", "note"), ("document", "says"))
            document = self.reader.text(inner.get("document"))
            if document is not None and document not in documents:
                hint = suggest(document, documents) or "add it under documents"
                self.reader.report(inner["document"], "R205", f"unknown document '{document}'", hint)
            grade = self.reader.choice(inner.get("grade"), GRADES) or ""
            articles[key.text] = Article(key.text, document or "", self.reader.texts(inner.get("says")), grade)
        return documents, articles

    def _setting_nodes(self) -> dict[str, Node]:
        place = Place("settings", 1, 1)
        return {
            name: value if isinstance(value, Node) else Scalar(place, value, str(value))  # type: ignore[arg-type]
            for name, value in self.settings.items()
        }

    def _declare_answers(self, names: Names) -> None:
        given_by: dict[str, Draft] = {}
        for draft in self.drafts:
            for answer in draft.answers.values():
                other = given_by.setdefault(answer.name, draft)
                if other is not draft:
                    message = f"'{answer.name}' is answered by policy '{other.name}' too ({other.place})"
                    self.reader.report(answer.place, "R208", message, "one policy an answer")
                elif answer.name in names.facts or answer.name in names.untestable:
                    hint = "give the answer a name of its own"
                    self.reader.report(answer.place, "R214", f"'{answer.name}' is a fact already", hint)
                else:
                    listed = answer.collected and answer.type.kind != "list"
                    names.facts[answer.name] = Type("list", item=answer.type) if listed else answer.type

    # ---- checks over the whole

    def _check_contract(self, policies: list[Policy], where: Place) -> None:
        answered = {name for policy in policies for name in policy.answers}
        for name, contracted in ANSWERS.items():
            if contracted.required and name not in answered:
                hint = f"write a policy with answers: {{{name}: contract}}"
                self.reader.report(where, "R306", f"no policy answers '{name}', which settling needs", hint)

    def _check_slots(self, blocks: tuple[Block, ...], policies: list[Policy], names: Names) -> None:
        known = {*names.facts, *names.untestable, *_clock_names(policies), *WORD_SLOTS}
        words = self.parts.get("words")
        for block in blocks:
            for slot in block.slots:
                if slot not in known:
                    node = words.get(block.name) if words is not None and hasattr(words, "get") else None
                    hint = suggest(slot, known) or "use a fact, an answer or the name of a clock"
                    self.reader.report(node or Place(f"{self.root}words.yaml", 1, 1), "R209",
                                       f"nothing fills the slot {{{slot}}} of '{block.name}'", hint)  # fmt: skip

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self.files):
            digest.update(f"{path.removeprefix(self.root)}\n{len(self.files[path])}\n".encode())
            digest.update(self.files[path])
        for name in sorted(self.settings):
            digest.update(f"{name}={self.settings[name]}\n".encode())
        return f"sha256:{digest.hexdigest()}"


def _root(files: Mapping[str, bytes]) -> str:
    """Return the folder that holds pack.yaml, so that a digest does not hang on where a pack lies."""
    paths = [path for path in files if path.rpartition("/")[2] in ("pack.yaml", "pack.yml")]
    return min(paths, key=len, default="").rpartition("pack.")[0]


def _clock_names(policies: list[Policy]) -> set[str]:
    sayings = [rule.then["clock"] for policy in policies for rule in policy.rules if "clock" in rule.then]
    return {name for saying in sayings for name in _names_said(saying)}


def _names_said(saying: Saying) -> set[str]:
    if isinstance(saying, Items):
        return {name for item in saying.items for name in _names_said(item)}
    name = saying.parts.get("name") if isinstance(saying, Record) else None
    value = getattr(name, "value", None)
    return {value} if isinstance(value, str) else set()


def _bind(
    types: Mapping[str, Type],
    parameters: Mapping[str, object],
    derived: Mapping[str, object],
    policies: list[Policy],
    articles: Mapping[str, Article],
    chains: Mapping[str, Chain],
    as_of: Chain,
    reader: Reader,
) -> Program | None:
    """Give every name its slot and every policy its place in the order of work."""

    def chain_of(source: tuple[str, ...]) -> Chain:
        return chains[articles[source[0]].document] if source else as_of

    order = arrange(policies, derived, reader)  # type: ignore[arg-type]
    if order is None:
        return None
    binder = Binder(types, parameters, chain_of)  # type: ignore[arg-type]
    bound_derived = tuple(binder.derived(one) for one in derived.values())  # type: ignore[arg-type]
    bound = tuple(binder.policy(policy, position, stratum) for position, (policy, stratum) in enumerate(order.policies))
    encoded = Encoder(binder, bound, reader).encode(order.strata)
    return Program(
        slots=MappingProxyType(binder.slots),
        types=MappingProxyType(binder.types),
        size=len(binder.slots),
        days=tuple((slot, chain) for chain, slot in binder.days.items()),
        sent=tuple((slot, name) for name, slot in binder.sent.items()),
        governed=tuple(binder.governed.values()),
        derived=bound_derived,
        dependents=MappingProxyType(dependents(bound_derived)),
        policies=bound,
        settle_at=order.settle_at,
        strata=encoded,
        names=tuple(binder.slots),
        makers=MappingProxyType({answer.name: policy for policy in bound for answer in policy.answers}),
    )
