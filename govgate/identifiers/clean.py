"""Text as a person reads it: no invisible letters, one kind of dash, plain digits.

Source: Unicode Standard Annex 15 (NFKC), and the general categories Cf, Pd and Nd.
"""

import unicodedata
from functools import cache
from typing import Any

_PLANES = 0x20000
"""The first two planes hold every digit, dash and compatible letter that is in use."""


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
    if pc.any(odd).as_py():
        odd = pc.match_substring_regex(array, _changed())
    if not pc.any(odd).as_py():
        return array
    # Arrow 25 takes letters apart where NFKC puts them together, so it is not asked to.
    plain = [clean(text) for text in array.filter(odd).to_pylist()]
    return pc.replace_with_mask(array, odd, pa.array(plain, array.type))


@cache
def _changed() -> str:
    """Give an RE2 class of the letters that `clean` changes."""
    points = (point for point in range(128, _PLANES) if not 0xD800 <= point <= 0xDFFF)  # noqa: PLR2004 -- surrogates
    changed = [point for point in points if _plain(chr(point)) != chr(point)]
    return "[\\x00" + "".join(f"\\x{{{point:x}}}" for point in changed) + "]"
