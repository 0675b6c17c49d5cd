"""Where people are reached: e-mail, telephone, addresses of machines, pages of a person.

Source: RFC 5322 (e-mail), ITU-T E.164 through Google's libphonenumber, RFC 3986 (user part).
"""

import ipaddress
import re

import phonenumbers

from govgate.errors import EvidenceError
from govgate.identifiers.gates import DIGITS, DOTS, HEX
from govgate.identifiers.kind import Kind

_FILES = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "css", "js", "json", "html", "xml", "txt")
)
"""What stands after the last dot of a file such as `icon@2x.png`, and is no domain."""

_OTHER = re.compile(
    r"(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ]|\d{1,2}([-./ ])\d{1,2}\1(?:19|20)\d\d"
    r"|\d{3}-\d\d-\d{4}$|\d{1,3}(?:\.\d{1,3}){3}$"
)
"""Days, American social security numbers, and addresses of machines."""
_DIGITS = (7, 15)
"""Fewer are not a whole number, more are not one of E.164."""

_NATIONAL = 10
"""Most countries' numbers have no more, without "+"."""

_SMALL = 32
"""Version numbers have four parts below this; of random addresses, one in 4,096 has."""


def _email(text: str, _regions: tuple[str, ...]) -> bool | None:
    host = re.split("@|%40", text)[-1]
    return None if host.rpartition(".")[2].lower() in _FILES or ".." in text else True


def _phone(text: str, regions: tuple[str, ...]) -> bool | None:
    if not _written_as_phone(text):
        return None
    text = f"+{text[2:]}" if text.startswith("00") else text
    # another number that follows looks like one more group
    tries = [text, text.rpartition(" ")[0]] if _digits(text) > _NATIONAL else [text]
    if text[0] == "+":
        return any(_dialled(each, None) for each in tries)
    return any(_dialled(each, region) for each in tries for region in regions)


def known_regions(regions: tuple[str, ...]) -> None:
    """Refuse a region without telephone numbers: each of its numbers would count as none.

    Raises:
        EvidenceError: There is none of that code.
    """
    if unknown := sorted({*regions} - phonenumbers.SUPPORTED_REGIONS):
        msg = f"no telephone numbers of region {unknown[0]!r} are known; write a code such as DE"
        raise EvidenceError(msg)


def _written_as_phone(text: str) -> bool:
    """Tell digits in groups, or after "+", from a date, a decimal or any long number."""
    grouped = text[0] == "+" or re.search(r"[0-9)][ ()\-/]+[0-9]|\.[0-9]+\.", text)
    return bool(grouped) and _dialable(text, ()) and not _OTHER.match(text)


def _dialable(text: str, _regions: tuple[str, ...]) -> bool:
    return _DIGITS[0] <= _digits(text) <= _DIGITS[1]


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _dialled(text: str, region: str | None) -> bool:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    if region is None:
        return phonenumbers.is_valid_number(number)
    return phonenumbers.is_valid_number_for_region(number, region)


def _ipv4(text: str, _regions: tuple[str, ...]) -> bool | None:
    parts = [int(part) for part in text.split(".")]
    if max(parts) > 255:  # noqa: PLR2004 -- a byte
        return None
    return parts[0] > 0 and max(parts) >= _SMALL


def _ipv6(text: str, _regions: tuple[str, ...]) -> bool | None:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return True if sum(map(bool, text.split(":"))) > 2 else None  # noqa: PLR2004 -- a::b is code


KINDS = (
    Kind(
        name="email",
        form=r"\w[\w.%+'\-]{0,63}(?:@|%40)(?:[\w\-]{1,63}\.){1,8}[^\W\d_]{2,24}",
        sieve=r"(?:@|%40)[^\s@.]+\.[^\s@]{2}",
        gate=r"@|%40",
        check=_email,
        named=r"e_?mails?|mail|courriel|correo|posta_elettronica|epost",
    ),
    Kind(
        name="phone",
        form=r"\+?\(?[0-9](?:[ ().\-/]{0,3}[0-9]){6,14}(?: ?(?:x|ext\.?) ?[0-9]{1,5})?",
        gate=DIGITS,
        check=_phone,
        chance=None,
        named=r"(?:tele)?(?:phone|fon|foon|fono|fone)s?|tel|mobile|cell|handy|portable|movil|celular"
        r"|telefonnummer|gsm|fax|phone_(?:number|no)|whatsapp",
        loose=r"\+?[0-9 ().\-/x]{7,25}",
        loosely=_dialable,
    ),
    Kind(
        name="ip-address",
        form=r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
        gate=DOTS,
        check=_ipv4,
        chance=0.5,
        named=r"ip|ip_?addr(?:ess)?|ipv4|(?:client|remote|source|src|user)_ip",
    ),
    Kind(
        name="ipv6-address",
        form=r"[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}",
        sieve=r"[0-9a-fA-F]{1,4}:[0-9a-fA-F:]*:[0-9a-fA-F]",
        gate=HEX,
        check=_ipv6,
        named=r"ipv6|ip_?addr(?:ess)?|ip",
    ),
    Kind(
        name="mac-address",
        form=r"[0-9a-fA-F]{2}(?:(?::[0-9a-fA-F]{2}){5}|(?:-[0-9a-fA-F]{2}){5})",
        gate=HEX,
        named=r"mac|mac_?addr(?:ess)?|bssid",
    ),
    Kind(
        name="url-with-user",
        form=r"https?://(?:[^\s/@:]{1,64}(?::[^\s/@]{0,64})?@[\w.\-]{1,253}"
        r"|[\w.\-:]{1,253}/(?:[^\s?#]{0,100}/)?(?:~|users?/|u/|in/|profiles?/)[\w.%\-]{2,64}"
        r"|[^\s?#]{1,200}\?[^\s#]{0,200}?(?:user|email|login|uid|username)=[^\s&#]{2,100})",
        sieve=r"https?://[^\s]*(?:@|/~|/users?/|/u/|/in/|/profiles?/|user|email|login|uid)",
        gate="://",
        named=r"profile_?url|homepage|linkedin|facebook|twitter",
    ),
)
