"""What loading refuses, and where it says so; each fault stands in a file named by it."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.compiling.load import load
from rules.language.codes import CODES
from tests.support.base_packs import BARE, GOOD, PACKS
from tests.support.budget import budget

FAULTS = PACKS / "faulty"
EXPECTED = re.compile(r"^# expect: (\S+):(\d+):(\d+) (R\d{3}) ?(.*)$", re.MULTILINE)


def files_of(path: Path) -> dict[str, bytes]:
    """Return a fault's own files: one policy, or the files of a folder."""
    if path.is_file():
        return {path.name: path.read_bytes()}
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in sorted(path.rglob("*.yaml"))}


@pytest.mark.parametrize("path", sorted(FAULTS.iterdir()), ids=lambda path: path.stem)
def test_a_fault_is_reported_at_its_position(path: Path) -> None:
    """A file is added to a good pack; a folder is laid over the least that is a pack."""
    files = files_of(path)
    expected = [found for content in files.values() for found in EXPECTED.findall(content.decode())]
    pack, problems = load({**(GOOD if path.is_file() else BARE), **files})
    assert pack is None
    reported = sorted((p.place.file, p.place.line, p.place.column, p.code) for p in problems)
    assert reported == sorted((file, int(line), int(column), code) for file, line, column, code, _ in expected)
    for file, line, column, code, words in expected:
        assert any(str(p).startswith(f"{file}:{line}:{column}: {code} ") and words in str(p) for p in problems)


def test_twelve_faults_in_one_folder_are_all_reported_at_once() -> None:
    files = files_of(PACKS / "twelve-faults")
    expected = [found for content in files.values() for found in EXPECTED.findall(content.decode())]
    assert len({code for *_, code, _ in expected}) == len(expected) == 12
    pack, problems = load(files)
    assert pack is None
    assert [(p.place.file, p.place.line, p.place.column, p.code) for p in problems] == sorted(
        (file, int(line), int(column), code) for file, line, column, code, _ in expected
    )


# ---- what is taken


def test_a_good_pack_has_no_problems() -> None:
    pack, problems = load(GOOD)
    assert problems == ()
    assert pack is not None
    assert (pack.name, pack.currency, pack.zone.key, pack.languages) == ("bicycles", "EUR", "Europe/Berlin", ("en",))
    assert pack.as_of == ("order.paid_at", "submitted_at")
    assert [policy.name for policy in pack.policies] == ["cause", "discount", "remedy", "who", "say"]
    assert pack.articles["LAW-1"].grade == "A"
    assert pack.documents["law"].as_of == ("order.paid_at", "submitted_at")
    assert pack.documents["house"].as_of == ("submitted_at",)
    law = pack.document_of(("LAW-1", "HOUSE-1"))
    assert law is pack.documents["law"]
    assert pack.document_of(()) is None


def test_the_least_that_is_a_pack_loads() -> None:
    assert load(BARE)[1] == ()


def test_policies_may_lie_in_folders() -> None:
    files = {f"shop/{'more/deep/' if name == 'remedy.yaml' else ''}{name}": content for name, content in GOOD.items()}
    pack, problems = load(files)
    assert problems == ()
    assert pack is not None
    assert len(pack.policies) == 5


# ---- what is missing


@pytest.mark.parametrize(
    ("left_out", "codes"),
    [
        ("pack.yaml", ["R106"]),
        ("sources.yaml", ["R205"]),  # once, however many rules cite
        ("words.yaml", ["R209"]),
        ("derived.yaml", []),
        ("calendar.yaml", []),
    ],
)
def test_a_file_that_is_not_there_is_missed_where_it_is_needed(left_out: str, codes: list[str]) -> None:
    problems = load({name: content for name, content in GOOD.items() if name != left_out})[1]
    assert [problem.code for problem in problems] == codes


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("content", [b"a: [", b"\ta: 1", b"", b"\xff", b"# nothing"])
def test_an_unreadable_file_is_reported_without_its_consequences(name: str, content: bytes) -> None:
    pack, problems = load({**GOOD, name: content})
    assert pack is None
    assert [problem.place.file for problem in problems if problem.code in ("R101", "R102", "R103", "R110")] == [name]
    if content not in (b"", b"# nothing"):
        assert [problem for problem in problems if problem.code in ("R203", "R204", "R205", "R209", "R306")] == []


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("vocabulary.yaml", b"facts:"),
        ("sources.yaml", b"documents:"),
        ("sources.yaml", b"articles:"),
        ("pack.yaml", b"currency:"),
        ("pack.yaml", b"languages:"),
    ],
)
def test_a_misspelt_section_is_reported_without_its_consequences(name: str, section: bytes) -> None:
    content = re.sub(b"^" + section, b"zz" + section, GOOD[name], flags=re.MULTILINE)
    assert content != GOOD[name]
    reported = [(problem.place.file, problem.code) for problem in load({**GOOD, name: content})[1]]
    assert sorted(reported) == [(name, "R105"), (name, "R106")]


def test_no_suggestion_is_looked_for_that_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stray colon in a vocabulary of 500 facts made thousands of words unknown, and `redress check` take a minute."""
    monkeypatch.delattr("rules.language.names.suggest")
    (problem,) = load({**GOOD, "vocabulary.yaml": GOOD["vocabulary.yaml"] + b"a: b: c\n"})[1]
    assert (problem.place.file, problem.code) == ("vocabulary.yaml", "R101")


def test_nothing_at_all_is_no_pack() -> None:
    (problem,) = load({})[1]
    assert str(problem).startswith("pack.yaml:1:1: R106 the pack has no pack.yaml")


def test_the_place_of_a_missing_pack_file_is_its_folder() -> None:
    (problem,) = load({f"a/b/{name}": text for name, text in BARE.items()} | {"a/b/pack.yaml": b"x: ["})[1]
    assert problem.place.file == "a/b/pack.yaml"


# ---- the digest


def digest(files: dict[str, bytes], **settings: object) -> str:
    pack, problems = load(files, settings)
    assert problems == ()
    assert pack is not None
    return pack.digest


def test_the_digest_goes_by_what_is_written_and_not_by_where_it_lies() -> None:
    assert digest(GOOD) == digest(dict(reversed(GOOD.items())))
    assert digest(GOOD) == digest({f"some/where/{name}": content for name, content in GOOD.items()})
    assert digest(GOOD) != digest({**GOOD, "cause.yaml": GOOD["cause.yaml"] + b"# x"})
    assert digest(GOOD) != digest({name.replace("cause", "causes"): content for name, content in GOOD.items()})
    assert digest(GOOD) != digest(GOOD, **{"shop.pays": "all"})


# ---- whatever is written

PIECES = [
    b"[]", b"{}", b"~", b"''", b"0", b"-1", b"0.5", b"true", b"no", b"x", b"issue.kind", b"damage", b"3 EUR",
    b"contract", b"{fact: issue.kind}", b"{parameter: reply.days}", b"{one_of: [a]}", b"[a, [b]]", b"2026-01-01",
    b"{a: {b: c}}", b"remedy", b"settle", b"number", b"{list_of: {a: text}}", b"{shares_of: [a]}", b"- x", b"\n", b": ",
]  # fmt: skip
WORD = re.compile(rb"(?<=[ \[{,])[\w.'-]+(?=[ \],}:\n])")


@settings(max_examples=budget(60, 1_500), suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_text_breaks_loading(data: st.DataObject) -> None:
    """Words of a good pack are replaced by others; what comes of it is a pack or problems, each with its place."""
    files = dict(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted(files)))
        words = list(WORD.finditer(files[name]))
        if words:
            word = data.draw(st.sampled_from(words))
            other = data.draw(st.sampled_from(PIECES) | st.sampled_from([one[0] for one in words]))
            files[name] = files[name][: word.start()] + other + files[name][word.end() :]
    pack, problems = load(files)
    assert (pack is None) is bool(problems)
    assert list(problems) == sorted(set(problems))
    for problem in problems:
        assert problem.code in CODES
        assert problem.message
        assert problem.place.file in (*files, "settings")
        assert 1 <= problem.place.line <= files[problem.place.file].count(b"\n") + 1


@settings(max_examples=budget(20, 400))
@given(
    st.sampled_from(sorted(GOOD)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ),
)
def test_no_tree_breaks_loading(name: str, tree: object) -> None:
    pack, problems = load({**GOOD, name: json.dumps(tree).encode()})
    assert (pack is None) is bool(problems)


def test_rules_that_another_file_adds_belong_to_the_policy() -> None:
    """They may be exceptions to its rules, follow a source of their own, and stand before or behind it."""
    added = b"adds_to: cause\nsource: LAW-1\nrules: [{id: padded, exception_to: ridden, when: {issue.share: 0}}]\n"
    for name in ("a-added.yaml", "z-added.yaml"):
        pack, problems = load({**GOOD, name: added})
        assert problems == ()
        assert pack is not None
        cause = next(policy for policy in pack.policies if policy.name == "cause")
        assert [rule.id for rule in cause.rules] == ["damaged", "ridden", "padded"]
        assert cause.rules[2].source == ("LAW-1",)
        assert [cause.rules[at].id for at in cause.rules[2].parents] == ["ridden"]


def test_what_two_files_say_against_each_other_names_both() -> None:
    ring = b"adds_to: cause\nrules: [{id: %s, exception_to: %s, when: {issue.ridden: true}}]\n"
    twin = b"adds_to: cause\nrules: [{id: damaged, when: {}, then: {cause: riding}}]\n"
    problems = load({**GOOD, "a.yaml": ring % (b"one", b"two"), "b.yaml": ring % (b"two", b"one"), "c.yaml": twin})[1]
    assert [str(problem).partition(" (give")[0] for problem in problems] == [
        "a.yaml:2:33: R302 'one' and 'two' (b.yaml:2) are exceptions in a cycle (remove one exception_to)",
        "b.yaml:2:33: R302 'two' and 'one' (a.yaml:2) are exceptions in a cycle (remove one exception_to)",
        "c.yaml:2:14: R303 rule 'damaged' is also at cause.yaml:5",
    ]


def test_a_pack_says_what_it_meets_and_what_it_leaves_out() -> None:
    rule = (
        b"adds_to: cause\nrules: [{id: more, meets: [S-1, S-2], when: {issue.kind: damage}, then: {cause: riding}}]\n"
    )
    out = b"A-1: {why: {en: A fine decides nothing.}, kept_by: service}\n"
    pack, problems = load({**GOOD, "more.yaml": rule, "left-out.yaml": out})
    assert problems == ()
    assert pack is not None
    assert {r.id: r.meets for policy in pack.policies for r in policy.rules if r.meets} == {"more": ("S-1", "S-2")}
