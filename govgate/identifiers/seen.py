"""What is seen of one text: which kinds it holds, noted as bits so that notes add up."""

import base64
import binascii
import hashlib
import re

from govgate.identifiers.kind import Kind

FORM, VALID, WHOLE, TWIN = 1, 2, 4, 8
"""Of one kind in one cell: it has the form; is valid; is the whole cell; its twin is valid."""

TOKEN = 1
"""Of a cell: one word with digits in it, long enough to tell rows apart."""

_MOST_MENTIONS = 200
_TOKEN = re.compile(r"(?=.*[0-9])[A-Za-z0-9_\-]{6,128}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{12,20000}={0,2}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d|(?:19|20)\d\d[01]\d[0-3]\d")


def look_for(kind: Kind, text: str, regions: tuple[str, ...]) -> int:
    """Look for a kind in a text, until a valid one is found.

    Returns:
        FORM, VALID, WHOLE and TWIN as bits; 0 when nothing has the form after all.
    """
    seen = 0
    for number, found in enumerate(kind.finder.finditer(text)):
        if number >= _MOST_MENTIONS:
            break
        valid = kind.check(found[0], regions)
        if valid is None:
            continue
        seen |= FORM
        if kind.chance is None and kind.check(_twin(found[0]), regions):
            seen |= TWIN
        if valid:
            return seen | VALID | (WHOLE if found[0] == text.strip() else 0)
    return seen


def _twin(text: str) -> str:
    """Write other digits in the same places; what stays valid was so by chance."""
    noise = hashlib.blake2b(text.encode("utf-8", "replace")).digest()
    other = (
        str(noise[at % len(noise)] % 10) if each.isdigit() else each for at, each in enumerate(text)
    )
    first = str(noise[0] % 9 + 1) if text[0] in "123456789" else text[0]
    return first + "".join(other)[1:]


def token(text: str) -> int:
    """Tell whether a cell is one token, such as a key or a digest; a day is not."""
    return TOKEN if _TOKEN.fullmatch(text) and not _DAY.fullmatch(text) else 0


def encoded(text: str) -> str:
    """Decode base64 that holds readable text; "" where there is none."""
    if not _BASE64.fullmatch(text):
        return ""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        said = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return said if said.isprintable() else ""
