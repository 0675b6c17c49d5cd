"""All kinds of identifiers, and which of them a column's name speaks of."""

import re
import unicodedata
from functools import cache

from govgate.errors import EvidenceError
from govgate.identifiers import contact, money, named, national, secret
from govgate.identifiers.kind import Kind

KINDS: tuple[Kind, ...] = (
    *secret.KINDS,
    *contact.KINDS,
    *money.KINDS,
    *national.KINDS,
    *named.KINDS,
)

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPLIT = re.compile(r"[\W_]+")


@cache
def chosen(names: tuple[str, ...]) -> tuple[Kind, ...]:
    """Return the kinds of these names, in the catalogue's order; all when none is named.

    Raises:
        EvidenceError: There is no such kind.
    """
    known = {kind.name for kind in KINDS}
    if unknown := sorted({*names} - known):
        msg = f"there is no kind of identifier {unknown[0]!r}; name some of "
        raise EvidenceError(msg + ", ".join(sorted(known)))
    return tuple(kind for kind in KINDS if not names or kind.name in names)


def words_of(column: str) -> str:
    """Write a column's name in plain words: "customerEMail (work)" is "customer_e_mail_work"."""
    plain = unicodedata.normalize("NFKD", column)
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return _SPLIT.sub("_", _HUMP.sub("_", plain)).strip("_").casefold()


def says(column: str, names: str) -> bool:
    """Tell whether a column is called so: the expression stands in it as whole words."""
    return bool(names and _spoken(names).search(words_of(column)))


@cache
def _spoken(names: str) -> re.Pattern[str]:
    return re.compile(f"(?:^|_)(?:{names})[0-9]?(?:_|$)")
