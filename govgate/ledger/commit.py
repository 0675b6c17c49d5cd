r"""Commits: the one write that makes entries part of the log, for ever.

Source: docs/spec/commit.md.

    commits/<start, 20 digits>       created once; <start> entries stand before it
    {"batch":…,"n":…,"prev":…,"sha256":…,"start":…,"v":1}\n
    <n entries, framed as in a bundle>
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from govgate.canon import canonical
from govgate.errors import EvidenceError, TamperedError
from govgate.ledger.tiles import pack_entries, unpack_entries

VERSION = 1

MAX_ENTRIES = 4_096
"""Entries in one commit; bounds what a reader holds in memory."""

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of the framed entries of one commit; bounds the same."""

NO_COMMIT = "0" * 64
"""`prev` of the first commit."""

COMMITS = "commits/"

_BATCH = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True)
class Head:
    """How far a chain of commits reaches."""

    end: int = 0
    """Number of entries so far; the next commit's start."""

    prev: str = NO_COMMIT
    """SHA-256 of the last commit object, 64 lowercase hex characters."""


@dataclass(frozen=True)
class Commit:
    """Some entries, and where in the log they stand."""

    start: int
    entries: tuple[bytes, ...]
    batch: str
    """Name its writer gave it; "" for a quarantined one."""

    sha256: str
    """SHA-256 of the object, 64 lowercase hex characters."""

    @property
    def key(self) -> str:
        """Key of the object."""
        return commit_key(self.start)

    @property
    def head(self) -> Head:
        """Where the chain stands after this commit."""
        return Head(self.start + len(self.entries), self.sha256)

    @property
    def quarantined(self) -> bool:
        """True when the object was no valid commit; it then counts as one entry."""
        return not self.batch


def commit_key(start: int) -> str:
    """Key of the commit that `start` entries stand before."""
    return f"{COMMITS}{start:020d}"


def write_commit(head: Head, batch: str, entries: Sequence[bytes]) -> bytes:
    """Write a commit object.

    Args:
        head: Where the chain stands.
        batch: Name of this batch, 1 to 64 letters, digits and dashes; nobody else's.
        entries: 1 to 4,096 entries, 8 MiB together.

    Raises:
        EvidenceError: The entries are none, too many or too long, or the batch's name is not one.
    """
    body = pack_entries(entries)
    if not 0 < len(entries) <= MAX_ENTRIES or len(body) > MAX_BYTES:
        msg = (
            f"a commit of {len(entries):,} entries in {len(body):,} bytes is not within 1 to "
            f"{MAX_ENTRIES:,} and {MAX_BYTES:,}; append them in several batches"
        )
        raise EvidenceError(msg)
    if not _BATCH.fullmatch(batch):
        msg = f"{batch!r} cannot name a batch; use 1 to 64 letters, digits and dashes"
        raise EvidenceError(msg)
    return _header(head, batch, len(entries), body) + body


def _header(head: Head, batch: str, n: int, body: bytes) -> bytes:
    fields = {
        "v": VERSION,
        "start": head.end,
        "n": n,
        "prev": head.prev,
        "batch": batch,
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return canonical(fields) + b"\n"


def read_commit(head: Head, data: bytes) -> Commit:
    """Read the object at the head of the chain; the same bytes give the same commit everywhere.

    What is not exactly what `write_commit` writes there is quarantined: it
    counts as one entry that names it, so no rogue writer can stop the log or
    leave no trace.
    """
    digest = hashlib.sha256(data).hexdigest()
    line, _, body = data.partition(b"\n")
    try:
        fields: dict[str, Any] = json.loads(line)
        entries = unpack_entries(body, commit_key(head.end))
        batch = str(fields["batch"])
        valid = write_commit(head, batch, entries) == data
    except (
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        TamperedError,
        EvidenceError,
    ):
        valid = False
    if valid:
        return Commit(head.end, tuple(entries), batch, digest)
    return Commit(head.end, (quarantine_entry(head.end, digest),), "", digest)


def quarantine_entry(start: int, digest: str) -> bytes:
    """Write the entry that stands for an object that is no valid commit."""
    return canonical({"govgate": "invalid-commit", "key": commit_key(start), "sha256": digest})


def is_quarantine_entry(entry: bytes) -> bool:
    """Tell whether an entry stands for an invalid commit: it says nothing, and is no envelope."""
    return entry.startswith(b'{"govgate":"invalid-commit"')


def claimed_end(start: int, data: bytes) -> int | None:
    """Where an object says its commit ends, or None when it does not say."""
    try:
        return start + int(json.loads(data.partition(b"\n")[0])["n"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
