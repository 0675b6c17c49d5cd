"""A witness that keeps its files beside the log, without a server.

Source: C2SP tlog-witness (https://c2sp.org/tlog-witness); docs/spec/cosignature.md.

Laws:
    1. It cosigns only what its log's key signed and what continues all it cosigned before.
    2. What it is about to cosign is durable in its memory before the cosignature exists.
    3. Looking, remembering and signing are one turn: no two processes take it at once.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from govgate.errors import ConflictError, LedgerError, TamperedError
from govgate.ledger.checkpoint import Checkpoint, newest_checkpoint, open_checkpoint
from govgate.ledger.cosign import (
    Cosignature,
    WitnessKey,
    cosign,
    open_cosignature,
    read_witness_vkey,
    witness_vkey,
)
from govgate.ledger.reader import TileReader, require_continuation
from govgate.ports import Clock, Signer, Store

COSIGNATURES = "cosignatures/"


class Memory(Protocol):
    """The last checkpoint that a witness cosigned, kept where the log's owner cannot reach."""

    def turn(self) -> AbstractContextManager[None]:
        """Keep every other process of this witness out meanwhile."""

    def read(self) -> bytes | None:
        """Return the note last written, or None on the first visit.

        Raises:
            StoreError: It is there and cannot be read.
        """

    def write(self, note: bytes) -> None:
        """Take a note in the other's place; it is durable when this returns.

        Raises:
            StoreError: It may or may not have been written.
        """


def cosignature_key(size: int, key: WitnessKey) -> str:
    """Key of one witness's cosignature on the checkpoint of that size."""
    return f"{COSIGNATURES}{size:020d}/{key.key_id.hex()}"


@dataclass(frozen=True)
class Witness:
    """Somebody who looks at logs that are not their own."""

    name: str
    """Such as "witness.example/w1"; stands in every cosignature."""

    signer: Signer
    """Ed25519 or ML-DSA-44."""

    memory: Memory
    """One for each log."""

    clock: Clock

    def look(self, store: Store, log_vkeys: Sequence[str]) -> tuple[Checkpoint, Cosignature]:
        """Cosign a log's newest checkpoint, unless the log went back on its word.

        Args:
            store: Where the log is; only `cosignatures/` is written.
            log_vkeys: The log's verifier keys, from its owner, never from the store.

        Returns:
            What was cosigned, and the cosignature; an earlier one where there is one.

        Raises:
            LedgerError: Nothing is published, or it is rolled back, forked or tampered with.
            AuthorityError: No key of the log signed it.
        """
        key = read_witness_vkey(witness_vkey(self.name, self.signer.public))
        origin = log_vkeys[0].partition("+")[0]
        with self.memory.turn():
            # (1) The newest checkpoint is signed by the log and of this log.
            newest = newest_checkpoint(store, origin, log_vkeys)
            if newest is None:
                msg = f"the log {origin} has no checkpoint to cosign; publish first"
                raise LedgerError(msg)
            # (2) It continues the last one that was cosigned.
            last = self.memory.read()
            if last is not None:
                seen = open_checkpoint(last, origin, log_vkeys, "the witness's memory")
                _require_growth(store, seen.checkpoint, newest.checkpoint)
            else:
                TileReader(store, newest.checkpoint.size, newest.checkpoint.root)
            # (3) It is remembered; only then is it signed.
            self.memory.write(newest.note)
            time_s = int(self.clock.now().timestamp())
            line = cosign(newest.checkpoint, self.name, self.signer, time_s)
            return newest.checkpoint, put_cosignature(store, newest.checkpoint, key, line)


def _require_growth(store: Store, seen: Checkpoint, newest: Checkpoint) -> None:
    """Check that the tiles hash to the root, and begin with what was seen before.

    Raises:
        LedgerError: RollbackError or TamperedError.
    """
    require_continuation(seen, newest.size, None)
    require_continuation(seen, newest.size, TileReader(store, newest.size, newest.root))


def put_cosignature(
    store: Store, checkpoint: Checkpoint, key: WitnessKey, line: str
) -> Cosignature:
    """Write a witness's cosignature beside the log, unless an earlier one is there.

    Args:
        store: Where the log is.
        checkpoint: What is cosigned.
        key: The witness's key.
        line: Its signature line.

    Returns:
        The cosignature that is in the store now.

    Raises:
        TamperedError: What is there, or the line, is no cosignature of this witness on this.
    """
    at = cosignature_key(checkpoint.size, key)
    opened = open_cosignature(line, checkpoint, [key])
    try:
        store.create(at, line.encode())
    except ConflictError:
        opened = stored_cosignature(store, at, checkpoint, [key])
    if opened is None:
        msg = f"{at} is not by {key.name}; look who may write cosignatures, and restore it"
        raise TamperedError(msg)
    return opened


def stored_cosignature(
    store: Store,
    at: str,
    checkpoint: Checkpoint,
    keys: Sequence[WitnessKey],
    now_s: int | None = None,
) -> Cosignature | None:
    """Verify one stored cosignature; None when it is by an unknown key or absent.

    Raises:
        TamperedError: It is none of these, under the key where it should be.
    """
    data = store.read(at)
    if data is None:
        return None
    try:
        opened = open_cosignature(data.decode(), checkpoint, keys, now_s)
    except (UnicodeDecodeError, TamperedError) as why:
        msg = f"{at}: {why}" if isinstance(why, TamperedError) else f"{at} is no text; restore it"
        raise TamperedError(msg) from why
    if opened and cosignature_key(checkpoint.size, opened.key) != at:
        msg = f"{at} is by {opened.key.name}, whose place is elsewhere; restore it from a copy"
        raise TamperedError(msg)
    return opened
