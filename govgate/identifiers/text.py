"""Identifiers inside sentences: how many of each kind, or where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from govgate.identifiers.found import IdentifierOptions


@dataclass(frozen=True)
class Mention:
    """One identifier in a text: where it stands, not what it says."""

    kind: str
    start: int
    end: int


def mentions(text: str, options: IdentifierOptions | None = None) -> tuple[Mention, ...]:
    """Find where identifiers stand, for redaction; they do not overlap and are in order.

    Args:
        text: Any text; names and addresses in it are not found.
        options: What to look for; all kinds when None.
    """
    raise NotImplementedError


def scan_text(texts: Any, options: IdentifierOptions | None = None) -> Mapping[str, int]:
    """Count mentions by kind.

    Args:
        texts: One text, several, or an Arrow array of them.
        options: What to look for; all kinds when None.
    """
    raise NotImplementedError
