"""Find numbers of phones, identity papers and bank cards: by checksum and issuer, or by the word before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import regex
from stdnum import iban, luhn
from stdnum.cn import ric

from .reading import CARD, CHAT, PAPER, PHONE, THING, Reading, Span

MANY, MOST = 7, 18  # digits of a phone number that is looked for
MOST_TRIES: Final = 100  # of what may be a phone number in a text; what comes after that is masked untried

_LABELED: Final = {  # what may follow a word, when the word alone is proof enough
    PHONE: regex.compile(r"\+?[(]?\d(?:[ \-()/.]{0,2}\d){6,14}(?!\d)"),
    CHAT: regex.compile(r"(?<![\w*])[A-Za-z0-9](?:[\w-]){4,19}(?![\w*])"),
    CARD: regex.compile(r"\d(?:[ \-]?\d){11,18}(?![\d*])"),
    PAPER: regex.compile(r"(?<![\w*])[A-Z]{0,3}\d(?:[ \-]?\d){5,16}[ \-]?[\dX]?(?![\w*])", regex.IGNORECASE),
}
_FILLER: Final = regex.compile(r"[\s:：=#是为号码帐户及：(（]*(?:no\.?|number|id|is)?[\s:：=#.]*", regex.IGNORECASE)
_CENTURIES: Final = ("19", "20")  # of birth
_DATE: Final = regex.compile(r"(?:19|20)\d\d[\-/.]?[01]?\d[\-/.]?[0-3]?\d")

_PAPER: Final = regex.compile(r"(?<![\dA-Za-z])(?:\d[ \-]{0,2}){17}[\dXx](?![\dA-Za-z])")
_CARD: Final = regex.compile(r"(?<![\dA-Za-z])\d(?:[ \-]?\d){13,18}(?![\dA-Za-z])")
_IBAN: Final = regex.compile(r"(?<![\dA-Za-z])[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}(?![\dA-Za-z])", regex.IGNORECASE)
_GROUP: Final = regex.compile(r"\+?\d+")
_GAP: Final = regex.compile(r"[ \-./()]{0,2}")
_GROUPS: Final = 4  # of digits, at most, in which a phone number is written beside other numbers
_ISSUED: Final = (  # ranges of issuers under ISO/IEC 7812, each with the lengths of its numbers
    (regex.compile(r"62|81"), range(16, 20)),  # UnionPay
    (regex.compile(r"9558"), range(19, 20)),  # and what a bank issued before it
    (regex.compile(r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), range(16, 17)),  # Visa, Mastercard
    (regex.compile(r"35(?:2[89]|[3-8])|6011|64[4-9]|65"), range(16, 17)),  # JCB, Discover
    (regex.compile(r"3[47]"), range(15, 16)),  # American Express
    (regex.compile(r"3(?:0[0-5]|6|[89])"), range(14, 15)),  # Diners Club
)


def numbers(read: Reading, regions: Sequence[str]) -> Iterator[Span]:
    """Yield the numbers of people; `regions` are those in which phone numbers are dialed without a country."""
    yield from _labeled(read, regions)
    for pattern, holds in ((_PAPER, _is_paper), (_IBAN, iban.is_valid), (_CARD, _is_card)):
        for match in pattern.finditer(read.text, overlapped=True):
            number = _number(match[0])
            if holds(number) and read.called(match.start()) != THING:
                yield read.span(*match.span(), number)
    for region in regions or (None,):
        yield from _phones(read, region)


def _number(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def _is_paper(number: str) -> bool:
    try:
        return number[6:8] in _CENTURIES and ric.is_valid(number)
    except KeyError:  # the library breaks on a county that it does not list; checksum and day of birth were good
        return True


def _is_card(number: str) -> bool:
    issued = any(starts.match(number) and len(number) in lengths for starts, lengths in _ISSUED)
    return issued and luhn.is_valid(number)


def _labeled(read: Reading, regions: Sequence[str]) -> Iterator[Span]:
    """Yield what follows a word that says what it is."""
    for word, end in read.words():
        wanted = _LABELED.get(word)
        filler = _FILLER.match(read.text, end)
        match = None if wanted is None or filler is None else wanted.match(read.text, filler.end())
        if match is None or _DATE.fullmatch(match[0]) or not any(map(str.isdigit, match[0])):
            continue
        if word != PHONE or not any(_is_business(match[0], region) for region in regions):
            yield read.span(*match.span(), match[0] if word == CHAT else _number(match[0]))


def _is_business(number: str, region: str) -> bool:
    """Tell whether a phone number is one that companies have callers use."""
    import phonenumbers  # only where there is a number: loading it takes long

    try:
        return phonenumbers.number_type(phonenumbers.parse(number, region)) in _business()
    except phonenumbers.NumberParseException:
        return False


def _business() -> Sequence[int]:
    from phonenumbers import PhoneNumberType as Of

    return (Of.TOLL_FREE, Of.SHARED_COST, Of.PREMIUM_RATE, Of.UAN, Of.VOICEMAIL)


def _phones(read: Reading, region: str | None) -> Iterator[Span]:
    """Yield phone numbers as they are dialed: mobile, or with the prefix of a country or of the trunk."""
    if read.digits < MANY:
        return
    import phonenumbers

    known = region if region in phonenumbers.SUPPORTED_REGIONS else None
    alone = phonenumbers.PhoneNumberMatcher(read.text, known, max_tries=MOST_TRIES)
    for tried, (start, end) in enumerate((*((one.start, one.end) for one in alone), *_windows(read.text))):
        dialed = tried > MOST_TRIES or _is_dialed(read.text[start:end], known)
        if dialed and read.called(start) != THING:
            yield read.span(start, end, _number(read.text[start:end]))


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield where groups of digits may be a phone number though other numbers stand beside it, such as a date."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    for first, (start, _) in enumerate(groups):
        if start and text[start - 1].isascii() and text[start - 1].isalnum():
            continue
        for last in range(first, min(first + _GROUPS, len(groups))):
            end = groups[last][1]
            if last > first and not _GAP.fullmatch(text, groups[last - 1][1], groups[last][0]):
                break
            digits = sum(map(str.isdigit, text[start:end]))
            if digits > MOST:
                break
            if digits >= MANY and not (text[end : end + 1].isascii() and text[end : end + 1].isalnum()):
                yield start, end


def _is_dialed(written: str, region: str | None) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return False
    kind = phonenumbers.number_type(number)
    prefixed = written.lstrip("( ").startswith(("+", "0"))
    return kind not in (*_business(), phonenumbers.PhoneNumberType.UNKNOWN) and (
        prefixed or kind == phonenumbers.PhoneNumberType.MOBILE
    )
