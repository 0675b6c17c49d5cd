"""Names that people write in more than one way.

Source: Unicode Standard Annex 15 (NFKC) and default case folding.
"""

import unicodedata


def plain_name(name: str) -> str:
    """Fold width, case and surrounding space, so that look-alikes of one name are one name."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def same_name(one: str, two: str) -> bool:
    """Tell whether two spellings are one name."""
    return plain_name(one) == plain_name(two)
