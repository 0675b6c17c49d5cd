"""A whole log in buckets: one, a locked one, two, and with one writer."""

import json
import multiprocessing
import time

import pytest

from govgate.adapters.clock import SystemClock
from govgate.adapters.s3 import Bucket, Retention, S3Store
from govgate.adapters.single_writer import SingleWriterStore
from govgate.adapters.two_buckets import TwoBucketStore
from govgate.errors import StoreError, TamperedError
from govgate.ledger import clear_partials, verify_log
from govgate.testing import Fault, MemoryStore
from tests.ledger.conftest import World

LOCK = Retention(1, SystemClock())


def a_store(endpoint, shape, tmp_path):
    client = endpoint.client()
    if shape == "one bucket":
        return S3Store(client, Bucket(endpoint.bucket(), "ledger/"))
    if shape == "one locked bucket":
        return S3Store(client, Bucket(endpoint.bucket(locked=True)), retention=LOCK)
    if shape == "one writer":
        store = S3Store(client, Bucket(endpoint.bucket()), proven=False)
        return SingleWriterStore(store, tmp_path / "writer")
    keeping = Bucket(endpoint.bucket(locked=True))
    return TwoBucketStore(
        S3Store(client, Bucket(endpoint.bucket())),
        S3Store(client, keeping, retention=LOCK, proven=False),
    )


def grown(world):
    """A log that was published at the start, in the middle and at the end of a tile."""
    world.create()
    for count in (1, 3, 252):
        world.append(count)
        world.publish()
    world.append(2)
    world.append(text="x" * 60_000)
    world.publish()
    return world


@pytest.mark.parametrize(
    ("service", "shape"),
    [
        ("moto", "one bucket"),
        ("moto", "one locked bucket"),
        ("moto", "two buckets"),
        ("rgw", "one bucket"),
        ("rgw", "two buckets"),
        ("rgw", "one writer"),
    ],
)
def test_a_log_in_a_bucket_has_the_bytes_it_has_anywhere(request, tmp_path, service, shape):
    endpoint = request.getfixturevalue(f"{service}_endpoint")
    world = grown(World(store=a_store(endpoint, shape, tmp_path)))
    memory = grown(World())
    report = verify_log(world.store, world.trust)
    report.raise_if_bad()
    assert report.size == 259
    keys = [key for key in world.store.keys("") if not key.startswith("probe/")]
    assert keys == sorted(memory.store.objects)
    assert all(world.store.read(k) == data for k, data in memory.store.objects.items())


def test_with_two_buckets_every_commit_is_kept_under_a_lock(rgw_endpoint, tmp_path):
    store = a_store(rgw_endpoint, "two buckets", tmp_path)
    grown(World(store=store))
    client, kept = rgw_endpoint.client(), store._keeping.bucket
    settled = list(store._settling.keys("commits/"))
    assert list(store._keeping.keys("commits/")) == settled
    for key in settled:
        locked = client.get_object_retention(Bucket=kept, Key=key)["Retention"]
        assert locked["Mode"] == "COMPLIANCE"
    versions = client.list_object_versions(Bucket=kept)["Versions"]
    assert len(versions) == len({v["Key"] for v in versions}), "something was written twice"


# -- Clearing ----------------------------------------------------------------------------------


def kept_bytes(endpoint, bucket):
    """Everything that a bucket keeps: key, version, size; and each mark that something went."""
    found = endpoint.client().list_object_versions(Bucket=bucket)
    assert not found["IsTruncated"]
    versions = [(v["Key"], v["VersionId"], v["Size"]) for v in found.get("Versions", ())]
    return versions + [(m["Key"], m["VersionId"], -1) for m in found.get("DeleteMarkers", ())]


@pytest.mark.parametrize(
    ("service", "shape"),
    [
        ("moto", "one bucket"),
        ("moto", "one locked bucket"),
        ("moto", "two buckets"),
        ("rgw", "one bucket"),
        ("rgw", "two buckets"),
        ("rgw", "one writer"),
    ],
)
def test_clearing_frees_the_bytes_and_touches_nothing_else(request, tmp_path, service, shape):
    endpoint = request.getfixturevalue(f"{service}_endpoint")
    world = grown(World(store=a_store(endpoint, shape, tmp_path)))
    store = getattr(world.store, "_store", world.store)
    bucket = getattr(store, "_keeping", store).bucket
    before = kept_bytes(endpoint, bucket)
    cleared = clear_partials(world.store, world.log().checkpoint().checkpoint)
    after = kept_bytes(endpoint, bucket)
    gone = [one for one in before if one not in after]
    assert {key.removeprefix("ledger/") for key, _, _ in gone} == {
        f"tile/{level}/000.p/{width}" for level in (0, "entries") for width in (1, 4)
    }
    assert set(after) < set(before), "no mark was left, and nothing was written"
    assert (cleared.removed, cleared.freed_bytes) == (4, sum(size for *_, size in gone))
    verify_log(world.store, world.trust).raise_if_bad()
    world.append(3)
    world.publish()
    verify_log(world.store, world.trust).raise_if_bad()


def test_a_partial_tile_that_was_written_twice_goes_with_all_its_versions(moto_endpoint, tmp_path):
    world = grown(World(store=a_store(moto_endpoint, "one locked bucket", tmp_path)))
    client, bucket, key = moto_endpoint.client(), world.store.bucket, "tile/0/000.p/4"
    client.delete_object(Bucket=bucket, Key=key)
    client.put_object(Bucket=bucket, Key=key, Body=world.store.read("tile/0/000")[: 4 * 32])
    cleared = clear_partials(world.store, world.log().checkpoint().checkpoint)
    assert key not in {k for k, *_ in kept_bytes(moto_endpoint, bucket)}
    sizes = 32 + 4 * 32 * 2
    bundles = len(world.store.read("tile/entries/000"))
    assert sizes < cleared.freed_bytes < sizes + bundles


def test_a_bucket_that_lets_nothing_go_is_named_with_the_next_step(rgw_endpoint, tmp_path):
    world = grown(World(store=a_store(rgw_endpoint, "one bucket", tmp_path)))
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject"}
    deny["Resource"] = f"arn:aws:s3:::{world.store.bucket}/*"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    rgw_endpoint.client().put_bucket_policy(Bucket=world.store.bucket, Policy=policy)
    with pytest.raises(StoreError, match="grant s3:DeleteObject"):
        clear_partials(world.store, world.log().checkpoint().checkpoint)
    verify_log(world.store, world.trust).raise_if_bad()


# -- Two stores, and what can fail between them ------------------------------------------------


def a_pair():
    return TwoBucketStore(MemoryStore(), MemoryStore())


@pytest.mark.parametrize("fault", Fault)
def test_a_commit_whose_copy_failed_is_copied_by_the_next_write(fault):
    store = a_pair()
    store.create("commits/0", b"a")
    store._keeping.fault = fault
    with pytest.raises(StoreError):
        store.create("commits/1", b"b")
    assert store.read("commits/1") == b"b"
    store.create("commits/2", b"c")
    assert list(store._keeping.keys("")) == ["commits/0", "commits/1", "commits/2"]


def test_no_size_is_signed_before_its_commits_are_kept():
    store = a_pair()
    store._settling.create("commits/0", b"left by a crash")
    store._keeping.fault = Fault.LOST
    with pytest.raises(StoreError):
        store.create("checkpoints/1", b"signed")
    assert store._keeping.objects == {}
    store.create("checkpoints/1", b"signed")
    assert list(store._keeping.keys("")) == ["checkpoints/1", "commits/0"]


def test_another_process_goes_on_where_the_copies_end():
    store = a_pair()
    store.create("commits/0", b"a")
    store._settling.create("commits/1", b"left by a crash")
    TwoBucketStore(store._settling, store._keeping).create("commits/2", b"c")
    assert store._keeping.objects == store._settling.objects


def test_commits_that_were_kept_are_never_settled_anew():
    store = a_pair()
    store.create("commits/0", b"a")
    store._settling.objects.clear()
    with pytest.raises(TamperedError, match="copy commits/ back"):
        store.create("commits/0", b"forged")
    assert store._settling.objects == {}


def test_the_hint_is_in_the_bucket_that_may_change():
    store = a_pair()
    store.replace("checkpoint", b"1")
    store.create("tile/0/000", b"t")
    assert list(store._settling.objects) == ["checkpoint"]
    assert list(store.keys("")) == ["checkpoint", "tile/0/000"]


# -- One writer --------------------------------------------------------------------------------


class Slow(MemoryStore):
    """Shows when two are inside at once."""

    def __init__(self, inside, most):
        super().__init__()
        self.inside, self.most = inside, most

    def create(self, key, data):
        self.inside.value += 1
        self.most.value = max(self.most.value, self.inside.value)
        time.sleep(0.02)
        self.inside.value -= 1
        super().create(key, data)


def write_ten(lock, inside, most):
    store = SingleWriterStore(Slow(inside, most), lock)
    for n in range(10):
        store.create(str(n), b"x")


def test_writers_of_one_machine_take_turns(tmp_path):
    fork = multiprocessing.get_context("fork")
    inside, most = fork.Value("i", 0, lock=False), fork.Value("i", 0, lock=False)
    each = (tmp_path / "folder" / "writer", inside, most)
    writers = [fork.Process(target=write_ten, args=each) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [w.exitcode for w in writers] == [0, 0, 0]
    assert most.value == 1


def test_a_lock_file_that_cannot_be_made_stops_the_write(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    store = SingleWriterStore(MemoryStore(), tmp_path / "file" / "writer")
    with pytest.raises(StoreError, match="give this user access"):
        store.create("k", b"x")
