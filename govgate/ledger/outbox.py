r"""The outbox: a batch is safe on this machine before it is sent, and is sent once.

Source: docs/spec/outbox.md.

    <batch>                            a commit as if it were the first of a log,
    {"prev":…,"start":…}\n             then each place it was about to be written at,
    {"pending_since":…}\n              and when its writer was told that it is kept
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from govgate.canon import canonical
from govgate.errors import GovgateError, RefusedError, StoreError, TamperedError
from govgate.ledger.commit import Head, read_commit, write_commit
from govgate.ledger.entry import read_time, write_time
from govgate.ledger.log import Appended, Log
from govgate.ports import Clock, Outbox, Parcel
from govgate.records import Record, Utc

SPOOL_FLUSH = "spool-flush/v1"
"""Kind of statement that goes with a `SpoolFlush`."""

_LENGTH_BYTES = 2
"""Before each entry, as in a bundle."""


@dataclass(frozen=True)
class Packed:
    """What a parcel says."""

    batch: str
    entries: tuple[bytes, ...]

    intent: Head | None = None
    """Where it was last about to be written; None when it was never sent."""

    pending_since: datetime | None = None
    """When its writer was told that it will be recorded later; None when nobody was."""


class SpoolFlush(Record):
    """Some entries were promised while the store did not answer, and are recorded now."""

    start: int
    """Index of the first of them."""

    entries: int
    pending_since: Utc
    flushed_at: Utc


def write_parcel(batch: str, entries: Sequence[bytes]) -> bytes:
    """Write a batch as an outbox keeps it.

    Raises:
        EvidenceError: No commit can hold it.
    """
    return write_commit(Head(), batch, entries)


def write_intent(head: Head) -> bytes:
    """Write the line that goes before each attempt to write a commit."""
    return canonical({"start": head.end, "prev": head.prev}) + b"\n"


def write_pending(at: datetime) -> bytes:
    """Write the line that stands for a promise: this batch will be recorded."""
    return canonical({"pending_since": write_time(at)}) + b"\n"


def read_parcel(name: str, data: bytes) -> Packed:
    """Read what `write_parcel` wrote, and the lines after it; a line cut short counts for nothing.

    Raises:
        TamperedError: It is not that.
    """
    end = _end_of_commit(data)
    commit = read_commit(Head(), data[:end])
    packed = Packed(commit.batch, commit.entries)
    try:
        for line in data[end:].split(b"\n")[:-1]:
            packed = _noted(packed, json.loads(line))
    except (ValueError, KeyError, TypeError, RecursionError):
        packed = Packed("", ())
    if commit.quarantined or packed.batch != name:
        msg = (
            f"{name} in the outbox is damaged; move it away, and see in the ledger whether what "
            "it holds is recorded"
        )
        raise TamperedError(msg)
    return packed


def _noted(packed: Packed, fields: dict[str, Any]) -> Packed:
    if "pending_since" in fields:
        return replace(packed, pending_since=read_time(fields["pending_since"]))
    return replace(packed, intent=Head(int(fields["start"]), str(fields["prev"])))


def _end_of_commit(data: bytes) -> int:
    """Where the framed entries that the header counts end; 0 when it counts none."""
    line, _, body = data.partition(b"\n")
    try:
        left = int(json.loads(line)["n"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
    at = 0
    while left > 0 and at < len(body):
        at += _LENGTH_BYTES + int.from_bytes(body[at : at + _LENGTH_BYTES], "big")
        left -= 1
    return len(line) + 1 + at


class Sender:
    """Writes to one log through one outbox, so that a crash neither loses nor doubles a batch."""

    def __init__(self, log: Log, outbox: Outbox, clock: Clock) -> None:
        """Write to a log; what earlier processes left is sent by `flush`."""
        self._log, self._outbox, self._clock = log, outbox, clock

    def send(self, entries: Sequence[bytes], batch: str) -> Appended:
        """Record a batch.

        Args:
            entries: The entries' bytes, as `write_entry` made them.
            batch: A name nobody else uses, from `ports.Ids`.

        Returns:
            Where it stands.

        Raises:
            GovgateError: Of the outbox, the store or the log; says whether it was recorded.
        """
        parcel = self._outbox.put(batch, write_parcel(batch, entries))
        try:
            return self._deliver(parcel, Packed(batch, tuple(entries)))
        except GovgateError as why:
            error = _given_up(parcel, why)
            raise error from why
        finally:
            parcel.release()

    def send_or_keep(self, entries: Sequence[bytes], batch: str) -> Appended | None:
        """Record a batch, or promise to.

        Args:
            entries: As in `send`.
            batch: As in `send`.

        Returns:
            Where it stands; None when the store does not answer and `flush` will record it.

        Raises:
            GovgateError: Of the outbox or the log, or that the store answers and takes nothing;
                says whether it was recorded.
        """
        parcel = self._outbox.put(batch, write_parcel(batch, entries))
        try:
            return self._deliver(parcel, Packed(batch, tuple(entries)))
        except GovgateError as why:
            if isinstance(why, StoreError) and not isinstance(why, RefusedError):
                parcel.note(write_pending(self._clock.now()))
                return None
            error = _given_up(parcel, why)
            raise error from why
        finally:
            parcel.release()

    def _deliver(self, parcel: Parcel, packed: Packed) -> Appended:
        noted = packed.intent

        def intend(head: Head) -> None:
            nonlocal noted
            if head != noted:
                parcel.note(write_intent(head))
                noted = head

        appended = self._log.append(packed.entries, packed.batch, packed.intent, intend)
        if packed.pending_since is None:
            _drop(parcel)
        return appended

    def flush(self, late: Callable[[Packed, Appended], None]) -> list[tuple[Packed, Appended]]:
        """Record what earlier calls left, oldest first.

        Args:
            late: Told of each batch whose writer was promised it, until it returns once.

        Returns:
            Each batch, and where it stands.

        Raises:
            StoreError: The store does not answer; what is left stays.
            TamperedError: A parcel is damaged.
        """
        flushed = []
        for parcel in self._outbox.left():
            try:
                packed = read_parcel(parcel.name, parcel.read())
                appended = self._deliver(parcel, packed)
                if packed.pending_since is not None:
                    late(packed, appended)
                    _drop(parcel)
                flushed.append((packed, appended))
            finally:
                parcel.release()
        return flushed


def _given_up(parcel: Parcel, why: GovgateError) -> GovgateError:
    """Forget a batch that was never sent; one that was may have landed, and is kept."""
    said, _, step = str(why).partition(";")
    with suppress(StoreError):
        if read_parcel(parcel.name, parcel.read()).intent is None:
            parcel.remove()
            return type(why)(f"nothing was recorded: {said};{step}")
    first = f"{step}, and" if step else ""
    return type(why)(
        f"it is not known whether batch {parcel.name} was recorded ({said}); do not repeat it:"
        f"{first} the next write or `govgate ledger flush` finishes it"
    )


def lateness(packed: Packed, appended: Appended, clock: Clock) -> SpoolFlush:
    """Say which entries waited, and from when until when."""
    now = clock.now()
    return SpoolFlush(
        start=appended.start,
        entries=len(appended.leaves),
        pending_since=packed.pending_since or now,
        flushed_at=now,
    )


def _drop(parcel: Parcel) -> None:
    """Remove what is committed; where that fails, the next flush finds it committed."""
    with suppress(StoreError):
        parcel.remove()
