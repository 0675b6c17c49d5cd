"""Appending and publishing when stores fail, writers race and processes die."""

import threading
from itertools import count

import pytest

from govgate.adapters.files import FileStore
from govgate.canon import sha256
from govgate.errors import (
    AuthorityError,
    ConflictError,
    EvidenceError,
    LedgerError,
    RollbackError,
    StoreError,
    TamperedError,
)
from govgate.ledger import (
    TileReader,
    create_log,
    is_quarantine_entry,
    leaf_hash,
    read_log,
    verify_consistency,
    verify_proof,
    vkey,
)
from govgate.ledger.chain import walk
from govgate.ledger.commit import MAX_BYTES, MAX_ENTRIES, Head, commit_key, write_commit
from govgate.testing import Fault, MemorySigner, MemoryStore
from tests.ledger.conftest import ORIGIN, World


def texts(log):
    return [entry.decode() for _, entry in log.entries()]


def numbers(low, high):
    return [str(i).encode() for i in range(low, high)]


class DyingStore(MemoryStore):
    """Does a number of writes, then breaks one in the given way, and all after it."""

    def __init__(self, objects, writes, fault):
        super().__init__()
        self.objects, self.left, self.kind = objects, writes, fault

    def _write(self, key, data):
        self.left -= 1
        if self.left < 0:
            self.fault = self.kind if self.left == -1 else Fault.LOST
        super()._write(key, data)


def test_entries_come_back_in_the_order_they_went_in(world):
    log = world.log()
    assert log.append(numbers(0, 300), "a").start == 0
    assert log.append(numbers(300, 301), "b").leaves == (leaf_hash(b"300").hex(),)
    log.publish(world.log_key)
    log.append(numbers(301, 303), "c")
    assert texts(log) == [str(i) for i in range(303)]
    assert [i for i, _ in log.entries(255)] == list(range(255, 303))
    assert [i for i, _ in log.entries(302)] == [302]


@pytest.mark.parametrize("fault", Fault)
def test_an_append_whose_write_fails_stands_exactly_once(world, fault):
    log = world.log()
    log.append([b"one"], "a")
    world.store.fault = fault
    assert log.append([b"two"], "b").start == 1
    assert texts(world.log()) == ["one", "two"]


@pytest.mark.parametrize("fault", Fault)
def test_an_append_given_up_and_called_again_stands_exactly_once(world, fault):
    dying = DyingStore(world.store.objects, 0, fault)
    log = world.log(dying)
    if fault is Fault.LOST:
        with pytest.raises(StoreError, match=r"in 8 tries: .*; read it back"):
            log.append([b"one"], "a")
    else:
        log.append([b"one"], "a")
    assert world.log().append([b"one"], "a").start == 0
    assert texts(world.log()) == ["one"]


def test_a_batch_name_stands_for_one_batch_only(world):
    log = world.log()
    log.append([b"one"], "a")
    with pytest.raises(ConflictError, match="batch a"):
        world.log().append([b"two"], "a")


@pytest.mark.parametrize(
    ("envelopes", "batch"),
    [
        ([b"x" * 65_536], "a"),
        ([b"ok", b"x" * 65_536], "a"),
        ([], "a"),
        ([b"x"] * (MAX_ENTRIES + 1), "a"),
        ([b"x" * 65_534] * (MAX_BYTES // 65_536 + 1), "a"),
        ([b"x"], ""),
        ([b"x"], "a\nb"),
        ([b"x"], "a" * 65),
    ],
)
def test_what_the_log_cannot_hold_is_refused_before_anything_is_written(world, envelopes, batch):
    before = dict(world.store.objects)
    with pytest.raises(EvidenceError):
        world.log().append(envelopes, batch)
    assert world.store.objects == before


@pytest.mark.parametrize(
    "envelopes",
    [[b"x" * 65_535], [b"x"] * MAX_ENTRIES, [b"x" * 65_534] * (MAX_BYTES // 65_536)],
)
def test_what_is_exactly_on_a_bound_is_held(world, envelopes):
    world.log().append(envelopes, "a" * 64)
    assert [e for _, e in world.log().entries()] == envelopes


def test_racing_writers_lose_nothing_and_write_nothing_twice(tmp_path):
    world = World(store=FileStore(tmp_path)).create()

    def work(name):
        log = world.log()
        for i in range(25):
            log.append([f"{name}.{i}".encode()], f"{name}-{i}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(texts(world.log())) == sorted(f"{n}.{i}" for n in range(4) for i in range(25))
    world.publish()
    assert len(texts(world.log())) == 100


def test_racing_publishers_sign_one_history(tmp_path):
    world = World(store=FileStore(tmp_path)).create()
    errors = []

    def work():
        try:
            for _ in range(10):
                world.publish()
        except LedgerError as why:
            errors.append(why)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    log = world.log()
    for i in range(40):
        log.append(numbers(i * 20, i * 20 + 20), f"b{i}")
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert world.publish().size == 800
    assert world.store.read("checkpoint") == world.log().checkpoint().note


def test_a_log_grows_over_the_end_of_a_second_level_of_tiles():
    world = World().create()
    for start in range(0, 65_535, 4_096):
        world.log().append(numbers(start, min(start + 4_096, 65_535)), f"b{start}")
    before = world.publish()
    assert before.size == 65_535
    world.log().append(numbers(65_535, 65_537), "over")
    healthy = dict(world.store.objects)
    after = world.publish()
    new = world.store.objects.keys() - healthy.keys()
    assert {"tile/0/255", "tile/0/256.p/1", "tile/1/000", "tile/2/000.p/1"} < new
    reader = TileReader(world.store, after.size, after.root)
    verify_consistency(65_535, 65_537, before.root, after.root, reader.consistency(65_535))
    for index in (0, 65_279, 65_534, 65_535, 65_536):
        verify_proof(world.log().prove(index), leaf_hash(b"%d" % index), ORIGIN, [world.vkey])
    # A publisher that dies at any of these writes is healed by the next, there too.
    for writes in range(len(new)):
        alive = MemoryStore()
        alive.objects = dict(healthy)
        dying = DyingStore(alive.objects, writes, Fault.LANDED)
        with pytest.raises(StoreError):
            world.log(dying).publish(world.log_key)
        alive.objects = dying.objects
        assert world.log(alive).publish(world.log_key) == after
        assert alive.objects == world.store.objects


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("sizes", [(254, 257), (0, 1), (256, 513), (255, 256)])
def test_a_publisher_that_dies_at_any_write_is_healed_by_the_next(fault, sizes):
    world = World().create()
    first, second = sizes
    if first:
        world.log().append(numbers(0, first), "a")
        world.publish()
    world.log().append(numbers(first, second), "b")
    healthy = dict(world.store.objects)
    whole = world.publish()
    expected = dict(world.store.objects)
    for writes in count():
        dying = DyingStore(dict(healthy), writes, fault)
        try:
            world.log(dying).publish(world.log_key)
        except StoreError:
            alive = MemoryStore()
            alive.objects = dying.objects
            assert world.log(alive).publish(world.log_key) == whole
            assert alive.objects == expected
        else:
            break
    assert writes == len(expected) - len(healthy) + (first > 0)


def test_publishing_again_writes_nothing(world):
    world.append(3)
    world.publish()
    before = dict(world.store.objects)
    assert world.publish().size == 3
    assert world.store.objects == before


def test_a_log_without_entries_can_be_published(world):
    assert world.log().checkpoint() is None
    assert world.publish().size == 0
    assert world.log().checkpoint().checkpoint.size == 0
    assert texts(world.log()) == []


def test_a_hint_left_behind_is_brought_forward(world):
    world.append()
    world.publish()
    old = world.store.objects["checkpoint"]
    world.append()
    world.publish()
    world.store.objects["checkpoint"] = old
    assert world.log().checkpoint().checkpoint.size == 2
    world.publish()
    assert world.store.objects["checkpoint"] == world.store.objects[f"checkpoints/{2:020d}"]


def test_a_key_that_is_not_the_logs_publishes_nothing(world):
    world.append()
    before = dict(world.store.objects)
    with pytest.raises(AuthorityError, match="log key"):
        world.log().publish(MemorySigner("somebody"))
    assert world.store.objects == before


@pytest.mark.parametrize(
    "key", ["tile/0/000", "tile/entries/000", "tile/0/001.p/4", f"checkpoints/{260:020d}"]
)
def test_a_publisher_halts_where_other_bytes_lie(world, key):
    world.log().append(numbers(0, 260), "a")
    world.store.objects[key] = b"forged"
    with pytest.raises(TamperedError, match=key):
        world.publish()
    assert "checkpoint" not in world.store.objects


def test_a_log_that_shrank_is_not_read_on(world):
    log = world.log()
    world.append()
    log.publish(world.log_key)
    del world.store.objects["checkpoint"], world.store.objects[f"checkpoints/{1:020d}"]
    with pytest.raises(RollbackError):
        log.checkpoint()


def test_a_log_cut_back_by_one_checkpoint_is_not_read_on(world):
    log = world.log()
    world.append()
    log.publish(world.log_key)
    first = world.store.objects["checkpoint"]
    world.append()
    log.publish(world.log_key)
    del world.store.objects[f"checkpoints/{2:020d}"]
    world.store.objects["checkpoint"] = first
    with pytest.raises(RollbackError, match="had 2 entries"):
        log.checkpoint()


def test_a_checkpoint_under_another_size_is_refused(world):
    world.append()
    world.publish()
    world.store.objects[f"checkpoints/{9:020d}"] = world.store.objects["checkpoint"]
    with pytest.raises(TamperedError, match="size 1"):
        world.log().checkpoint()


def test_a_changed_bundle_is_neither_read_nor_built_upon(world):
    world.append(3)
    world.publish()
    key = "tile/entries/000.p/3"
    world.store.objects[key] = world.store.objects[key][:-1] + b" "
    with pytest.raises(TamperedError, match=key):
        texts(world.log())
    world.append()
    with pytest.raises(TamperedError, match=key):
        world.publish()


def test_every_published_entry_is_proven_to_outsiders(world):
    world.log().append(numbers(0, 300), "a")
    world.publish()
    for index in (0, 255, 256, 299):
        leaf = leaf_hash(str(index).encode())
        proof = world.log().prove(index)
        assert verify_proof(proof, leaf, ORIGIN, [world.vkey]).size == 300
        assert world.log().find(leaf) == index
    assert world.log().find(leaf_hash(b"nobody")) is None


@pytest.mark.parametrize("published", [False, True])
def test_what_is_not_published_is_not_proven(world, published):
    if published:
        world.append()
        world.publish()
    world.append()
    with pytest.raises(LedgerError, match="publish"):
        world.log().prove(1)


def test_find_gives_the_newest_of_equal_entries(world):
    world.log().append([b"same"] * 300, "a")
    world.publish()
    assert world.log().find(leaf_hash(b"same")) == 299


JUNK = {
    "not a commit": b"junk",
    "nothing": b"",
    "a commit for another place": None,
    "nested beyond reason": b"[" * 100_000 + b"\n",
}


@pytest.mark.parametrize("name", JUNK)
def test_an_invalid_commit_counts_as_one_entry_and_stops_nobody(world, name):
    world.append(2)
    junk = JUNK[name] or world.store.objects[commit_key(0)]
    world.store.objects[commit_key(2)] = junk
    assert world.append().start == 3
    assert world.publish().size == 4
    trace = texts(world.log())[2]
    assert trace.startswith('{"govgate":"invalid-commit","key":"commits/00000000000000000002"')
    shown = [is_quarantine_entry(entry) for _, entry in world.log().entries()]
    assert shown == [False, False, True, False]


@pytest.mark.parametrize("stray", [1, 2])
def test_objects_put_among_the_commits_do_not_lead_a_new_writer_astray(world, stray):
    world.append(3)
    world.publish()
    world.store.objects[commit_key(stray)] = world.store.objects[commit_key(0)]
    assert world.append().start == 3
    assert world.publish().size == 4


def test_a_rogue_commit_that_fits_the_one_before_it_makes_no_honest_one_invalid(world):
    world.append(3)
    world.publish()
    prev = sha256(world.store.objects[commit_key(0)]).removeprefix("sha256:")
    world.store.objects[commit_key(2)] = write_commit(Head(2, prev), "rogue", [b"x"])
    assert world.append().start == 3
    assert [c.quarantined for c in walk(world.store, Head())] == [False, False]


def test_a_changed_commit_is_not_built_upon(world):
    world.append(3)
    world.publish()
    world.store.objects[commit_key(0)] = world.store.objects[commit_key(0)][:-1] + b" "
    with pytest.raises(TamperedError, match="size 3"):
        world.append()


def test_a_missing_commit_is_named_where_it_is_needed(world):
    world.append(3)
    world.publish()
    del world.store.objects[commit_key(0)]
    with pytest.raises(TamperedError, match="size 3"):
        world.append()


def test_a_place_holds_one_log_only(world):
    with pytest.raises(ConflictError, match="already"):
        world.create()


def test_a_log_key_bears_the_name_of_its_log():
    key = vkey("other.example", MemorySigner("log").public)
    with pytest.raises(LedgerError, match="named"):
        create_log(MemoryStore(), ORIGIN, key, World().clock)


@pytest.mark.parametrize("data", [b"{}", b"[]", b"junk", b'{"commit_v":1,"v":2}\n'])
def test_a_log_of_an_unknown_version_is_not_read(data):
    store = MemoryStore()
    store.objects["log.json"] = data
    with pytest.raises(LedgerError, match="version"):
        read_log(store)


def test_a_folder_without_a_log_is_said_to_have_none():
    with pytest.raises(LedgerError, match="missing"):
        read_log(MemoryStore())
