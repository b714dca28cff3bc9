"""Find personal data in free text: phone, identity and bank card numbers, mail addresses, names.

A number counts by its checksum and its issuer's range, or by the word before it. A number that the word before it calls
an order, a parcel or the like stays as it is, and so does every number by which the case is filed. A name is found
after a label, or where the case states it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import regex

from service.privacy.digits import Reading, Span, compact
from service.privacy.personal_numbers import MANY, numbers

LEAST: Final = 2  # characters of a name

_MAIL: Final = regex.compile(r"[\w.+-]+@[\w-]+\.[\w.@+-]*\w")
_NAME: Final = regex.compile(
    r"(?:收件人|收货人|寄件人|联系人|姓名|户名|持卡人|开户人|真名|本名"
    r"|\b(?i:recipient|consignee|contact person|name|cardholder))\s*[:：=]\s*"
    r"(?P<name>\p{Han}{2,4}?(?:[·•]\p{Han}{1,8})+|\p{Han}{2,4}?(?=[^\p{Han}*]|$|电话|手机|地址|身份|联系)"
    r"|\p{Han}{2,3}(?!\*)|\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’.-]*){0,3}(?![\p{L}*]))",
)
_INITIAL: Final = regex.compile(r"\p{Han}\*+")  # a masked name
_WHO: Final = "(?:客户|顾客|买家|用户|会员|收件人|收货人|联系人)"
# The commonest family names (Ministry of Public Security, report of 2020) but for those that are words as well.
_FAMILIES: Final = (
    "王李张刘陈杨赵黄吴徐孙胡朱郭林罗郑梁谢宋唐邓冯韩曹彭萧蔡潘袁董苏吕魏蒋杜沈姜范卢傅钟崔廖汪姚谭陆邹熊孟秦侯邱尹薛"
)
_COMPOUND: Final = "欧阳|上官|司马|司徒|诸葛|夏侯|皇甫|尉迟|令狐|慕容"
_OF_NAME: Final = (  # except words and brands that begin with a family name
    rf"(?!陈述|黄牛|李宁|苏打|.(?:先生|女士|小姐))(?:{_COMPOUND}|[{_FAMILIES}])\p{{Han}}{{1,2}}"
)
_NAMED: Final = regex.compile(
    rf"(?<=(?:{_WHO}|我叫|我是|名叫|本人)\s?){_OF_NAME}(?=[^\p{{Han}}*]|$)|{_OF_NAME}(?=先生|女士|小姐)"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a case states: personal data, filed numbers, and the regions whose phone numbers have no prefix."""

    private: tuple[str, ...] = ()
    public: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()


def found(text: str, known: Known) -> list[Span]:
    """Return the personal data in a text, in order and without overlap."""
    read = Reading(text)
    pieces = [*_stated(read, known), *_names(read), *_addresses(read)]
    if read.digits:
        pieces += [piece for piece in numbers(read, known.regions) if compact(piece.shown) not in known.public]
    return list(_apart(sorted(pieces, key=lambda piece: (piece.start, -piece.end))))


def _apart(pieces: Iterable[Span]) -> Iterator[Span]:
    """Yield pieces; overlapping ones are merged."""
    last: Span | None = None
    for piece in pieces:
        if last is None or piece.start >= last.end:
            if last is not None:
                yield last
            last = piece
        elif piece.end > last.end:
            last = Span(last.start, piece.end, max(last.shown, piece.shown, key=len))
    if last is not None:
        yield last


# ---- names and addresses


def _stated(read: Reading, known: Known) -> Iterator[Span]:
    """Yield where a text repeats personal data of the case."""
    for value in known.private:
        for wanted in _forms(Reading(value).text.strip()):
            for match in regex.finditer(wanted, read.text, regex.IGNORECASE):
                yield read.span(*match.span(), value)


def _forms(value: str) -> Iterator[str]:
    """Yield the patterns of a value: the whole, and each longer word of a Latin name."""
    if len(value) < LEAST or "*" in value:
        if _INITIAL.fullmatch(value):
            yield rf"(?<={_WHO}[:：]?\s?){value[0]}\p{{Han}}{{1,2}}"
        return
    number = "".join(filter(str.isdecimal, value))
    if len(number) >= MANY and len(number) * 2 > len(value):
        yield r"(?<!\d)" + r"[ \-()./]{0,2}".join(number) + r"(?!\d)"
        return
    if value.isascii() or not regex.search(r"\p{Han}", value):
        yield rf"(?<![\p{{L}}\d]){regex.escape(value)}(?![\p{{L}}\d*])"
        words = value.split() if "@" not in value else ()
        yield from (rf"(?<!\p{{L}})(?-i:{regex.escape(word)})(?![\p{{L}}*])" for word in words if len(word) > LEAST)
    else:
        yield r"\s?".join(map(regex.escape, filter(lambda sign: not sign.isspace(), value)))


def _names(read: Reading) -> Iterator[Span]:
    for match in _NAME.finditer(read.text):
        yield read.span(*match.span("name"))
    for match in _NAMED.finditer(read.text):
        yield read.span(*match.span())


def _addresses(read: Reading) -> Iterator[Span]:
    for match in _MAIL.finditer(read.text):
        yield read.span(*match.span())
