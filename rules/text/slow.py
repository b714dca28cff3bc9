"""The parser that has the last word: PyYAML's own, which says where and why it stops."""

from __future__ import annotations

from typing import Any

import yaml


class SlowLoader(yaml.SafeLoader):
    """Read '?' inside text without quotes as a letter, as YAML 1.2 and the fast parser do.

    PyYAML ends text at each '?' between brackets. A fault far below would then be reported at the first question.
    """

    in_text = False

    def scan_plain(self) -> Any:
        """Read one text without quotes."""
        self.in_text = True
        try:
            return super().scan_plain()
        finally:
            self.in_text = False

    def peek(self, index: int = 0) -> str:
        """Return a character ahead; inside text a letter stands for '?'. The text itself is taken by `prefix`."""
        letter: str = super().peek(index)
        return "q" if self.in_text and letter == "?" else letter
