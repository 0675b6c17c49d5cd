"""Names that people write in more than one way.

Source: Unicode Standard Annex 15 (NFKC) and default case folding.
"""

import re
import unicodedata
from fnmatch import fnmatchcase


def plain_name(name: str) -> str:
    """Fold width, case and surrounding space, so that look-alikes of one name are one name."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def same_name(one: str, two: str) -> bool:
    """Tell whether two spellings are one name."""
    return plain_name(one) == plain_name(two)


_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]*[A-Za-z0-9._-])?")
"""Letters nobody can mistake: no other alphabet, no width, nothing that cannot be seen."""


def is_plain(name: str) -> bool:
    """Tell whether a name is in plain ASCII, so that it cannot pass for another."""
    return _PLAIN.fullmatch(name) is not None


def matches(name: str, glob: str) -> bool:
    """Tell whether a name, case and width aside, fits a glob of "*" and "?"."""
    return fnmatchcase(plain_name(name), plain_name(glob))
