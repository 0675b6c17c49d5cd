"""Merkle tree hashes, and the two proofs an outsider can check.

Source: RFC 9162, section 2.1 (the same tree as RFC 6962).
All hashes are 32 bytes of SHA-256. Leaves are counted from 0.
"""

import hashlib
from collections.abc import Iterable, Sequence

from govgate.errors import TamperedError

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Hash many entries; half a million a second, where a call for each would cost a third."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Hash the tree over leaf hashes, or over the roots of full subtrees of one size.

    Pairing neighbours and carrying an odd last one up is the RFC's split at
    the largest power of two; the last hash may therefore be of a smaller subtree.
    """
    row, sha256 = list(hashes), hashlib.sha256
    while len(row) > 1:
        odd, whole = row[-1:] if len(row) % 2 else [], b"".join(row)
        # Not by node_hash: a call for each pair would double the time.
        pairs = range(0, len(row) // 2 * 64, 64)
        row = [sha256(b"\x01" + whole[at : at + 64]).digest() for at in pairs] + odd
    return row[0] if row else EMPTY_ROOT


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> None:
    """Check that a leaf is in a tree. Source: RFC 9162, section 2.1.3.2.

    Args:
        leaf: Leaf hash, 32 bytes.
        index: Leaf number, 0 <= index < size.
        size: Leaves in the tree.
        proof: Sibling hashes, lowest first.
        expected_root: Root of a checkpoint the caller already trusts, 32 bytes.

    Raises:
        TamperedError: The proof does not lead from the leaf to the root.
    """
    if not 0 <= index < size:
        msg = f"leaf {index} is not in a tree of {size}; ask for a proof at a later checkpoint"
        raise TamperedError(msg)
    # (1) fn and sn walk up the tree: this node's number, and the last node's.
    fn, sn, running = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            msg = f"the proof for leaf {index} of {size} is too long; distrust it"
            raise TamperedError(msg)
        # (2) A right child, or the last node of its level, has its sibling on the left.
        if fn & 1 or fn == sn:
            running = node_hash(sibling, running)
            # (3) Levels where the last node is alone have no sibling: skip them.
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            running = node_hash(running, sibling)
        fn, sn = fn >> 1, sn >> 1
    # (4) The walk must end at the root, with nothing left over.
    if sn != 0 or running != expected_root:
        msg = f"the proof for leaf {index} of {size} does not lead to the root; distrust it"
        raise TamperedError(msg)


def verify_consistency(
    m: int, n: int, root_m: bytes, root_n: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a tree of `n` leaves begins with the tree of `m`. Source: RFC 9162, 2.1.4.2.

    Args:
        m: Leaves in the earlier tree, 0 <= m <= n.
        n: Leaves in the later tree.
        root_m: Root of the earlier tree, 32 bytes.
        root_n: Root of the later tree, 32 bytes.
        proof: Node hashes, lowest first; empty when m is 0 or n.

    Raises:
        TamperedError: The later tree is not the earlier one with leaves appended.
    """
    if not _consistent(m, n, root_m, root_n, list(proof)):
        msg = f"the tree of {n} leaves does not begin with the tree of {m}; the log was forked"
        raise TamperedError(msg)


def _consistent(m: int, n: int, root_m: bytes, root_n: bytes, proof: list[bytes]) -> bool:
    # (1) Where there is nothing to prove, the proof is empty and the roots speak.
    if m in {0, n}:
        return not proof and root_m == (EMPTY_ROOT if m == 0 else root_n)
    if not 0 < m < n or not proof:
        return False
    # (2) A full earlier tree is itself the first node of the path.
    path = [root_m, *proof] if m & (m - 1) == 0 else proof
    # (3) Climb to the subtree that ends both trees' common part.
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    # (4) One walk rebuilds both roots.
    first = second = path[0]
    for sibling in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, sibling)
        fn, sn = fn >> 1, sn >> 1
    # (5) Both walks must end at the roots, with nothing left over.
    return sn == 0 and first == root_m and second == root_n
