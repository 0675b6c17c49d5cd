"""The promise of `ports.Store`, on every adapter; then what only a folder has."""

import errno
import os
import stat
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.adapters.files import FileStore
from govgate.adapters.s3 import Bucket, S3Store
from govgate.adapters.single_writer import SingleWriterStore
from govgate.adapters.two_buckets import TwoBucketStore
from govgate.errors import ConflictError, LedgerError, StoreError
from govgate.testing import MemoryStore


def in_bucket(endpoint, **kind):
    return S3Store(endpoint.client(), Bucket(endpoint.bucket(**kind), "a/prefix/"))


ADAPTERS = {
    "memory": lambda _: MemoryStore(),
    "files": lambda ask: FileStore(ask("tmp_path") / "store"),
    "one writer": lambda ask: SingleWriterStore(MemoryStore(), ask("tmp_path") / "writer"),
    "two stores": lambda _: TwoBucketStore(MemoryStore(), MemoryStore()),
    "moto": lambda ask: in_bucket(ask("moto_endpoint")),
    "moto with versions": lambda ask: in_bucket(ask("moto_endpoint"), versioned=True),
    "rgw": lambda ask: in_bucket(ask("rgw_endpoint")),
}


@pytest.fixture(params=ADAPTERS)
def store(request):
    return ADAPTERS[request.param](request.getfixturevalue)


@pytest.fixture(params=["memory", "files", "moto", "rgw"])
def filled(request, filled_stores):
    return filled_stores[request.param]


@pytest.fixture(scope="module")
def filled_stores(request, tmp_path_factory):
    """One store of each adapter with the same keys, to be listed many times."""

    def ask(name):
        return tmp_path_factory.mktemp("s") if name == "tmp_path" else request.getfixturevalue(name)

    stores = {name: ADAPTERS[name](ask) for name in ("memory", "files", "moto", "rgw")}
    for each in stores.values():
        for key in reversed(KEYS):
            each.create(key, b"x")
    return stores


def test_what_was_written_is_read_and_nothing_else_is(store):
    assert store.read("a/b") is None
    store.create("a/b", b"\0bytes")
    assert store.read("a/b") == b"\0bytes"
    assert store.read("a/c") is None


def test_a_key_is_created_once_but_the_same_bytes_may_come_again(store):
    store.create("k", b"one")
    store.create("k", b"one")
    with pytest.raises(ConflictError, match="k"):
        store.create("k", b"two")
    assert store.read("k") == b"one"


def test_a_hint_may_change(store):
    store.replace("hint", b"one")
    store.replace("hint", b"two")
    assert store.read("hint") == b"two"


def test_an_empty_object_is_not_an_absent_one(store):
    store.create("k", b"")
    assert store.read("k") == b""


def test_a_partial_tile_can_be_removed_and_written_again(store):
    for key in ("tile/0/000.p/2", "tile/0/000.p/20", "tile/entries/x001/000.p/255"):
        store.create(key, b"four")
    assert store.discard("tile/0/000.p/2") == 4
    assert store.discard("tile/0/000.p/2") == 0
    assert store.read("tile/0/000.p/2") is None
    assert store.read("tile/0/000.p/20") == b"four"
    assert store.discard("tile/entries/x001/000.p/255") == 4
    store.create("tile/0/000.p/2", b"fours")
    assert store.read("tile/0/000.p/2") == b"fours"
    assert list(store.keys("tile/")) == ["tile/0/000.p/2", "tile/0/000.p/20"]


NEVER_REMOVED = (
    "commits/00000000000000000000",
    "checkpoints/00000000000000000002",
    "checkpoint",
    "log.json",
    "tile/0/000",
    "tile/entries/x001/000",
    "tile/0/000.p",
    "tile/0/000.p/256",
    "tile/0/000.p/0",
    "tile/0/000.p/2/3",
    "tile/00/000.p/2",
    "evidence/sha256/ab/000.p/2",
    "commits/tile/0/000.p/2",
    "cosignatures/00000000000000000002/ab",
    "timestamps/00000000000000000002/tsa.tsr",
    "probe/ab",
)


def test_nothing_but_a_partial_tile_is_ever_removed(store):
    for number, key in enumerate(NEVER_REMOVED):
        if number != 6:  # a folder may stand there
            store.create(key, b"x")
        with pytest.raises(LedgerError, match="is never removed"):
            store.discard(key)
        assert number == 6 or store.read(key) == b"x"


KEYS = ("a", "b.p/1", "b/1", "b/10", "b/2", "b0", "c/x001/000", "c/x001/001.p/3")


@pytest.mark.parametrize("prefix", ["", "b", "b/", "b.p/", "c/x", "c/x001/00", "nothing", "a/"])
@pytest.mark.parametrize("after", ["", "a", "b", "b/", "b/1", "b/1x", "c/x001/000", "z"])
def test_keys_come_in_the_order_of_whole_keys(filled, prefix, after):
    wanted = [k for k in sorted(KEYS) if k.startswith(prefix) and k > after]
    found = [k for k in filled.keys(prefix, after) if not k.startswith("probe/")]
    assert found == wanted


NAMES = st.text("ab.0-_", min_size=1, max_size=3).filter(lambda n: not n.startswith("."))


@given(st.sets(st.tuples(NAMES, NAMES), max_size=12), st.text("ab.0-_/", max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_folder_lists_as_memory_does(tmp_path_factory, pairs, after):
    folder, memory = FileStore(tmp_path_factory.mktemp("s")), MemoryStore()
    for first, second in pairs:
        for each in (folder, memory):
            each.create(f"{first}/{second}", b"x")
    assert list(folder.keys("a", after)) == list(memory.keys("a", after))


BAD_KEYS = (
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "../a",
    "a/../b",
    "a/..",
    ".hidden",
    "a/.tmp",
    "a\\b",
    "a\0b",
    "a\n",
    "a b",
    "é",
)


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_could_lead_outside_is_refused(tmp_path, key):
    store = FileStore(tmp_path / "store")
    for call in (
        lambda: store.read(key),
        lambda: store.create(key, b""),
        lambda: store.replace(key, b""),
    ):
        with pytest.raises(StoreError, match="cannot be a key"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_no_link_is_followed(tmp_path):
    outside = tmp_path / "outside"
    (outside / "0" / "000.p").mkdir(parents=True)
    (outside / "0" / "000.p" / "2").write_bytes(b"secret")
    (outside / "secret").write_bytes(b"secret")
    root = tmp_path / "store"
    root.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    (root / "tile").symlink_to(outside)
    store = FileStore(root)
    for call in (
        lambda: store.read("folder/secret"),
        lambda: store.create("folder/new", b"x"),
        lambda: store.replace("folder/secret", b"x"),
        lambda: store.discard("tile/0/000.p/2"),
        lambda: store.read("file"),
        lambda: store.create("file", b"x"),
    ):
        with pytest.raises(StoreError, match="link"):
            call()
    store.replace("file", b"mine")
    assert (outside / "secret").read_bytes() == b"secret"
    assert sorted(p.name for p in outside.iterdir()) == ["0", "secret"]
    assert (outside / "0" / "000.p" / "2").read_bytes() == b"secret"
    assert "folder/secret" not in store.keys("")


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "disk")
    FileStore(tmp_path / "store").create("k", b"x")
    assert (tmp_path / "disk" / "k").read_bytes() == b"x"


def test_a_file_in_the_place_of_a_folder_is_said_to_be_one(tmp_path):
    store = FileStore(tmp_path)
    store.create("a", b"x")
    with pytest.raises(StoreError, match="folder belongs"):
        store.create("a/b", b"x")


def test_an_unfinished_write_is_never_a_key_and_nothing_is_left_behind(tmp_path):
    store = FileStore(tmp_path)
    (tmp_path / ".0123.tmp").write_bytes(b"left by a crash")
    store.create("k", b"x")
    with pytest.raises(ConflictError):
        store.create("k", b"y")
    assert list(store.keys("")) == ["k"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [".0123.tmp", "k"]


@pytest.mark.parametrize(
    ("call", "code", "step"),
    [
        ("fsync", errno.ENOSPC, "space"),
        ("fsync", errno.EIO, "disk"),
        ("link", errno.EROFS, "writing"),
        ("link", errno.EPERM, "access"),
        ("open", errno.EACCES, "access"),
    ],
)
def test_a_disk_that_fails_is_said_to_with_the_next_step(tmp_path, monkeypatch, call, code, step):
    store = FileStore(tmp_path)

    def fail(*_args, **_kwargs):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(StoreError, match=step):
            store.create("k", b"x")
    store.create("k", b"x")
    assert store.read("k") == b"x"


def test_a_key_that_is_cleared_away_while_it_is_written_is_there_in_the_end(tmp_path, monkeypatch):
    store, real = FileStore(tmp_path), os.link

    def link(*args, **kwargs):
        monkeypatch.setattr(os, "link", real)
        try:
            real(*args, **kwargs)
        finally:
            store.discard("tile/0/000.p/2")

    store.create("tile/0/000.p/2", b"x")
    monkeypatch.setattr(os, "link", link)
    store.create("tile/0/000.p/2", b"x")
    assert store.read("tile/0/000.p/2") == b"x"


def test_content_and_name_are_synced_in_that_order(tmp_path, monkeypatch):
    store, seen = FileStore(tmp_path), []
    real_sync, real_link = os.fsync, os.link

    def sync(fd):
        seen.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        real_sync(fd)

    def link(*args, **kwargs):
        seen.append("link")
        real_link(*args, **kwargs)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "link", link)
    store.create("k", b"x")
    assert seen == ["file", "link", "folder"]


def test_of_many_who_create_a_key_one_wins_and_all_know(tmp_path):
    store, won = FileStore(tmp_path), []

    def work(name):
        try:
            store.create("deep/er/k", name)
            won.append(name)
        except ConflictError:
            pass

    threads = [threading.Thread(target=work, args=(bytes([i]) * 9000,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert won == [store.read("deep/er/k")]
