"""Read the numbers in a text: digits in any script, without invisible characters, and the words that name them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex

_IGNORED: Final = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Me}]")
_NUMERALS: Final = {
    **dict(zip("〇一二三四五六七八九", "0123456789", strict=True)),
    **dict(zip("零壹贰叁肆伍陆柒捌玖", "0123456789", strict=True)),
    "幺": "1",
    "两": "2",
}
_SPELLED: Final = regex.compile(
    rf"[{''.join(_NUMERALS)}](?:[ \-]?[{''.join(_NUMERALS)}]){{10,}}"
)  # the shortest phone number in words

_CALLED: Final = regex.compile(
    r"(?P<phone>电话|手机|联系|座机|致电|回电|拨打|(?:快递|物流|配送|派送)(?:人?员|小哥|师傅)|骑手|(?<![a-z])(?:tel|tele?phone|phone|mobile|cell|whatsapp)(?![a-z]))"
    r"|(?P<chat>微信|(?<![a-z])(?:wechat|vx|qq)(?![a-z]))"
    r"|(?P<card>卡号|银行卡|信用卡|储蓄卡|借记卡|账号|帐号|账户|支付宝|(?<![a-z])(?:card|account|alipay)(?![a-z]))"
    r"|(?P<paper>身份证|证件|护照|通行证|(?<![a-z])(?:passport|identity card|id card|id number)(?![a-z]))"
    r"|(?P<thing>订单|单号|运单|快递|物流|流水|凭证|发票|货号|批号|条码|序列号|编号|型号|取件码"
    r"|(?<![a-z])(?:order|tracking|parcel|waybill|invoice|reference|ref|serial|imei|sku|lot|batch|article|item)(?![a-z]))",
    regex.IGNORECASE,
)
_CLAUSE: Final = regex.compile(r"[\d，。,;；\n]")  # ends the reach of a word
_BEFORE: Final = 24  # characters before a number that may name it
PHONE, CHAT, CARD, PAPER, THING = "phone", "chat", "card", "paper", "thing"  # the kinds of number that a word announces


class Span(NamedTuple):
    """A piece of a text with its position; `shown` is a number without separators."""

    start: int
    end: int
    shown: str


class Reading:
    """A text with normalised digits, and the position of each character in the original text."""

    def __init__(self, text: str) -> None:
        seen: Sequence[int] = range(len(text))
        if _IGNORED.search(text):
            seen = [at for at in seen if not _IGNORED.match(text[at])]
            text = "".join(text[at] for at in seen)
        self.places = seen
        self.text = _SPELLED.sub(
            lambda run: "".join(_NUMERALS.get(sign, sign) for sign in run[0]), text.translate(_PLAIN)
        )

    def span(self, start: int, end: int, shown: str | None = None) -> Span:
        """Return the original position of a piece of the normalised text."""
        return Span(self.places[start], self.places[end - 1] + 1, self.text[start:end] if shown is None else shown)

    @property
    def digits(self) -> int:
        """Count the digits."""
        return sum(map(str.isdigit, self.text))

    def words(self) -> Iterator[tuple[str, int]]:
        """Yield the words that announce a number: its kind, and where the word ends."""
        for word in _CALLED.finditer(self.text):
            yield str(word.lastgroup), word.end()

    def called(self, start: int) -> str | None:
        """Return the kind that the last word before a position announces."""
        before = _CLAUSE.split(self.text[max(start - _BEFORE, 0) : start])[-1]
        words = [word.lastgroup for word in _CALLED.finditer(before)]
        return words[-1] if words else None


def compact(text: str) -> str:
    """Return the letters and digits of a text, for comparing numbers."""
    return "".join(filter(str.isalnum, text)).casefold()


class _Plain(dict[int, str]):
    """A translation table to ASCII: digits of any width or script, dashes and blanks."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = unicodedata.normalize("NFKC", sign)
        if len(plain) != 1:
            found = sign
        elif plain.isdecimal():
            found = str(unicodedata.decimal(plain))
        else:
            found = {"Pd": "-", "Zs": " "}.get(unicodedata.category(plain), plain)
        return self.setdefault(code, found)


_PLAIN: Final = _Plain()
