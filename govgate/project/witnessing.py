"""Others who vouch for the ledger: witnesses who saw it grow, and authorities who tell the time.

Source: docs/spec/cosignature.md; docs/spec/timestamp.md.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from govgate.adapters.clock import SystemClock
from govgate.adapters.keys import FileSigner
from govgate.adapters.mldsa_key import MldsaSigner
from govgate.adapters.timestamps import request_timestamp, verify_timestamp
from govgate.adapters.witness_http import HttpWitness
from govgate.adapters.witness_memory import FileMemory
from govgate.errors import AuthorityError, LedgerError, ProjectError
from govgate.ledger import Checkpoint
from govgate.ledger.checkpoint import Signed, newest_checkpoint, write_checkpoint
from govgate.ledger.cosign import Cosignature, open_cosignatures
from govgate.ledger.quorum import read_witnesses, show_cosignatures
from govgate.ledger.reader import TileReader
from govgate.ledger.witness import Witness, put_cosignature
from govgate.project.front import Project

TIMESTAMPS = "timestamps/"

_AUTHORITY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""Part of a key in every kind of store."""


def witness_ledger(
    project: Project, key: Path, name: str, memory: Path | None = None, *, mldsa: bool = False
) -> tuple[Checkpoint, Cosignature]:
    """Cosign the project's ledger, as somebody who keeps the memory of it elsewhere.

    Args:
        project: Names the ledger and the log key that is trusted.
        key: File of the witness's own key, Ed25519 or ML-DSA-44.
        name: The witness's name.
        memory: File of what was cosigned last; None keeps it in the project's `.govgate`.
        mldsa: Whether the key is an ML-DSA-44 one.

    Returns:
        What was cosigned, and the cosignature.
    """
    path = memory or project.folder / ".govgate" / "witnessed"
    signer = MldsaSigner(key) if mldsa else FileSigner(key)
    witness = Witness(name, signer, FileMemory(path), SystemClock())
    return witness.look(project.book.store, project.book.trust.log_vkeys)


def ask_witnesses(
    project: Project, urls: Sequence[str], vkeys: Sequence[str]
) -> tuple[Checkpoint, list[Cosignature]]:
    """Ask witnesses to cosign the newest checkpoint, and show all cosignatures under it.

    Args:
        project: Whose ledger; only its publisher may change what clients read first.
        urls: Submission prefixes of witnesses; none only shows what is in the store.
        vkeys: Verifier keys of the witnesses that are trusted.

    Returns:
        The newest checkpoint, and the trusted witnesses' cosignatures on it.

    Raises:
        AuthorityError: A witness answered with no signature of a trusted one.
        LedgerError: A witness has seen another log, or a larger one.
    """
    book, keys = project.book, read_witnesses(vkeys, 0)
    signed = _newest(project)
    reader = TileReader(book.store, signed.checkpoint.size, signed.checkpoint.root)
    now_s = int(project.now().timestamp())
    for url in urls:
        lines = HttpWitness(url).ask(signed, reader.consistency)
        found = open_cosignatures(lines, signed.checkpoint, keys, now_s)
        if not found:
            msg = f"{url} cosigned with no key that is trusted; give its verifier key with --vkey"
            raise AuthorityError(msg)
        for one in found:
            put_cosignature(book.store, signed.checkpoint, one.key, one.line)
    return signed.checkpoint, show_cosignatures(book.store, book.trust.log_vkeys, vkeys)


def _newest(project: Project) -> Signed:
    """Read the newest checkpoint, which must continue the last one seen here.

    Raises:
        LedgerError: Nothing is published, or the ledger went back on its word.
    """
    book = project.book
    origin = project.settings.ledger.origin
    book.head()
    signed = newest_checkpoint(book.store, origin, book.trust.log_vkeys)
    if signed is None:
        msg = f"the log {origin} has no checkpoint; publish first"
        raise LedgerError(msg)
    return signed


def timestamp_key(size: int, authority: str) -> str:
    """Key of an authority's timestamp on the checkpoint of that size.

    Raises:
        ProjectError: The authority's name cannot be part of a key.
    """
    if not _AUTHORITY.fullmatch(authority):
        msg = f"{authority!r} cannot name an authority; use small letters, digits and dashes"
        raise ProjectError(msg)
    return f"{TIMESTAMPS}{size:020d}/{authority}.tsr"


def stamp_ledger(
    project: Project, url: str, authority: str, roots: Sequence[bytes]
) -> tuple[Checkpoint, datetime]:
    """Have an authority vouch that the newest checkpoint exists now, unless it did before.

    Args:
        project: Whose ledger.
        url: The authority's address.
        authority: A short name for it.
        roots: Certificates that are trusted, PEM.

    Returns:
        The checkpoint, and the time of its timestamp in UTC.

    Raises:
        TamperedError: The timestamp does not hold.
        StoreError: The authority or the store did not answer.
    """
    checkpoint = _newest(project).checkpoint
    text, at = write_checkpoint(checkpoint).encode(), timestamp_key(checkpoint.size, authority)
    there = project.book.store.read(at)
    if there is not None:
        return checkpoint, verify_timestamp(there, text, roots)
    response, told = request_timestamp(url, text, roots)
    project.book.store.create(at, response)
    return checkpoint, told


def as_utc(time_s: int) -> datetime:
    """Turn seconds since 1970 into a moment."""
    return datetime.fromtimestamp(time_s, UTC)
