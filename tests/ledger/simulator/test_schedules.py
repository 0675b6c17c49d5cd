"""Whatever fails and whoever dies, every entry stands exactly once; and six wrong protocols show.

By hand, with more seeds: `pytest tests/ledger/simulator --seeds 8000`.
"""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from govgate.errors import ConflictError, StoreError
from govgate.ledger import Appended, Log, Sender, clear_partials, leaf_hash
from govgate.ledger import log as log_module
from govgate.ledger import publish as publish_module
from govgate.ledger.checkpoint import HINT, stored_checkpoint
from govgate.ledger.commit import commit_key
from govgate.ledger.layout import is_partial
from tests.ledger.simulator.schedule import BrokenLawError
from tests.ledger.simulator.world import run

MUTANT_SEEDS = 500
"""Each mutant shows within these; all but M3 within ten."""


def test_every_schedule_keeps_every_law(seeds):
    faults = run_all(seeds)
    assert {"crash-after", "reply-lost", "delayed", "outbox-crash-after"} <= faults.keys()


def test_a_seed_gives_the_same_run_every_time():
    first, again = run(7), run(7)
    assert (first.steps, first.objects) == (again.steps, again.objects)


def test_clearing_partial_tiles_away_meanwhile_breaks_no_law(seeds):
    runs = [run(seed, clear=clear_partials) for seed in range(seeds // 10)]
    assert sum(schedule.discarded > 0 for schedule in runs) > len(runs) // 5


class RenamingSender(Sender):
    """M1: a batch whose fate is not known gets another name."""

    def _deliver(self, parcel, packed):
        name = packed.batch + ("x" if packed.intent else "")
        return super()._deliver(parcel, replace(packed, batch=name))


class ForgetfulSender(Sender):
    """M2: the intent is not read back."""

    def _deliver(self, parcel, packed):
        return super()._deliver(parcel, replace(packed, intent=None))


class TrustingLog(Log):
    """M4: a key that is taken must have been taken by us."""

    taken = False

    def _try(self, data):
        try:
            self.store.create(commit_key(self._at().end), data)
        except ConflictError:
            self.taken = True
        except StoreError:
            return True
        return False

    def _follow(self, batch, envelopes):
        if not self.taken:
            return super()._follow(batch, envelopes)
        self.taken = False
        return Appended(self._at().end, tuple(leaf_hash(e).hex() for e in envelopes))


def hint_only(store, origin, vkeys):
    """M3, reading: the hint alone says which checkpoint is the newest."""
    return stored_checkpoint(store, HINT, origin, vkeys)


def put_hint(store, newest, _vkeys):
    """M3, writing: whoever publishes last writes the hint."""
    store.replace(HINT, newest.note)
    return newest


def clear_all(store, _newest):
    """M6: a partial tile is needless as soon as there is a wider one."""
    keys = [key for key in store.keys("tile/") if is_partial(key)]
    for key, after in pairwise(keys):
        if key.rpartition("/")[0] == after.rpartition("/")[0]:
            store.discard(key)


@pytest.mark.parametrize(
    ("mutant", "kinds", "law"),
    [
        ("M1 new name", {"sender_kind": RenamingSender}, "stands twice"),
        ("M2 no intent", {"sender_kind": ForgetfulSender}, "stands twice"),
        ("M3 hint only", {}, "fewer now|backwards"),
        ("M4 trust 412", {"log_kind": TrustingLog}, "missing|wrong place"),
        ("M5 no create-only", {"cas": False}, "missing|was changed|other bytes|wrong place"),
        ("M6 clear all", {"clear": clear_all}, "is missing"),
    ],
)
def test_a_wrong_protocol_is_caught(mutant, kinds, law, monkeypatch):
    if mutant.startswith("M3"):
        monkeypatch.setattr(log_module, "newest_checkpoint", hint_only)
        monkeypatch.setattr(publish_module, "_advance_hint", put_hint)
    with pytest.raises(BrokenLawError, match=law):
        run_all(MUTANT_SEEDS, **kinds)


def run_all(seeds, **kinds):
    faults = Counter()
    for seed in range(seeds):
        faults += run(seed, **kinds).faults
    return faults
