"""Clearing away partial tiles: what goes, what stays, and who must not notice."""

import threading

import pytest

from govgate.adapters.files import FileStore
from govgate.errors import LedgerError, StoreError, TamperedError
from govgate.ledger import Cleared, clear_partials, verify_consistency, verify_inclusion, verify_log
from govgate.ledger import clear as clear_module
from govgate.ledger.checkpoint import checkpoint_key, open_checkpoint
from govgate.ledger.layout import is_partial
from govgate.ledger.merkle import leaf_hash
from govgate.ledger.reader import TileReader
from govgate.ledger.tree_audit import TreeAudit
from govgate.testing import Fault
from tests.ledger.conftest import ORIGIN, World

SIZES = (1, 3, 200, 255, 256, 257, 300, 511, 515)


def grown(world):
    """Publish each of `SIZES`, some of them in the middle of a tile."""
    size = 0
    for end in SIZES:
        world.append(end - size)
        world.publish()
        size = end
    return world


@pytest.fixture(scope="module")
def objects():
    return grown(World().create()).store.objects


@pytest.fixture
def log(objects):
    world = World()
    world.store.objects |= objects
    return world


def newest(world):
    return world.log().checkpoint().checkpoint


def clear(world, **kwargs):
    return clear_partials(world.store, newest(world), **kwargs)


def partials(world):
    return {key: data for key, data in world.store.objects.items() if is_partial(key)}


def test_what_a_full_tile_made_needless_goes_and_nothing_else(log):
    before = dict(log.store.objects)
    cleared = clear(log)
    gone = {key: data for key, data in before.items() if key not in log.store.objects}
    assert sorted(gone) == sorted(k for k in before if is_partial(k) and k.split(".p")[0] in before)
    assert (cleared.removed, cleared.freed_bytes) == (len(gone), sum(map(len, gone.values())))
    assert cleared.problems == ()
    # Of sizes 515 and 511 the second tile is partial no more; of 515 the third is.
    assert sorted(partials(log)) == [
        "tile/0/002.p/3",
        "tile/1/000.p/1",
        "tile/1/000.p/2",
        "tile/entries/002.p/3",
    ]
    assert {k: log.store.objects[k] for k in log.store.objects} == {
        k: v for k, v in before.items() if k not in gone
    }


def test_clearing_again_removes_nothing(log):
    clear(log)
    before = dict(log.store.objects)
    assert clear(log).removed == 0
    assert log.store.objects == before


def test_what_another_removed_meanwhile_is_not_counted_again(log, monkeypatch):
    listed = list(clear_module._needless(log.store, newest(log).size))
    assert clear(log).removed == len(listed)
    monkeypatch.setattr(clear_module, "_needless", lambda *_: iter(listed))
    assert clear(log) == Cleared(0, 0, ())


def test_a_dry_run_says_what_clearing_would_do_and_does_nothing(log):
    before = dict(log.store.objects)
    told = clear(log, dry_run=True)
    assert log.store.objects == before
    assert told == clear(log)
    assert told.removed > 8


def test_a_log_that_was_cleared_verifies_and_goes_on(log):
    clear(log)
    verify_log(log.store, log.trust).raise_if_bad()
    log.append(300)
    log.publish()
    clear(log)
    report = verify_log(log.store, log.trust)
    report.raise_if_bad()
    assert report.size == 815


@pytest.mark.parametrize("old", SIZES)
def test_whoever_holds_an_older_checkpoint_still_proves_everything(log, old):
    clear(log)
    key = checkpoint_key(old)
    held = open_checkpoint(log.store.read(key), ORIGIN, [log.vkey], key).checkpoint
    reader, now = TileReader(log.store, old, held.root), newest(log)
    whole = TileReader(log.store, now.size, now.root)
    for index in {0, old // 2, old - 1}:
        leaf = leaf_hash(reader.entry(index))
        verify_inclusion(leaf, index, old, reader.inclusion(index), held.root)
    for smaller in SIZES:
        if smaller <= old:
            proof = reader.consistency(smaller)
            verify_consistency(smaller, old, reader.root_at(smaller), held.root, proof)
    verify_consistency(old, now.size, held.root, now.root, whole.consistency(old))


def drop(key):
    return lambda objects: objects.pop(key)


def flip(key):
    return lambda objects: objects.update({key: objects[key][:-1] + b"\0"})


KEPT = [
    (drop("tile/0/000"), "tile/0/000.p/3", "tile/0/000 is missing"),
    (flip("tile/0/000"), "tile/0/000.p/3", "does not hash to its parent"),
    (drop("tile/entries/000"), "tile/entries/000.p/3", "tile/entries/000 is missing"),
    (flip("tile/entries/000"), "tile/entries/000.p/3", "does not hold what was published"),
    (flip("tile/0/000.p/3"), "tile/0/000.p/3", "is not the beginning"),
    (flip("tile/entries/000.p/200"), "tile/entries/000.p/200", "is not the beginning"),
]


@pytest.mark.parametrize(("harm", "kept", "why"), KEPT)
def test_what_is_not_proven_needless_stays_and_is_named(log, harm, kept, why):
    harm(log.store.objects)
    before = log.store.objects[kept]
    cleared = clear(log)
    assert log.store.objects[kept] == before
    assert why in "\n".join(map(str, cleared.problems))
    assert cleared.removed > 0, "what is proven goes all the same"
    with pytest.raises(TamperedError, match=r"more|left there"):
        cleared.raise_if_bad()


def test_nothing_goes_by_a_full_tile_that_is_not_published(log):
    # A publisher died before it signed: the full tile is there, the checkpoint is not.
    log.append(253)
    log.publish()
    for key in (checkpoint_key(768), "tile/1/000.p/3"):
        del log.store.objects[key]
    log.store.objects["checkpoint"] = log.store.objects[checkpoint_key(515)]
    assert "tile/0/002" in log.store.objects
    clear(log)
    assert "tile/0/002.p/3" in log.store.objects
    assert "tile/entries/002.p/3" in log.store.objects


def test_nothing_goes_where_the_edge_of_the_tree_is_broken(log):
    del log.store.objects["tile/1/000.p/2"]
    before = dict(log.store.objects)
    with pytest.raises(TamperedError):
        clear(log)
    assert log.store.objects == before


@pytest.mark.parametrize("fault", Fault)
def test_a_removal_that_fails_is_finished_by_the_next(log, fault):
    log.store.fault = fault
    with pytest.raises(StoreError):
        clear(log)
    clear(log)
    assert len(partials(log)) == 4


def test_a_slip_in_the_clearing_deletes_no_commit(log, monkeypatch):
    before = dict(log.store.objects)
    monkeypatch.setattr(clear_module, "_require_same", lambda *_: None)
    for key in before:
        if not is_partial(key):
            one = [(key, 0, 0, 0)]
            monkeypatch.setattr(clear_module, "_needless", lambda *_, one=one: iter(one))
            with pytest.raises(LedgerError, match="is never removed"):
                clear(log)
    assert log.store.objects == before


def test_an_audit_beside_it_raises_no_alarm(log, monkeypatch):
    real = TreeAudit._check_tile

    def cleared_meanwhile(audit, key, *place):
        if is_partial(key) and key in log.store.objects:
            clear(log)
        real(audit, key, *place)

    monkeypatch.setattr(TreeAudit, "_check_tile", cleared_meanwhile)
    verify_log(log.store, log.trust).raise_if_bad()
    assert len(partials(log)) == 4


def test_publishers_readers_and_clearing_race_and_nobody_notices(tmp_path):
    world, failed, done = World(store=FileStore(tmp_path)).create(), [], threading.Event()
    world.append()
    world.publish()
    first = newest(world)

    def again_and_again(work):
        try:
            while not done.is_set():
                work()
        except Exception as why:  # noqa: BLE001 -- whatever it is, somebody noticed
            failed.append(why)

    def read():
        reader = TileReader(world.store, first.size, first.root)
        assert reader.entry(0)
        now = newest(world)
        TileReader(world.store, now.size, now.root).consistency(first.size)

    work = (lambda: clear(world), lambda: clear(world), world.publish, read)
    threads = [threading.Thread(target=again_and_again, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for count in (100, 100, 54, 1, 1, 200, 60):
        world.append(count)
        world.publish()
    done.set()
    for thread in threads:
        thread.join(60)
    assert failed == []
    clear(world)
    verify_log(world.store, world.trust).raise_if_bad()
    left = [key for key in world.store.keys("tile/") if is_partial(key)]
    assert all(world.store.read(key.split(".p/")[0]) is None for key in left)
