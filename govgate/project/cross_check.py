"""Holding the registry's tags against the ledger.

Source: docs/spec/registry-tags.md, "Cross-check". Tags are hints, never evidence; but each says how
large the log was and what its root was when it was written, so a log that was cut back or forked
since then disagrees with one of them.
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from govgate.engine import ADOPTION
from govgate.errors import GovgateError, LedgerError, RollbackError, TamperedError
from govgate.ledger import Entry, TileReader, leaf_hash, read_entry, verify_proof
from govgate.ports import ModelVersion
from govgate.project.book import Book
from govgate.project.claims import read_claim

_LOG = "govgate.log."
_NUMBERED = ("index", "leaf_sha256", "origin", "root", "size")
_DIGITS = 20
"""A size of more digits is no size; int() would take long over a long one."""


@dataclass(frozen=True)
class CrossCheck:
    """What the tags of a registry say of a ledger."""

    versions: int
    """Model versions with tags of ours."""

    compared: int
    """Those of them whose tags name a place in a ledger."""

    problems: tuple[GovgateError, ...]
    """Each names a model version."""


@dataclass(frozen=True)
class _Place:
    """What a version's tags say of the log."""

    origin: str
    size: int
    root: bytes
    index: int
    leaf: bytes


def cross_check(book: Book, versions: Iterable[ModelVersion]) -> CrossCheck:
    """Compare the tags of model versions with today's log, which must have been verified.

    Args:
        book: The ledger.
        versions: Model versions as the registry lists them.

    Returns:
        What was compared, and all that disagrees.
    """
    ours = [v for v in versions if any(key.startswith("govgate.") for key in v.tags)]
    placed = [v for v in ours if _is_placed(v)]
    problems = [
        type(why)(f"models:/{version.name}/{version.version}: {why}")
        for version, why in disagreements(book, placed)
    ]
    return CrossCheck(len(ours), len(placed), tuple(problems))


def disagreements(
    book: Book, versions: Iterable[ModelVersion]
) -> Iterator[tuple[ModelVersion, GovgateError]]:
    """Yield each version whose tags disagree with today's log, and how.

    Args:
        book: The ledger, which must have been verified.
        versions: Model versions; those whose tags name no place in a ledger are passed over.
    """
    reader = book.reader()
    for version in filter(_is_placed, versions):
        try:
            _compare(book, reader, version, _place(version))
        except GovgateError as why:
            yield version, why


def _is_placed(version: ModelVersion) -> bool:
    return version.tags.get("govgate.decision") == "allowed" or _names_log(version)


def _names_log(version: ModelVersion) -> bool:
    return any(key.startswith(_LOG) for key in version.tags)


def _place(version: ModelVersion) -> _Place:
    """Read the tags that name a place in the log.

    Raises:
        TamperedError: One is missing, or not of its form.
    """
    absent = [_LOG + word for word in _NUMBERED if _LOG + word not in version.tags]
    if absent:
        msg = f"its tags lack {', '.join(absent)}; run `govgate promote` to have them written again"
        raise TamperedError(msg)
    index, leaf, origin, root, size = (version.tags[_LOG + word] for word in _NUMBERED)
    try:
        place = _Place(origin, _number(size), b64decode(root), _number(index), bytes.fromhex(leaf))
    except (ValueError, Error) as why:
        msg = f"a tag under {_LOG} is not of its form ({why}); find out who wrote it"
        raise TamperedError(msg) from why
    return place


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise ValueError(text[:_DIGITS])
    return int(text)


def _compare(book: Book, reader: TileReader, version: ModelVersion, place: _Place) -> None:
    # (1) The log the tags speak of is this one, and still begins as it did then.
    _require_beginning(reader, place, book.origin)
    # (2) The entry they name is there, and is the attestation that the version carries.
    entry = _entry(book, reader, place)
    if leaf_hash(version.tags.get("govgate.attestation", "").encode()) != place.leaf:
        msg = f"its attestation is not entry {place.index}, which its tags name; "
        raise TamperedError(msg + "find out who wrote the tags")
    # (3) The entry is a decision or an adoption about this version and the bytes the tags name.
    target = read_claim(entry).claim.target
    if target is None or (target.model, target.version) != (version.name, version.version):
        what = f"models:/{target.model}/{target.version}" if target else "no version"
        msg = f"entry {place.index}, which its tags name, is about {what}; find out who wrote them"
        raise TamperedError(msg)
    if entry.subject.content != f"sha256:{version.tags.get('govgate.subject_sha256')}":
        msg = f"entry {place.index} is about other bytes than its tags say; find out who wrote them"
        raise TamperedError(msg)
    # (4) The proof that stands beside them holds.
    verify_proof(version.tags.get("govgate.proof", ""), place.leaf, book.origin, book.log_vkeys)


def _require_beginning(reader: TileReader, place: _Place, origin: str) -> None:
    if place.origin != origin:
        msg = f"its tags are of the log {place.origin}, not {origin}; verify it against that log"
        raise TamperedError(msg)
    if place.size > reader.size:
        msg = f"the log had {place.size} entries when its tags were written and has {reader.size} "
        raise RollbackError(msg + "now; restore it from a copy of the ledger")
    if reader.root_at(place.size) != place.root:
        msg = f"the log's first {place.size} entries are not those its tags were written about: "
        raise TamperedError(msg + "it was forked, or the tags were changed; keep both as proof")


def _entry(book: Book, reader: TileReader, place: _Place) -> Entry:
    if place.index >= place.size:
        msg = f"its tags name entry {place.index} of a log of {place.size}; find out who wrote them"
        raise TamperedError(msg)
    envelope = reader.entry(place.index)
    if leaf_hash(envelope) != place.leaf:
        msg = f"entry {place.index} is not the one its tags name; find out who wrote the tags"
        raise TamperedError(msg)
    entry = read_entry(envelope, book.trust, book.store, place.index)
    if entry.kind not in {"decision/v1", ADOPTION}:
        msg = f"entry {place.index}, which its tags name, is a {entry.kind} and no decision; "
        raise LedgerError(msg + "find out who wrote the tags")
    return entry
