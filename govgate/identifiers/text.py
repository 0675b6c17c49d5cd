"""Identifiers inside sentences: how many of each kind, or where they stand."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from govgate.identifiers.catalogue import chosen, words_of
from govgate.identifiers.cells import cells_of
from govgate.identifiers.clean import clean_with_places
from govgate.identifiers.contact import known_regions
from govgate.identifiers.found import IdentifierOptions
from govgate.identifiers.kind import Kind

_AROUND = 40
"""Letters before a mention in which a word may say what it is."""


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

    Raises:
        EvidenceError: There is no kind or region of a given name.
    """
    options = options or IdentifierOptions()
    known_regions(options.regions)
    plain, places = clean_with_places(text)
    found = [
        (
            not called,
            1.0 if kind.chance is None else kind.chance,
            start - end,
            start,
            end,
            kind.name,
        )
        for kind in chosen(options.kinds)
        for start, end, called in _valid(kind, plain, options.regions)
    ]
    kept: list[Mention] = []
    taken = bytearray(len(plain))
    for *_, start, end, name in sorted(found):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            kept.append(Mention(name, places[start], places[end - 1] + 1))
    return tuple(sorted(kept, key=lambda one: one.start))


def scan_text(texts: Any, options: IdentifierOptions | None = None) -> Mapping[str, int]:
    """Count mentions by kind.

    Args:
        texts: One text, several, or an Arrow array of them.
        options: What to look for; all kinds when None.

    Raises:
        EvidenceError: There is no kind or region of a given name.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    options = options or IdentifierOptions()
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    elif not isinstance(texts, pa.Array):
        # a lone surrogate is no text that Arrow takes
        each = [texts] if isinstance(texts, str) else texts
        texts = pa.array([one.encode("utf-8", "replace") for one in each], pa.large_binary())
    cells = cells_of(texts).spelled
    worth = pc.match_substring_regex(cells.texts, _any_of(chosen(options.kinds)))
    total: Counter[str] = Counter()
    rows = cells.counts[worth.to_numpy(zero_copy_only=False)]
    for text, times in zip(cells.texts.filter(worth).to_pylist(), rows, strict=True):
        for mention in mentions(text, options):
            total[mention.kind] += int(times)
    return dict(sorted(total.items()))


def _valid(kind: Kind, text: str, regions: tuple[str, ...]) -> Iterator[tuple[int, int, bool]]:
    """Yield where valid ones begin and end, and whether a word before says what they are."""
    if not kind.form:
        return
    for found in kind.finder.finditer(text):
        before = text[max(0, found.start() - _AROUND) : found.start()]
        called = _called(kind, before)
        if (kind.alone or called) and kind.check(found[0], regions):
            yield *found.span(), called


def _called(kind: Kind, before: str) -> bool:
    return bool(kind.named and _words(kind.named).search(words_of(before)))


@cache
def _words(names: str) -> re.Pattern[str]:
    return re.compile(f"(?:^|_)(?:{names})(?:_|$)")


@cache
def _any_of(kinds: tuple[Kind, ...]) -> str:
    """RE2 expression that lets through whatever holds any of the kinds."""
    return "|".join(sorted({kind.gate or kind.sieved for kind in kinds} - {""})) or "$^"
