"""Whether what a store kept of older bytes agrees with what its keys say now.

Source: docs/spec/verify.md, step 7. A lock keeps the first bytes of a key, and lets anybody who
may write put other bytes, or a mark of deletion, in front of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from govgate.errors import GovgateError, LedgerError, TamperedError
from govgate.ledger.layout import is_created_once, is_kept, is_locked
from govgate.ports import Version, Versions

_SLACK = timedelta(hours=1)
"""A lock counts from the writer's clock, and the store's own may be ahead of that."""


@dataclass(frozen=True)
class Locking:
    """For how long after it was written nobody may delete an object."""

    least: timedelta
    """What every policy asks at least; a shorter lock is a problem."""

    wanted: timedelta
    """What the policy in force asks; a shorter lock may be of an earlier policy."""


@dataclass(frozen=True)
class VersionAudit:
    """What was found among the versions that a store keeps."""

    versions: int
    """How many were looked at, marks of deletion among them."""

    short: int
    """Objects that are locked for less than the policy in force asks; no problem, but a hint."""

    problems: tuple[GovgateError, ...]


def audit_versions(versions: Versions, locking: Locking | None) -> VersionAudit:
    """Look at everything that is kept under every key of a log.

    Args:
        versions: What the store keeps.
        locking: How long objects should be locked; None where the store is to lock nothing.

    Raises:
        StoreError: The store did not answer.
    """
    audit = _Audit(versions)
    first = audit.look()
    if locking is None:
        for _ in first:
            pass
    else:
        audit.check_locks(first, locking)
    return VersionAudit(audit.count, audit.short, tuple(audit.problems))


class _Audit:
    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self.count = self.short = 0
        self.problems: list[GovgateError] = []

    def look(self) -> Iterator[Version]:
        """Check what each key says now, and yield the first bytes of each that is to be locked."""
        for key, group in groupby(self._versions.all(), key=lambda version: version.key):
            if is_created_once(key):
                found = list(group)
                self.count += len(found)
                written = [version for version in found if not version.marker]
                self._check(key, found, written)
                if written and is_locked(key):
                    yield written[-1]

    def _check(self, key: str, found: list[Version], written: list[Version]) -> None:
        now = next((version for version in found if version.latest), found[0])
        # (1) Nothing but a partial tile is ever deleted.
        if now.marker:
            if is_kept(key):
                self._report(_deleted(key, now, written))
        # (2) The key reads as what was written first; the same bytes may have come twice.
        elif now is not written[-1] and self._differ(now, written[-1]):
            self._report(
                f"{key} reads as version {now.id}, while version {written[-1].id} holds what was "
                "written first; find out who wrote over it, and delete the later versions"
            )

    def _differ(self, one: Version, other: Version) -> bool:
        # Not by the digests of the listing: those are MD5 of the bytes, or of what was encrypted.
        if one.size_bytes != other.size_bytes:
            return True
        return self._versions.read(one) != self._versions.read(other)

    def check_locks(self, first: Iterator[Version], locking: Locking) -> None:
        """Check that nobody can delete each, for long enough."""
        for version, until in self._versions.locked_until(first):
            name = f"version {version.id} of {version.key}"
            if until is None:
                msg = f"{name} is not locked, or its lock may not be seen; lock it in COMPLIANCE "
                self.problems.append(LedgerError(msg + "mode, or grant s3:GetObjectRetention"))
            elif until + _SLACK < version.written_at + locking.least:
                msg = f"{name} is locked until {until:%Y-%m-%d}, less than {locking.least.days} "
                self.problems.append(LedgerError(msg + "days from its writing; extend its lock"))
            elif until + _SLACK < version.written_at + locking.wanted:
                self.short += 1

    def _report(self, message: str) -> None:
        self.problems.append(TamperedError(message))


def _deleted(key: str, marker: Version, written: list[Version]) -> str:
    if not written:
        return f"{key} was deleted, and no version of it is kept; restore it from a copy"
    hidden = f"{key} was deleted: the marker {marker.id} hides version {written[-1].id}"
    return f"{hidden}; find out who set it, and delete the marker"
