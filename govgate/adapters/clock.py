"""The machine's clock, and names that sort by its time.

Source: RFC 9562 section 5.7 (UUID version 7).
"""

import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Implements `ports.Clock` with the machine's clock."""

    def now(self) -> datetime:
        """See `ports.Clock.now`; whole milliseconds, as MLflow keeps them."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Stopwatch:
    """Tells how long this process has run, whatever is done to the machine's clock."""

    def __init__(self) -> None:
        """Start at zero."""
        self._start = time.monotonic()

    def elapsed(self) -> timedelta:
        """Time since the start; a suspended machine's sleep may be left out."""
        return timedelta(seconds=time.monotonic() - self._start)


class RandomIds:
    """Implements `ports.Ids` with the machine's clock and random numbers."""

    def new(self) -> str:
        """See `ports.Ids.new`."""
        stamp = (time.time_ns() // 1_000_000) & (2**48 - 1)
        high = stamp << 16 | 0x7000 | secrets.randbits(12)
        low = 0b10 << 62 | secrets.randbits(62)
        return str(uuid.UUID(int=high << 64 | low))
