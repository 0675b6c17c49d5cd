"""Time and names that a test decides."""

from datetime import UTC, datetime, timedelta


class SetClock:
    """Implements `ports.Clock`; stands still until told."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        """Start at a moment with a time zone."""
        self._now = start

    def now(self) -> datetime:
        """See `ports.Clock.now`."""
        return self._now

    def pass_time(self, span: timedelta) -> None:
        """Move the clock forward."""
        self._now += span


class CountingIds:
    """Implements `ports.Ids`; counts from 1."""

    def __init__(self) -> None:
        """Start at the first name."""
        self._count = 0

    def new(self) -> str:
        """See `ports.Ids.new`."""
        self._count += 1
        return f"00000000-0000-7000-8000-{self._count:012x}"
