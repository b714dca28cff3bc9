"""Find phone, identity and bank card numbers: by checksum and issuer, or by the word before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, pairwise
from re import Pattern, compile
from typing import TYPE_CHECKING, Final, NamedTuple

import regex
from stdnum import iban, luhn
from stdnum.cn import ric

from service.privacy.digits import CARD, CHAT, PAPER, PHONE, THING, Reading, Span

if TYPE_CHECKING:
    from phonenumbers import PhoneNumberDesc

NEVER: Final = "(?!)"  # matches nothing
MANY, MOST = 7, 15  # digits of a phone number
CLOSELY: Final = 500  # digits above which the work on a text is bounded
MOST_TRIES: Final = 30  # foreign numbers that are parsed in a text; further ones are masked unparsed

_LABELED: Final = {  # what may follow a word that is proof enough
    PHONE: regex.compile(r"\+?[(]?\d(?:[ \-()/.]{0,2}\d){6,14}(?!\d)"),
    CHAT: regex.compile(r"(?<!\*)[A-Za-z0-9][A-Za-z0-9_-]{4,19}(?![A-Za-z0-9_*-])"),
    CARD: regex.compile(r"\d(?:[ \-]?\d){11,18}(?![\d*])"),
    PAPER: regex.compile(
        r"(?<![A-Za-z0-9*])[A-Z]{0,3}\d(?:[ \-]?\d){5,16}[ \-]?[\dX]?(?![A-Za-z0-9*])", regex.IGNORECASE
    ),
}
_FILLER: Final = regex.compile(r"[\s:：=#是为号码帐户及：(（]*(?:no\.?|number|id|is)?[\s:：=#.]*", regex.IGNORECASE)
_CENTURIES: Final = ("19", "20")  # of birth
_DATE: Final = regex.compile(r"(?:19|20)\d\d[\-/.]?[01]?\d[\-/.]?[0-3]?\d")

_RUN: Final = regex.compile(r"\+?\d(?:[ \-()/.]{0,2}\d){6,}[Xx]?")
_PAPER: Final = regex.compile(r"(?<![\dA-Za-z])(?=\d\d)(?:\d[ \-]{0,2}){17}[\dXx](?![\dA-Za-z])")
_CARD: Final = regex.compile(
    r"(?<![\dA-Za-z])(?:\d{14,19}|\d{4}(?:[ \-.]\d{3,6}){2,4}|\d{6}[ \-]\d{8,13})(?![\dA-Za-z])"
)
_IBAN: Final = regex.compile(r"(?<![\dA-Za-z])[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}(?![\dA-Za-z])", regex.IGNORECASE)
_GROUP: Final = regex.compile(r"\+?\d+")
_GAP: Final = regex.compile(r"[ \-./()_,、·]{0,2}")
_GAPS: Final = compile(r"[^\d+]+")
_LEAST_GROUP: Final = 4  # digits between commas; three are thousands, two are cents
_GROUPS, _MOST_GROUPS = 4, 7  # groups of digits of a phone number; more with a country code
_ONE_BY_ONE: Final = regex.compile(r"(?<!\d[ \-]?)\+?\d(?:[ \-]\d){6,14}(?![ \-]?\d)")
_ISSUED: Final = (  # ranges of issuers under ISO/IEC 7812, each with the lengths of its numbers
    (regex.compile(r"62"), range(16, 20)),  # UnionPay
    (regex.compile(r"9558"), range(19, 20)),  # and older ranges of its banks
    (regex.compile(r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), range(16, 17)),  # Visa, Mastercard
    (regex.compile(r"35(?:2[89]|[3-8])|6011|64[4-9]|65"), range(16, 17)),  # JCB, Discover
    (regex.compile(r"3[47]"), range(15, 16)),  # American Express
    (regex.compile(r"3(?:0[0-5]|6|[89])"), range(14, 15)),  # Diners Club
)


def numbers(read: Reading, regions: Sequence[str]) -> Iterator[Span]:
    """Yield personal numbers; `regions` are those whose phone numbers are dialed without a country code."""
    yield from _labeled(read, regions)
    if read.digits > CLOSELY:
        yield from _runs(read)
        return
    for pattern, holds in ((_PAPER, _is_paper), (_IBAN, iban.is_valid), (_CARD, _is_card)):
        for match in pattern.finditer(read.text, overlapped=True):
            number = _number(match[0])
            if holds(number) and read.called(match.start()) != THING:
                yield read.span(*match.span(), number)
    yield from _phones(read, regions)


def _runs(read: Reading) -> Iterator[Span]:
    """Yield long runs of digits, except what a word calls a thing, in a text with too many numbers to test each."""
    for match in _RUN.finditer(read.text):
        if read.called(match.start()) != THING:
            yield read.span(*match.span(), _number(match[0]))


def _number(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def _is_paper(number: str) -> bool:
    try:
        return number[6:8] in _CENTURIES and ric.is_valid(number)
    except KeyError:  # the library fails on an unlisted county; checksum and day of birth are valid
        return True


def _is_card(number: str) -> bool:
    issued = any(starts.match(number) and len(number) in lengths for starts, lengths in _ISSUED)
    return issued and luhn.is_valid(number)


def _labeled(read: Reading, regions: Sequence[str]) -> Iterator[Span]:
    """Yield what follows a word that names its kind."""
    for word, end in read.words():
        wanted = _LABELED.get(word)
        filler = _FILLER.match(read.text, end)
        match = None if wanted is None or filler is None else wanted.match(read.text, filler.end())
        if match is None or _DATE.fullmatch(match[0]) or not any(map(str.isdigit, match[0])):
            continue
        if word != PHONE or not any(_is_business(match[0], region) for region in regions):
            yield read.span(*match.span(), match[0] if word == CHAT else _number(match[0]))


class _Dialing(NamedTuple):
    """How personal phone numbers are dialed in a region: mobile numbers bare, others with the trunk prefix."""

    mobile: Pattern[str]
    fixed: Pattern[str]
    business: Pattern[str]


@cache
def _dialing(region: str) -> _Dialing | None:
    """Return the dialing rules of a region; None where it is not in the numbering plan."""
    from phonenumbers import PhoneMetadata  # slow to load, so only where there is a number

    found = PhoneMetadata.metadata_for_region(region, None)
    if found is None:
        return None
    trunk = found.national_prefix
    companies = (found.toll_free, found.shared_cost, found.premium_rate, found.uan)
    return _Dialing(
        mobile=compile(f"(?:{found.country_code})?{_written(found.mobile)}"),
        fixed=compile(f"{trunk}{_written(found.fixed_line)}" if trunk else NEVER),
        business=compile("|".join(map(_written, companies))),
    )


def _written(kind: PhoneNumberDesc | None) -> str:
    pattern = None if kind is None else kind.national_number_pattern
    return NEVER if pattern is None else f"(?:{pattern})"


def _is_business(number: str, region: str) -> bool:
    """Check whether a phone number is a service number of companies."""
    dialing = _dialing(region)
    return dialing is not None and dialing.business.fullmatch(_digits(number)) is not None


def _phones(read: Reading, regions: Sequence[str]) -> Iterator[Span]:
    """Yield phone numbers: mobile, or with the prefix of a country or of the trunk."""
    known = [dialing for region in regions if (dialing := _dialing(region)) is not None]
    tries = 0
    apart = (match.span() for match in _ONE_BY_ONE.finditer(read.text))
    for start, end in chain(_windows(read.text), apart):
        written = read.text[start:end]
        if written.startswith(("+", "00")):
            tries += 1
            dialed = tries > MOST_TRIES or _is_abroad(written)
        else:
            digits = _digits(written)
            dialed = any(way.mobile.fullmatch(digits) or way.fixed.fullmatch(digits) for way in known)
        if dialed and read.called(start) != THING:
            yield read.span(start, end, _digits(written))


def _digits(written: str) -> str:
    return "".join(filter(str.isdigit, written))


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield groups of consecutive digits that may be a phone number."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    joined = [_GAP.fullmatch(text, end, start) is not None for (_, end), (start, _) in pairwise(groups)]
    for first, (start, _) in enumerate(groups):
        if start and _is_letter(text[start - 1]):
            continue
        most = _MOST_GROUPS if text[start] == "+" else _GROUPS
        digits = 0
        for last in range(first, min(first + most, len(groups))):
            if last > first and not joined[last - 1]:
                break
            end = groups[last][1]
            digits += end - groups[last][0]
            if digits > MOST:
                break
            if digits >= MANY and not _is_letter(text[end : end + 1]) and not _are_amounts(text[start:end]):
                yield start, end


def _are_amounts(written: str) -> bool:
    """Check whether points or commas separate amounts, as in `1399.00 / 199.00`, and not groups of one number."""
    gaps = _GAPS.findall(written)
    pointed = any("." in gap or "," in gap for gap in gaps) and not all(gap == "." for gap in gaps)
    return pointed and written[0] != "+" and any(len(group) < _LEAST_GROUP for group in _GAPS.split(written)[1:])


def _is_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _is_abroad(written: str) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse(f"+{written.removeprefix('00')}" if written[0] == "0" else written)
    except phonenumbers.NumberParseException:
        return False
    kinds = phonenumbers.PhoneNumberType
    people = (
        kinds.MOBILE,
        kinds.FIXED_LINE,
        kinds.FIXED_LINE_OR_MOBILE,
        kinds.PERSONAL_NUMBER,
        kinds.VOIP,
        kinds.PAGER,
    )
    return phonenumbers.number_type(number) in people
