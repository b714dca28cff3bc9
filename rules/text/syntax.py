"""Explain errors of the YAML parser to policy editors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yaml.error import Mark, MarkedYAMLError

_GENERAL = "the syntax is invalid; check the indentation, quotes and brackets of this line and the line above"
_INDENT = "this line is not indented like the lines that it belongs to; indent it alike"
_CLOSED = "this follows text that is already closed; double a quote inside quoted text, or use the other quotes"
_NO_KEY = "a key is missing before this ':'; write it, or put the text in quotes"
_KEY_OR_ITEM = re.compile(r":(\s|$)|^\s*(-\s|#)|^(---|\.\.\.)")
_INDICATOR = re.compile(r"'([],}\[{:?-])'")


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Hold one syntax error; line and column count from 0, inside the text that was parsed."""

    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    other: tuple[int, int] | None = None  # the position at the end of the message


def syntax_faults(error: MarkedYAMLError, text: str) -> list[SyntaxFault]:
    """Return what stopped the parser, or its cause where that is clear."""
    lines = text.split("\n")
    at = error.problem_mark or error.context_mark
    assert at is not None
    directive = next((number for number in range(at.line + 1) if lines[number].startswith("%")), None)
    if directive is not None:
        return [SyntaxFault(directive, 0, "R109", "a line that begins with '%' is not allowed; delete it")]
    return _tabs(at, lines) or _wide(at, lines) or [_explain(error, at, lines)]


def _tabs(at: Mark, lines: list[str]) -> list[SyntaxFault]:
    """Report the tab that stopped the parser and every later line that begins with a tab."""
    stop = lines[at.line]
    column = at.column if stop[at.column : at.column + 1] == "\t" else _indentation(stop).find("\t")
    if column < 0:
        return []
    places = [(at.line, column)]
    places += [(number, 0) for number in range(at.line + 1, len(lines)) if lines[number].startswith("\t")]
    return [SyntaxFault(*place, "R102", "there is a tab here; use spaces instead") for place in places]


def _wide(at: Mark, lines: list[str]) -> list[SyntaxFault]:
    found = re.search(r"[^\S\t ]", _indentation(lines[at.line]))
    if not found:
        return []
    return [
        SyntaxFault(
            at.line,
            found.start(),
            "R102",
            "there is a full-width or non-breaking space here; use plain spaces to indent",
        )
    ]


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _explain(error: MarkedYAMLError, at: Mark, lines: list[str]) -> SyntaxFault:
    context, problem = error.context or "", error.problem or ""
    began = error.context_mark or at
    if problem == "mapping values are not allowed here":
        return _stray_colon(at, lines)
    if problem == "could not find expected ':'":
        return _no_colon(began.line, began.column, lines[began.line])
    if "quoted scalar" in context and ("end of stream" in problem or "document separator" in problem):
        return _fault(began, "the quote that opens here is never closed; close it")
    if problem.startswith("expected the node content"):
        return _no_value(problem, at)
    if context in ("while parsing a flow sequence", "while parsing a flow mapping"):
        return _bracket(problem, began, at)
    if problem.startswith("expected <block end>"):
        return _block(problem, began, at, lines[at.line])
    return _by_words(context, problem, began, at, lines)


def _stray_colon(at: Mark, lines: list[str]) -> SyntaxFault:
    if re.search(r":\s", lines[at.line][: at.column]):
        return _fault(at, "there is a second ':' in this line; put the text in quotes if the ':' belongs to it")
    above = next((number for number in range(at.line - 1, -1, -1) if lines[number].strip()), None)
    if above is not None and not _KEY_OR_ITEM.search(lines[above]):
        return _no_colon(above, len(_indentation(lines[above])), lines[above])
    return _fault(at, "a ':' is not expected here; indent the line like its neighbours, or put the text in quotes")


def _no_colon(number: int, column: int, line: str) -> SyntaxFault:
    hint = ""
    if "：" in line:
        hint = "the colon is a full-width '：'"
    elif re.search(r"\w:\S", line):
        hint = "a space is missing after ':'"
    return SyntaxFault(number, column, "R101", "a key and a value need ': ' between them; write it", hint)


def _bracket(problem: str, began: Mark, at: Mark) -> SyntaxFault:
    opening, closing = ("[", "]") if "']'" in problem else ("{", "}")
    if "<stream end>" in problem or "<document" in problem:
        return _fault(began, f"the '{opening}' that opens here is never closed; close it with '{closing}'")
    return _fault(at, f"a ',' or '{closing}' is missing before this; the '{opening}' opens at", other=began)


def _block(problem: str, began: Mark, at: Mark, line: str) -> SyntaxFault:
    stray = _INDICATOR.search(problem)
    if stray and stray[1] in "]},":
        return _fault(at, f"this '{stray[1]}' follows a closed bracket; put text with brackets in quotes")
    if stray and stray[1] == ":":
        return _fault(at, _NO_KEY)
    if line[: at.column].strip(" -?"):
        return _fault(at, _CLOSED)
    if at.column != began.column:
        return _fault(at, f"{_INDENT}; they begin at", other=began)
    return _fault(
        at, "keys and list items are mixed here; begin each line with '- ' or none; they begin at", other=began
    )


def _by_words(context: str, problem: str, began: Mark, at: Mark, lines: list[str]) -> SyntaxFault:
    letter = lines[at.line][at.column : at.column + 1]
    if "cannot start any token" in problem:
        return _fault(at, f"text cannot begin with '{letter}'; put it in quotes")
    if problem.startswith("sequence entries"):
        return _fault(at, "a list cannot begin here; begin it on a line of its own, or put the text in quotes")
    if problem.startswith("mapping keys"):
        return _fault(at, "text cannot begin with '? ' here; put it in quotes")
    if "an alias" in context or "an anchor" in context or "a tag" in context:
        sign = lines[began.line][began.column : began.column + 1]
        return _fault(began, f"text cannot begin with '{sign}'; put it in quotes")
    if "undefined tag handle" in problem:
        return SyntaxFault(at.line, at.column, "R109", "a word that begins with '!' is not allowed; put it in quotes")
    if "block scalar" in context:
        return _fault(began, "text after '|' or '>' begins on the next line, indented; or put it in quotes")
    if "escape" in problem:
        began_at = lines[at.line].rfind("\\", 0, at.column)
        return SyntaxFault(
            at.line, began_at, "R101", "a '\\' inside double quotes must be doubled; or use single quotes"
        )
    return _fault(at, _INDENT if "<document start>" in problem else _GENERAL)


def _no_value(problem: str, at: Mark) -> SyntaxFault:
    stray = _INDICATOR.search(problem)
    if stray and stray[1] == ":":
        return _fault(at, _NO_KEY)
    if stray:
        return _fault(at, f"a value is missing before this '{stray[1]}'; write it, or put the text in quotes")
    return _fault(at, "a value is missing before this; write it")


def _fault(at: Mark, message: str, other: Mark | None = None) -> SyntaxFault:
    return SyntaxFault(at.line, at.column, "R101", message, other=(other.line, other.column) if other else None)
