"""What a store kept of older bytes, and what of it is a problem; one row for each way."""

from datetime import UTC, datetime, timedelta

import pytest

from govgate.errors import LedgerError, TamperedError
from govgate.ledger import Locking, audit_versions
from govgate.ports import Version

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LOCKING = Locking(least=183 * DAY, wanted=3653 * DAY)
COMMIT = "commits/00000000000000000000"
EVIDENCE = "evidence/sha256/ab/ab"
ENDLESS = NOON + 40_000 * DAY


class Shelf:
    """Implements `ports.Versions` over lists: of each key the newest first; None is a marker."""

    def __init__(self, kept, locks=None):
        self.kept, self.locks = kept, locks or {}
        self.read_keys = []

    def all(self, prefix=""):
        for key in sorted(self.kept):
            for n, data in enumerate(self.kept[key]):
                if key.startswith(prefix):
                    size = len(data or b"")
                    yield Version(key, f"v{n}", NOON, size, latest=n == 0, marker=data is None)

    def read(self, version):
        self.read_keys.append(version.key)
        return self.kept[version.key][int(version.id[1:])]

    def locked_until(self, versions):
        for version in versions:
            yield version, self.locks.get(version.key, ENDLESS)


ONE, TWO, LONG = b"one", b"two", b"longer"

KEPT = [
    (COMMIT, [ONE], ""),  # OK
    (COMMIT, [ONE, ONE], ""),  # OK: the same bytes came twice
    (COMMIT, [ONE, TWO, ONE], ""),  # OK: somebody brought the first back
    (COMMIT, [ONE, None, ONE], ""),  # OK: so here
    (COMMIT, [ONE, None], ""),  # OK: the place of a key that never was had been marked
    (COMMIT, [TWO, ONE], "version v1 holds what was written first"),  # NOT OK
    (COMMIT, [LONG, ONE], "version v1 holds what was written first"),  # NOT OK
    (COMMIT, [TWO, None, ONE], "version v2 holds what was written first"),  # NOT OK
    (COMMIT, [TWO, TWO, ONE], "version v2 holds what was written first"),  # NOT OK
    (COMMIT, [b"", ONE], "version v1 holds what was written first"),  # NOT OK
    (COMMIT, [None, ONE], "the marker v0 hides version v1"),  # NOT OK
    (COMMIT, [None, TWO, ONE], "the marker v0 hides version v2"),  # NOT OK
    (COMMIT, [None], "no version of it is kept"),  # NOT OK
    ("checkpoints/00000000000000000002", [None, ONE], "hides"),  # NOT OK
    ("tile/0/000", [None, ONE], "hides"),  # NOT OK
    ("tile/0/000", [TWO, ONE], "written first"),  # NOT OK
    ("tile/entries/x001/000", [None, ONE], "hides"),  # NOT OK
    (EVIDENCE, [None, ONE], "hides"),  # NOT OK
    ("cosignatures/00000000000000000002/ab", [None, ONE], "hides"),  # NOT OK
    ("timestamps/00000000000000000002/tsa.tsr", [TWO, ONE], "written first"),  # NOT OK
    ("log.json", [None, ONE], "hides"),  # NOT OK
    ("log.json", [TWO, ONE], "written first"),  # NOT OK
    ("checkpoint", [TWO, ONE], ""),  # OK: the hint may change
    ("checkpoint", [None, ONE], ""),  # OK: verifying the log misses it
    ("tile/0/000.p/2", [None, ONE], ""),  # OK: it may be cleared away
    ("tile/0/000.p/2", [TWO, ONE], "written first"),  # NOT OK: and never holds other bytes
    ("probe/ab", [TWO, ONE], ""),  # OK
    ("unknown/ab", [TWO, ONE], ""),  # OK: no part of a log
]


@pytest.mark.parametrize(("key", "kept", "problem"), KEPT)
def test_what_hides_the_first_bytes_is_named(key, kept, problem):
    audit = audit_versions(Shelf({key: kept, "log.json/x": [ONE]}), None)
    assert len(audit.problems) == bool(problem)
    for why in audit.problems:
        assert isinstance(why, TamperedError)
        assert key in str(why)
        assert problem in str(why)


def test_versions_of_the_log_are_counted_and_others_are_not():
    kept = {COMMIT: [ONE, None, ONE], "checkpoint": [ONE, TWO], "tile/0/000.p/2": [ONE]}
    assert audit_versions(Shelf(kept), None).versions == 4


def test_bytes_are_read_only_where_a_key_was_written_more_than_once():
    shelf = Shelf({COMMIT: [ONE], EVIDENCE: [TWO, ONE], "log.json": [LONG, ONE]})
    audit_versions(shelf, None)
    assert shelf.read_keys == [EVIDENCE, EVIDENCE]


LOCKS = [
    (COMMIT, ENDLESS, "", 0),  # OK
    (COMMIT, NOON + 3653 * DAY, "", 0),  # OK: exactly on the bound
    (COMMIT, NOON + 3653 * DAY - timedelta(hours=1), "", 0),  # OK: clocks differ
    (COMMIT, NOON + 3652 * DAY, "", 1),  # OK, and said: an earlier policy asked less
    (COMMIT, NOON + 183 * DAY, "", 1),  # OK, and said: exactly on the bound
    (COMMIT, NOON + 183 * DAY - timedelta(hours=2), "less than 183 days", 0),  # NOT OK
    (COMMIT, NOON, "less than 183 days", 0),  # NOT OK
    (COMMIT, None, "is not locked", 0),  # NOT OK
    ("checkpoints/00000000000000000002", None, "is not locked", 0),  # NOT OK
    ("tile/0/000", None, "is not locked", 0),  # NOT OK
    (EVIDENCE, None, "is not locked", 0),  # NOT OK
    ("tile/0/000.p/2", None, "", 0),  # OK: it may be cleared away
    ("log.json", None, "", 0),  # OK
    ("cosignatures/00000000000000000002/ab", None, "is not locked", 0),  # NOT OK
    ("timestamps/00000000000000000002/tsa.tsr", None, "is not locked", 0),  # NOT OK
    ("checkpoint", None, "", 0),  # OK
    ("probe/ab", None, "", 0),  # OK
]


@pytest.mark.parametrize(("key", "until", "problem", "short"), LOCKS)
def test_what_can_be_deleted_too_soon_is_named(key, until, problem, short):
    audit = audit_versions(Shelf({key: [ONE]}, {key: until}), LOCKING)
    assert audit.short == short
    assert len(audit.problems) == bool(problem)
    for why in audit.problems:
        assert isinstance(why, LedgerError)
        assert f"version v0 of {key}" in str(why)
        assert problem in str(why)


def test_no_lock_is_asked_for_where_the_store_is_to_lock_nothing():
    assert audit_versions(Shelf({COMMIT: [ONE]}, {COMMIT: None}), None).problems == ()


def test_the_lock_that_counts_is_that_of_the_first_bytes():
    class Locked(Shelf):
        def locked_until(self, versions):
            for version in versions:
                yield version, ENDLESS if version.id == "v1" else None

    assert audit_versions(Locked({COMMIT: [ONE, ONE]}), LOCKING).problems == ()
    (hidden,) = audit_versions(Locked({COMMIT: [None, ONE]}), LOCKING).problems
    assert "hides version v1" in str(hidden)


def test_everything_that_is_wrong_is_in_one_report():
    kept = {COMMIT: [None, ONE], EVIDENCE: [TWO, ONE], "tile/0/000": [ONE]}
    audit = audit_versions(Shelf(kept, {"tile/0/000": None}), LOCKING)
    assert len(audit.problems) == 3
