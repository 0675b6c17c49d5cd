"""Checkpoints: how large the log is and what it hashes to, signed by the log.

Source: C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint); docs/spec/checkpoint.md.

    <origin>
    <size, decimal>
    <base64 of the root>
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from govgate.errors import AuthorityError, TamperedError
from govgate.ledger import b64
from govgate.ledger.log_keys import read_log_keys
from govgate.ledger.note import who_signed
from govgate.ledger.tiles import HASH_BYTES
from govgate.ports import Store

HINT = "checkpoint"
"""The only key that may change: a copy of the newest checkpoint, for C2SP clients."""

CHECKPOINTS = "checkpoints/"


@dataclass(frozen=True)
class Checkpoint:
    """One size of one log, and the root of its tree."""

    origin: str
    size: int
    root: bytes
    """32 bytes."""


@dataclass(frozen=True)
class Signed:
    """A checkpoint, and the note it was read from."""

    checkpoint: Checkpoint
    note: bytes


def checkpoint_key(size: int) -> str:
    """Key of the checkpoint of that size: 20 digits, so that names sort by size."""
    return f"{CHECKPOINTS}{size:020d}"


def write_checkpoint(checkpoint: Checkpoint) -> str:
    """Write the text that the log signs."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64.encode(checkpoint.root)}\n"


def read_checkpoint(text: str, key: str = "the checkpoint") -> Checkpoint:
    """Read the text of a verified note.

    Raises:
        TamperedError: It is not what `write_checkpoint` writes.
    """
    try:
        origin, size, root, _ = text.split("\n")
        checkpoint = Checkpoint(origin, int(size), b64.decode(root))
    except ValueError:
        checkpoint = Checkpoint("", 0, b"")
    exact = write_checkpoint(checkpoint) == text
    if not exact or checkpoint.size < 0 or len(checkpoint.root) != HASH_BYTES:
        msg = f"{key} is not an origin, a size and a root; restore it from a copy of the ledger"
        raise TamperedError(msg)
    return checkpoint


def open_checkpoint(note: bytes, origin: str, vkeys: Iterable[str], key: str) -> Signed:
    """Verify a checkpoint's signature and that it speaks of this log.

    Args:
        note: The checkpoint's bytes.
        origin: Name of the log.
        vkeys: The log's keys that are trusted, each as in `log_keys`.
        key: Where it was read, for the message.

    Raises:
        TamperedError: It is malformed, badly signed, or of another log.
        AuthorityError: No trusted key signed it, or only keys that were retired before.
    """
    keys = {k.vkey: k for k in read_log_keys(vkeys)}
    text, signed = who_signed(note, keys, key)
    checkpoint = read_checkpoint(text, key)
    if checkpoint.origin != origin:
        msg = f"{key} is of the log {checkpoint.origin}, not {origin}; open the right folder"
        raise TamperedError(msg)
    if not any(keys[vkey].counts_at(checkpoint.size) for vkey in signed):
        last = max(keys[vkey].last_size or 0 for vkey in signed)
        msg = f"{key}, of {checkpoint.size} entries, is signed only by a log key that was retired "
        msg += f"at {last}; distrust it and keep it as proof, or correct that size where the log "
        raise AuthorityError(msg + "keys are named")
    return Signed(checkpoint, note)


def stored_checkpoint(store: Store, key: str, origin: str, vkeys: Sequence[str]) -> Signed | None:
    """Read and verify one checkpoint; None when the key is absent.

    Raises:
        TamperedError: It is malformed, badly signed, or under another size's key.
    """
    note = store.read(key)
    if note is None:
        return None
    signed = open_checkpoint(note, origin, vkeys, key)
    if key not in {HINT, checkpoint_key(signed.checkpoint.size)}:
        msg = f"{key} holds the checkpoint of size {signed.checkpoint.size}; restore it"
        raise TamperedError(msg)
    return signed


def newest_checkpoint(store: Store, origin: str, vkeys: Sequence[str]) -> Signed | None:
    """Find the newest checkpoint: the larger of the hint and the last in the listing."""
    hint = stored_checkpoint(store, HINT, origin, vkeys)
    after = checkpoint_key(hint.checkpoint.size) if hint else ""
    last = ""
    for last in store.keys(CHECKPOINTS, after):  # noqa: B007 -- only the last one matters
        pass
    return stored_checkpoint(store, last, origin, vkeys) if last else hint
