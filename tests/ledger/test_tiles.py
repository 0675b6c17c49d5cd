import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import EvidenceError, LedgerError, TamperedError
from govgate.ledger.edge import Edge, load_edge
from govgate.ledger.reader import TileReader
from govgate.ledger.tiles import pack_entries, read_tile_path, tile_path, unpack_entries
from govgate.testing import MemoryStore


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ((0, 0, 256), "tile/0/000"),
        ((0, 999, 256), "tile/0/999"),
        ((0, 1000, 256), "tile/0/x001/000"),
        # Source: C2SP tlog-tiles, "Merkle tree".
        ((0, 1_234_067, 256), "tile/0/x001/x234/067"),
        ((1, 1, 17), "tile/1/001.p/17"),
        # Source: C2SP tlog-tiles, the log of 70,000 entries.
        (("entries", 273, 112), "tile/entries/273.p/112"),
        ((2, 0, 1), "tile/2/000.p/1"),
    ],
)
def test_tile_names_are_those_of_the_specification(place, path):
    assert tile_path(*place) == path
    assert read_tile_path(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/1000",
        "tile/00/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/../000",
        "tile/other/000",
    ],
)
def test_a_name_that_is_never_written_is_never_read(path):
    assert read_tile_path(path) is None


@given(st.integers(0, 10**9), st.integers(1, 256), st.sampled_from(["entries", 0, 5]))
@settings(max_examples=1000, deadline=None)
def test_names_survive_the_round_trip(n, width, level):
    assert read_tile_path(tile_path(level, n, width)) == (level, n, width)


@given(st.lists(st.binary(max_size=600), max_size=20))
@settings(max_examples=1000, deadline=None)
def test_entries_survive_the_round_trip(entries):
    assert unpack_entries(pack_entries(entries), "k") == entries


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=5))
@settings(max_examples=1000, deadline=None)
def test_a_bundle_cut_short_is_refused_or_loses_its_last_entry(entries):
    cut = pack_entries(entries)[:-1]
    with pytest.raises(TamperedError, match="cut short"):
        unpack_entries(cut, "k")


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        (65_535, True),  # OK: exactly on the bound
        (65_536, False),  # NOT OK: two bytes cannot say that length
    ],
)
def test_an_entry_ends_at_65535_bytes(size, fits):
    if fits:
        assert unpack_entries(pack_entries([b"x" * size]), "k") == [b"x" * size]
    else:
        with pytest.raises(EvidenceError, match="65,535"):
            pack_entries([b"x" * size])


def grown(*sizes):
    """A store in which each of these sizes was published, and the edge at the last."""
    store, edge = MemoryStore(), Edge()
    for size in sizes:
        full = edge.append([str(i).encode() for i in range(edge.size, size)])
        for key, data in (full | edge.partials()).items():
            store.create(key, data)
    return store, edge


@pytest.mark.parametrize("sizes", [(254, 257), (254, 256), (1, 2, 3), (0, 256, 512, 513)])
def test_an_edge_loaded_again_is_the_edge_that_was_saved(sizes):
    store, edge = grown(*sizes)
    again = load_edge(store, edge.size, edge.root())
    assert (again.tiles, again.entries, again.size) == (edge.tiles, edge.entries, edge.size)


def test_growing_in_one_step_or_in_many_writes_the_same_full_tiles():
    entries = [str(i).encode() for i in range(70_000)]
    once, steps = Edge(), Edge()
    whole, parts = once.append(entries), {}
    for at in range(0, len(entries), 777):
        parts |= steps.append(entries[at : at + 777])
    assert (whole, once.root()) == (parts, steps.root())
    assert once.partials().keys() == {
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/entries/273.p/112",
    }


def test_a_partial_tile_that_was_cleared_away_is_read_from_the_full_one():
    store, old = grown(254)
    top = old.root()
    full = old.append([b"254", b"255", b"256"])
    store.objects = dict(full)
    reader = TileReader(store, 254, top)
    assert reader.bundle(0) == [str(i).encode() for i in range(254)]


@pytest.mark.parametrize("key", ["tile/0/000", "tile/0/001", "tile/1/000.p/2"])
def test_no_tile_is_returned_that_does_not_hash_to_the_root(key):
    store, edge = grown(512)
    store.objects[key] = b"\1" + store.objects[key][1:]
    with pytest.raises(TamperedError, match=key):
        [TileReader(store, 512, edge.root()).tile(0, n) for n in range(2)]


@pytest.mark.parametrize("question", ["inclusion", "consistency", "root_at"])
def test_a_tree_answers_nothing_about_what_it_does_not_hold(question):
    store, edge = grown(5)
    with pytest.raises(LedgerError, match="publish"):
        getattr(TileReader(store, 5, edge.root()), question)(6)
