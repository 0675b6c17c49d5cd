"""Every leaf and every pair of sizes of every small tree, and the sizes where tiles turn."""

import hashlib
from functools import cache

import pytest

from govgate.errors import TamperedError
from govgate.ledger.edge import Edge
from govgate.ledger.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from govgate.ledger.reader import TileReader
from govgate.testing import MemoryStore

EXHAUSTIVE = 65

RFC_6962_INPUTS = [
    bytes.fromhex(h)
    for h in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
RFC_6962_ROOTS = (
    # Source: certificate-transparency's reference test vectors for RFC 6962.
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def _split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@cache
def naive(low, high):
    """RFC 9162, section 2.1.1, word for word."""
    n = high - low
    if n == 1:
        return leaf_hash(str(low).encode())
    return node_hash(naive(low, low + _split(n)), naive(low + _split(n), high))


def published(size):
    """A store with the tiles of a tree of that size, and its root."""
    store, edge = MemoryStore(), Edge()
    objects = edge.append([str(i).encode() for i in range(size)]) | edge.partials()
    for key, data in objects.items():
        store.create(key, data)
    return TileReader(store, size, edge.root()), edge.root()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_published_vectors(size):
    leaves = [leaf_hash(entry) for entry in RFC_6962_INPUTS[:size]]
    assert root(leaves).hex() == RFC_6962_ROOTS[size - 1]


def test_the_empty_root_is_the_hash_of_nothing():
    assert root([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", [*range(1, EXHAUSTIVE + 1), 255, 256, 257])
def test_every_leaf_of_every_small_tree_is_proven_and_nothing_else_is(size):
    reader, top = published(size)
    assert top == naive(0, size)
    for index in range(size):
        leaf, proof = naive(index, index + 1), reader.inclusion(index)
        verify_inclusion(leaf, index, size, proof, top)
        wrong = [
            (node_hash(leaf, leaf), index, size, proof, top),
            (leaf, index, size, [*proof, top], top),
            (leaf, size, size, proof, top),
            (leaf, index, size, proof, leaf_hash(b"other")),
        ]
        wrong += [(leaf, index, size, proof[:-1], top)] if proof else []
        for case in wrong:
            with pytest.raises(TamperedError):
                verify_inclusion(*case)


def test_a_path_of_another_length_proves_nothing_even_to_a_root_it_leads_to():
    leaf, other = leaf_hash(b"0"), leaf_hash(b"x")
    with pytest.raises(TamperedError, match="too long"):
        verify_inclusion(leaf, 0, 1, [other], node_hash(other, leaf))
    with pytest.raises(TamperedError, match="does not lead"):
        verify_inclusion(leaf, 0, 4, [other], node_hash(leaf, other))


@pytest.mark.parametrize("n", [*range(EXHAUSTIVE + 1), 257])
def test_every_pair_of_sizes_is_consistent_and_no_forgery_is(n):
    reader, top = published(n)
    for m in range(n + 1):
        before = naive(0, m) if m else EMPTY_ROOT
        proof = reader.consistency(m)
        assert reader.root_at(m) == before
        verify_consistency(m, n, before, top, proof)
        wrong = [(m, n, leaf_hash(b"other"), top, proof), (m, n, before, top, [*proof, top])]
        wrong += [(m, n, before, top, proof[:-1])] if proof else []
        wrong += [(m, n, before, leaf_hash(b"other"), proof)] if m else []
        for case in wrong:
            with pytest.raises(TamperedError):
                verify_consistency(*case)


def inclusion(index, low, high):
    """RFC 9162, section 2.1.3.1, word for word."""
    if high - low == 1:
        return []
    k = low + _split(high - low)
    if index < k:
        return [*inclusion(index, low, k), naive(k, high)]
    return [*inclusion(index, k, high), naive(low, k)]


def consistency(m, low, high, *, whole=True):
    """RFC 9162, section 2.1.4.1, word for word."""
    n = high - low
    if m == n:
        return [] if whole else [naive(low, high)]
    k = _split(n)
    if m <= k:
        return [*consistency(m, low, low + k, whole=whole), naive(low + k, high)]
    return [*consistency(m - k, low + k, high, whole=False), naive(low, low + k)]


def test_every_pair_up_to_257_is_proven_as_the_standard_writes_the_proofs():
    leaves = [leaf_hash(str(i).encode()) for i in range(257)]
    for n in range(1, 258):
        top = naive(0, n)
        for m in range(n):
            verify_inclusion(leaves[m], m, n, inclusion(m, 0, n), top)
            if m:
                verify_consistency(m, n, naive(0, m), top, consistency(m, 0, n))
    reader, top = published(257)
    assert [list(reader.inclusion(m)) for m in range(257)] == [
        inclusion(m, 0, 257) for m in range(257)
    ]
    assert [list(reader.consistency(m)) for m in range(1, 257)] == [
        consistency(m, 0, 257) for m in range(1, 257)
    ]
    assert top == naive(0, 257)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
def test_trees_where_a_third_level_of_tiles_begins(size):
    reader, top = published(size)
    for index in (0, 255, 256, 32_767, 32_768, 65_279, 65_280, size - 1):
        leaf = leaf_hash(str(index).encode())
        verify_inclusion(leaf, index, size, reader.inclusion(index), top)
    for m in (1, 255, 256, 257, 65_280, 65_534, size - 1, size):
        verify_consistency(m, size, reader.root_at(m), top, reader.consistency(m))


@pytest.mark.parametrize(
    ("m", "n"),
    [
        (3, 2),  # NOT OK: the later tree is the smaller
        (-1, 2),  # NOT OK: no tree has -1 leaves
    ],
)
def test_sizes_that_make_no_sense_prove_nothing(m, n):
    with pytest.raises(TamperedError):
        verify_consistency(m, n, EMPTY_ROOT, EMPTY_ROOT, [])
