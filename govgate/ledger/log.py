"""The log itself: append, publish, read, prove.

Source: docs/spec/index.md, "Layout"; C2SP tlog-tiles.

    log.json                     who this log is; for people and clients, never trusted
    commits/<start>              what was appended, in order
    tile/…                       the published tree and its entries
    checkpoints/<size>           every size that was signed
    checkpoint                   hint: the newest of them
    evidence/sha256/<2>/<64>     records too long for an entry
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from govgate.canon import canonical
from govgate.errors import (
    ConflictError,
    LedgerError,
    RefusedError,
    RollbackError,
    StoreError,
    TamperedError,
)
from govgate.ledger.chain import seek, walk
from govgate.ledger.checkpoint import HINT, Checkpoint, Signed, newest_checkpoint, open_checkpoint
from govgate.ledger.commit import Commit, Head, commit_key, write_commit
from govgate.ledger.entry import read_time, write_time
from govgate.ledger.merkle import EMPTY_ROOT, leaf_hash
from govgate.ledger.note import read_vkey
from govgate.ledger.proof import Proof, write_proof
from govgate.ledger.publish import publish
from govgate.ledger.reader import TileReader, require_continuation
from govgate.ledger.tiles import WIDTH
from govgate.ports import Clock, Signer, Store

LOG_KEY = "log.json"

IN_A_FOLDER = {"cas": True, "object_lock": False, "versioned": False}
"""What the store promises: a key is created once; nothing stops its owner from deleting it."""

MAX_LOST_WRITES = 8
"""Tries at one key before a store that does not answer is reported."""

MAX_LOST_RACES = 10_000
"""Places lost to other writers before giving up; each means somebody else's append succeeded."""


@dataclass(frozen=True)
class Appended:
    """Where a batch stands, for ever."""

    start: int
    """Index of its first entry."""

    leaves: tuple[str, ...]
    """Leaf hash of each entry, 64 lowercase hex characters."""


def create_log(
    store: Store,
    origin: str,
    vkey: str,
    clock: Clock,
    features: Mapping[str, bool] = IN_A_FOLDER,
) -> None:
    """Found a log.

    Args:
        store: An empty place.
        origin: The log's name, such as "credit.example/ledger"; the key's name too.
        vkey: Verifier key of the log key.
        clock: Dates the founding.
        features: What the store promises; a folder's unless told.

    Raises:
        ConflictError: There is a log already.
        LedgerError: The key has another name.
    """
    if read_vkey(vkey).name != origin:
        msg = f"the verifier key {vkey} is not named {origin}; name the log key by its log"
        raise LedgerError(msg)
    if store.read(LOG_KEY) is not None:
        msg = f"there is a log here already; open it, or found {origin} in an empty folder"
        raise ConflictError(msg)
    store.create(LOG_KEY, _about(origin, [vkey], write_time(clock.now()), features))


def _about(origin: str, log_vkeys: Any, created: str, features: Mapping[str, bool]) -> bytes:
    about = {
        "v": 1,
        "commit_v": 1,
        "origin": origin,
        "log_vkeys": log_vkeys,
        "created": created,
        "store": {name: bool(features[name]) for name in IN_A_FOLDER},
    }
    return canonical(about) + b"\n"


def read_log(store: Store) -> dict[str, Any]:
    """Read what a log says of itself. Nothing in it is to be trusted.

    Raises:
        LedgerError: There is no log, or of a version this govgate does not know.
    """
    data = store.read(LOG_KEY)
    try:
        about: dict[str, Any] = json.loads(data or b"")
        read_time(about["created"])
        again = _about(about["origin"], about["log_vkeys"], about["created"], about["store"])
        exact = again == data
    except (ValueError, KeyError, TypeError, RecursionError):
        exact = False
    if not exact:
        what = "is missing" if data is None else "is not of a version this govgate reads"
        msg = f"{LOG_KEY} {what}; check the folder, or restore it from a copy of the ledger"
        raise LedgerError(msg)
    return about


def _appended(commit: Commit, envelopes: Sequence[bytes]) -> Appended:
    """Say where a batch stands.

    Raises:
        ConflictError: The commit of that name holds other entries.
    """
    if commit.entries != tuple(envelopes):
        msg = f"batch {commit.batch} is committed with other entries; use a new name for each"
        raise ConflictError(msg)
    return Appended(commit.start, tuple(leaf_hash(e).hex() for e in envelopes))


class Log:
    """One log, through a store. Several processes may use it at once."""

    def __init__(
        self, store: Store, origin: str, log_vkeys: Sequence[str], pinned: bytes | None = None
    ) -> None:
        """Open a log.

        Args:
            store: Where it is.
            origin: Its name, from the trust file.
            log_vkeys: Its keys, each as in `log_keys`, from the trust file.
            pinned: A checkpoint seen before, as a signed note: a log that does not
                continue it is neither read nor published.
        """
        self.store, self.origin, self.log_vkeys = store, origin, tuple(log_vkeys)
        self._pinned = pinned
        self._head: Head | None = None
        self._seen = 0

    def append(
        self,
        envelopes: Sequence[bytes],
        batch: str,
        intent: Head | None = None,
        intend: Callable[[Head], None] | None = None,
    ) -> Appended:
        """Commit entries; when this returns they are durable and their order is settled.

        After an error the same call again is safe: a batch that is already
        committed and not yet published is found and not written twice. So is
        a published one, by its last intent; see `outbox.Sender`.

        Args:
            envelopes: The entries' bytes, as `write_entry` made them.
            batch: A name nobody else uses, from `ports.Ids`.
            intent: The place last handed to `intend` for this batch, by whatever process.
            intend: Makes the place about to be written durable; called before each write.

        Raises:
            EvidenceError: The entries are none, too many or too long; nothing was written.
            StoreError: The store does not answer; the batch may or may not be committed.
            RefusedError: The store answers, and takes nothing.
            ConflictError: The batch's name was used for other entries, or every race was lost.
            TamperedError: The commit at the intent is gone, though others follow.
        """
        done = self._at_intent(intent, batch, envelopes) if intent else None
        if done is not None:
            return done
        lost_writes = lost_races = 0
        failed: StoreError | None = None
        while lost_writes < MAX_LOST_WRITES and lost_races < MAX_LOST_RACES:
            # (1) Follow the chain to its end; our batch may already stand in it.
            ours = self._follow(batch, envelopes)
            if ours is not None:
                return ours
            # (2) Create the next commit. Whatever the answer, what is there then tells.
            data = write_commit(self._at(), batch, envelopes)
            if intend is not None:
                intend(self._at())
            failed = self._try(data)
            lost_writes += failed is not None
            lost_races += failed is None
        if lost_writes == MAX_LOST_WRITES:
            key = commit_key(self._at().end)
            msg = f"{key} could not be written in {lost_writes} tries: {failed}"
            raise StoreError(msg)
        msg = f"{lost_races} other writers came first; let fewer write at once"
        raise ConflictError(msg)

    def _try(self, data: bytes) -> StoreError | None:
        """Create the commit at the head; say how the store failed to answer.

        Raises:
            RefusedError: It answered, and does not take it.
        """
        try:
            self.store.create(commit_key(self._at().end), data)
        except ConflictError:
            return None
        except RefusedError:
            raise
        except StoreError as why:
            return why
        return None

    def _at(self) -> Head:
        if self._head is None:
            signed = self.checkpoint()
            self._head = seek(self.store, signed.checkpoint.size if signed else 0)
        return self._head

    def _follow(self, batch: str, envelopes: Sequence[bytes]) -> Appended | None:
        """Walk to the end of the chain, and stop where our batch stands.

        Raises:
            ConflictError: A commit of that name holds other entries.
        """
        for commit in walk(self.store, self._at()):
            self._head = commit.head
            if commit.batch == batch:
                return _appended(commit, envelopes)
        return None

    def _at_intent(self, intent: Head, batch: str, envelopes: Sequence[bytes]) -> Appended | None:
        """Find the batch at its last intent, when `_follow` would begin after that.

        Earlier intents were lost to other writers, and later ones there are none:
        before the place where `_follow` begins it stands there or nowhere.

        Raises:
            TamperedError: Nothing stands there, though the log goes on after it.
        """
        if intent.end >= self._at().end:
            return None
        commit = next(walk(self.store, intent), None)
        if commit is None:
            key = commit_key(intent.end)
            msg = f"{key} was committed and is missing; restore it from a copy of the ledger"
            raise TamperedError(msg)
        return _appended(commit, envelopes) if commit.batch == batch else None

    def publish(self, *signers: Signer) -> Checkpoint:
        """Publish all committed entries, and return the newest checkpoint.

        See `publish.publish`; after any failure, run it again.

        Raises:
            RollbackError: The log is shorter than this object has seen it.
        """
        self.checkpoint()
        signed = publish(self.store, self.origin, self.log_vkeys, signers)
        return self._remember(signed).checkpoint

    def checkpoint(self) -> Signed | None:
        """Return the newest checkpoint, verified; None before the first.

        Raises:
            RollbackError: The log is shorter than this object has seen it.
        """
        signed = newest_checkpoint(self.store, self.origin, self.log_vkeys)
        self._require_pinned(signed)
        if signed is None and not self._seen:
            return None
        return self._remember(signed)

    def _require_pinned(self, signed: Signed | None) -> None:
        if self._pinned is None:
            return
        key = "the last checkpoint seen here"
        pinned = open_checkpoint(self._pinned, self.origin, self.log_vkeys, key).checkpoint
        now = signed.checkpoint if signed else Checkpoint(self.origin, 0, EMPTY_ROOT)
        reader = TileReader(self.store, now.size, now.root) if now.size else None
        require_continuation(pinned, now.size, reader)
        self._pinned = None  # what follows continues what was just seen

    def _remember(self, signed: Signed | None) -> Signed:
        if signed is None or signed.checkpoint.size < self._seen:
            msg = f"the log had {self._seen} entries and has fewer now; restore it from a copy"
            raise RollbackError(msg)
        self._seen = signed.checkpoint.size
        return signed

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, bytes) of every committed entry, published or not.

        Published ones are proven against the checkpoint as they are read; one
        bundle or commit is in memory at a time. An invalid commit shows as its
        quarantine entry.

        Args:
            start: Index to begin at.

        Raises:
            TamperedError: What is stored is not what was published.
        """
        reader = self._reader()
        size = reader.size if reader else 0
        if reader:
            for n in range(start // WIDTH, reader.bundles):
                for index, entry in enumerate(reader.bundle(n), n * WIDTH):
                    if index >= start:
                        yield index, entry
        for commit in walk(self.store, seek(self.store, size)):
            for index, entry in enumerate(commit.entries, commit.start):
                if index >= start:
                    yield index, entry

    def mark(self) -> bytes:
        """Return what changes whenever something is published: the hint, as it is stored.

        Raises:
            StoreError: The log is not there any more.
        """
        mark = self.store.read(HINT) or self.store.read(LOG_KEY)
        if mark is None:
            msg = f"{LOG_KEY} of {self.origin} is gone; mount the ledger's folder, or restore it"
            raise StoreError(msg)
        return mark

    def ends_at(self, size: int) -> bool:
        """Tell whether nothing was committed after the first `size` entries; costs one read."""
        return self.store.read(commit_key(size)) is None

    def find(self, leaf: bytes) -> int | None:
        """Return the index of the newest published entry with that leaf hash, or None."""
        reader = self._reader()
        for n in reversed(range(reader.bundles if reader else 0)):
            leaves = reader.tile(0, n) if reader else []
            if leaf in leaves:
                return n * WIDTH + len(leaves) - 1 - leaves[::-1].index(leaf)
        return None

    def first(self, leaf: bytes) -> int | None:
        """Return the index of the first published entry with that leaf hash, or None.

        Anybody who can write to the store can append a copy of an old entry; when it
        was first there is what nobody can change.
        """
        reader = self._reader()
        for n in range(reader.bundles if reader else 0):
            leaves = reader.tile(0, n) if reader else []
            if leaf in leaves:
                return n * WIDTH + leaves.index(leaf)
        return None

    def prove(self, index: int) -> str:
        """Write the proof that an entry is in the log, as a tlog-proof.

        Raises:
            LedgerError: The entry is not published yet.
        """
        signed = self.checkpoint()
        if signed is None:
            msg = f"entry {index} is not published; publish, then ask again"
            raise LedgerError(msg)
        reader = TileReader(self.store, signed.checkpoint.size, signed.checkpoint.root)
        return write_proof(Proof(index, tuple(reader.inclusion(index)), signed.note))

    def _reader(self) -> TileReader | None:
        signed = self.checkpoint()
        if signed is None:
            return None
        return TileReader(self.store, signed.checkpoint.size, signed.checkpoint.root)
