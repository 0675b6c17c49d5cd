"""A file comes back as it was kept, or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.canon import canonical, sha256
from govgate.errors import EvidenceError, StoreError, TamperedError
from govgate.ledger import blocks as room
from govgate.ledger import evidence_key, keep_blocks, read_blocks, survey, unchanged
from govgate.testing import Fault, MemoryStore

SHORT = 8
"""Block length of these tests."""


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch):
    monkeypatch.setattr(room, "BLOCK_BYTES", SHORT)


def cut(data):
    return [data[at : at + SHORT] for at in range(0, len(data), SHORT)]


def put(store, value):
    data = canonical(value)
    store.objects[evidence_key(sha256(data))] = data
    return sha256(data)


@given(st.binary(max_size=40))
@settings(max_examples=200)
def test_what_was_kept_is_read(data):
    store = MemoryStore()
    manifest = keep_blocks(cut(data), store)
    assert b"".join(read_blocks(manifest, store)) == data
    seen = survey(cut(data))
    assert (seen.size_bytes, seen.sha256) == (len(data), sha256(data))


def test_an_empty_file_is_a_manifest_and_no_block():
    store = MemoryStore()
    assert list(read_blocks(keep_blocks([], store), store)) == []
    assert len(store.objects) == 1


def test_the_same_file_twice_is_kept_once():
    store = MemoryStore()
    first = keep_blocks(cut(b"x" * 20), store)
    there = dict(store.objects)
    assert keep_blocks(cut(b"x" * 20), store) == first
    assert store.objects == there
    assert len(there) == 3  # the two equal blocks are one object


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("at", range(4))
def test_an_add_cut_short_at_any_write_goes_on_when_repeated(fault, at):
    store, data = FaultyAt(at, fault), bytes(range(24))
    with pytest.raises(StoreError):
        keep_blocks(cut(data), store)
    done = set(store.objects)
    manifest = keep_blocks(cut(data), store)
    assert b"".join(read_blocks(manifest, store)) == data
    assert done <= set(store.objects)
    assert len(store.objects) == 4


class FaultyAt(MemoryStore):
    """Fails once, at one write."""

    def __init__(self, at, fault):
        super().__init__()
        self.left, self.kind = at, fault

    def create(self, key, data):
        if self.left == 0:
            self.fault = self.kind
        self.left -= 1
        super().create(key, data)


def test_a_missing_manifest_is_written_last():
    store = FaultyAt(3, Fault.LOST)
    with pytest.raises(StoreError):
        keep_blocks(cut(bytes(range(24))), store)
    assert sorted(store.objects.values()) == sorted(cut(bytes(range(24))))


def damaged(store, manifest, block, what):
    key = evidence_key(block)
    match what:
        case "gone":
            del store.objects[key]
        case "cut short":
            store.objects[key] = store.objects[key][:-1]
        case "another's":
            other = b"yyyyyyyy"
            store.objects[key] = other
        case "the manifest's":
            store.objects[key] = store.objects[evidence_key(manifest)]
        case "no manifest":
            del store.objects[evidence_key(manifest)]
        case "swapped":
            other = next(k for k in store.objects if k not in {key, evidence_key(manifest)})
            store.objects[key], store.objects[other] = store.objects[other], store.objects[key]


@pytest.mark.parametrize(
    "what", ["gone", "cut short", "another's", "the manifest's", "no manifest", "swapped"]
)
def test_what_was_done_to_a_block_is_found(what):
    store = MemoryStore()
    manifest = keep_blocks(cut(bytes(range(24))), store)
    damaged(store, manifest, sha256(bytes(range(8, 16))), what)
    with pytest.raises(TamperedError, match="restore it from a copy"):
        list(read_blocks(manifest, store))


BLOCK = b"12345678"
MANIFESTS = {
    # OK
    "as it is written": ({"v": 1, "size_bytes": 8, "blocks": [sha256(BLOCK)]}, None),
    "a block twice": ({"v": 1, "size_bytes": 16, "blocks": [sha256(BLOCK)] * 2}, None),
    # NOT OK
    "a wrong size": ({"v": 1, "size_bytes": 9, "blocks": [sha256(BLOCK)]}, "lists 8 bytes"),
    "another version": ({"v": 2, "size_bytes": 8, "blocks": [sha256(BLOCK)]}, "no manifest"),
    "an unknown field": ({"v": 1, "size_bytes": 0, "blocks": [], "x": 1}, "no manifest"),
    "no version": ({"size_bytes": 0, "blocks": []}, "no manifest"),
    "a path for a digest": (
        {"v": 1, "size_bytes": 8, "blocks": ["sha256:../../keys/gate"]},
        "no manifest",
    ),
    "a list": ([], "no manifest"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_is_read_strictly(name):
    value, why = MANIFESTS[name]
    store = MemoryStore()
    store.objects[evidence_key(sha256(BLOCK))] = BLOCK
    manifest = put(store, value)
    if why is None:
        assert set(read_blocks(manifest, store)) == {BLOCK}
    else:
        with pytest.raises(TamperedError, match=why):
            list(read_blocks(manifest, store))


def test_a_manifest_in_another_spelling_is_refused():
    store, data = MemoryStore(), b'{"v":1, "size_bytes":0, "blocks":[]}'
    store.objects[evidence_key(sha256(data))] = data
    with pytest.raises(TamperedError, match="no manifest"):
        list(read_blocks(sha256(data), store))


CHANGES = {
    "a byte": lambda b: [*b[:1], b"x" * SHORT, *b[2:]],
    "shorter": lambda b: b[:-1],
    "longer": lambda b: [*b, b"more"],
    "reordered": lambda b: b[::-1],
    "emptied": lambda _: [],
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_changes_while_it_is_read_is_not_kept(name):
    store, data = MemoryStore(), cut(bytes(range(24)))
    with pytest.raises(EvidenceError, match="changed while it was read"):
        keep_blocks(unchanged(CHANGES[name](data), survey(data)), store)
    assert not any(b'"blocks"' in value for value in store.objects.values())


def test_nothing_that_was_not_surveyed_is_kept_even_as_a_block():
    store, data = MemoryStore(), cut(bytes(range(24)))
    with pytest.raises(EvidenceError):
        keep_blocks(unchanged([data[0], b"new text"], survey(data)), store)
    assert list(store.objects.values()) == [data[0]]


@pytest.mark.parametrize(("count", "fits"), [(4, True), (5, False)])
def test_a_file_longer_than_a_manifest_can_list_is_refused(monkeypatch, count, fits):
    monkeypatch.setattr(room, "MAX_BLOCKS", 4)
    data = [b"x" * SHORT] * count
    if fits:
        assert len(survey(data).blocks) == count
    else:
        with pytest.raises(EvidenceError, match="add it in parts"):
            survey(data)
