"""Text as a person reads it: no invisible letters, one kind of dash, plain digits.

Source: Unicode Standard Annex 15 (NFKC), and the general categories Cf, Pd and Nd.
"""

import sys
import unicodedata
from functools import cache
from typing import Any

_INVISIBLE = r"[\p{Cf}\x00]"


class _Plainly(dict[int, str]):
    """A table for `str.translate` that fills itself as letters come; bounded by Unicode."""

    def __missing__(self, point: int) -> str:
        self[point] = _plain(chr(point))
        return self[point]


def _plain(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf" or letter == "\0":
        return ""
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(letter))
    return unicodedata.normalize("NFKC", letter)


_PLAINLY = _Plainly()


def clean(text: str) -> str:
    """Write a text plainly: full-width and foreign digits become 0 to 9, joiners vanish."""
    if text.isascii() and "\0" not in text:
        return text
    return text.translate(_PLAINLY)


def clean_with_places(text: str) -> tuple[str, list[int]]:
    """Write a text plainly, and say where in the original each letter came from.

    Returns:
        The plain text, and for each of its letters, and its end, an index into `text`.
    """
    plain = clean(text)
    if plain == text:
        return text, [*range(len(text) + 1)]
    pieces = [_PLAINLY[ord(each)] for each in text]
    return plain, [*(at for at, piece in enumerate(pieces) for _ in piece), len(text)]


def clean_all(array: Any) -> Any:
    """Write every text of a `pyarrow` string array plainly, as `clean` does one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd = pc.or_(pc.invert(pc.string_is_ascii(array)), pc.match_substring(array, "\0"))
    if not pc.any(odd).as_py():
        return array
    some = array.filter(odd)
    if pc.any(pc.match_substring_regex(some, _foreign_digits())).as_py():
        plain = pa.array([clean(text) for text in some.to_pylist()], some.type)
    else:
        plain = pc.replace_substring_regex(some, _INVISIBLE, "")
        plain = pc.replace_substring_regex(pc.utf8_normalize(plain, "NFKC"), r"\p{Pd}", "-")
    return pc.replace_with_mask(array, odd, plain)


@cache
def _foreign_digits() -> str:
    """Give an RE2 class of the digits that NFKC leaves as they are, such as Arabic ones."""
    points = (chr(point) for point in range(128, sys.maxunicode + 1))
    digits = [each for each in points if unicodedata.category(each) == "Nd"]
    kept = (each for each in digits if unicodedata.normalize("NFKC", each) == each)
    return f"[{''.join(kept)}]"
