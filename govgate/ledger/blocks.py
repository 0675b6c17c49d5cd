"""A file of any size in the evidence store: cut into blocks, each kept under its own digest.

Source: docs/spec/evidence-store.md. No more than a few blocks are in memory at a time.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from pydantic import Field, ValidationError

from govgate.canon import canonical, sha256
from govgate.errors import EvidenceError, TamperedError
from govgate.ledger.kept import evidence_key, keep, read_kept
from govgate.ports import Store
from govgate.records import Digest, Record

BLOCK_BYTES = 4 * 1024 * 1024
"""All blocks of a file but the last hold so many of its bytes."""

MAX_BLOCKS = 65_536
"""So the manifest, some 70 bytes a block, stays about as long as a block."""


class Manifest(Record):
    """The blocks of one file, in order."""

    v: Literal[1] = 1
    size_bytes: int = Field(ge=0)
    """Of all blocks together."""

    blocks: tuple[Digest, ...] = Field(max_length=MAX_BLOCKS)


@dataclass(frozen=True)
class Survey:
    """What was found by reading a file once."""

    size_bytes: int
    sha256: str
    blocks: tuple[str, ...]
    """Digest of each block."""


def survey(blocks: Iterable[bytes]) -> Survey:
    """Read a file, and keep none of it.

    Args:
        blocks: The file, cut as `BLOCK_BYTES` says.

    Raises:
        EvidenceError: It is too long.
    """
    whole, size, digests = hashlib.sha256(), 0, []
    for block in blocks:
        whole.update(block)
        size += len(block)
        digests.append(sha256(block))
        if len(digests) > MAX_BLOCKS:
            msg = f"the file is over {MAX_BLOCKS * BLOCK_BYTES:,} bytes; add it in parts"
            raise EvidenceError(msg)
    return Survey(size, f"sha256:{whole.hexdigest()}", tuple(digests))


def unchanged(blocks: Iterable[bytes], seen: Survey) -> Iterator[bytes]:
    """Yield a file's blocks, as long as they are those that were surveyed.

    Raises:
        EvidenceError: The file was changed in between.
    """
    for block, expected in zip_longest(blocks, seen.blocks):
        if block is None or sha256(block) != expected:
            msg = "the file changed while it was read; add it when nobody writes to it"
            raise EvidenceError(msg)
        yield block


def keep_blocks(blocks: Iterable[bytes], store: Store) -> str:
    """Keep blocks, then the manifest that lists them; durable when this returns.

    After an error the same call again goes on: what is kept already is not kept twice.

    Returns:
        The digest of the manifest.

    Raises:
        StoreError: The store did not answer, or is full.
    """
    digests, size = [], 0
    for block in blocks:
        digests.append(keep(block, store))
        size += len(block)
    manifest = Manifest(size_bytes=size, blocks=tuple(digests))
    return keep(canonical(manifest.model_dump(mode="json")), store)


def read_manifest(digest: str, store: Store) -> Manifest:
    """Read a manifest.

    Raises:
        TamperedError: It is missing, or is none.
    """
    data = read_kept(digest, store)
    try:
        manifest = Manifest.model_validate_json(data)
        exact = canonical(manifest.model_dump(mode="json")) == data
    except ValidationError:
        exact = False
    if not exact:
        msg = f"{evidence_key(digest)} is no manifest; distrust the signer of its attachment"
        raise TamperedError(msg)
    return manifest


def read_blocks(digest: str, store: Store) -> Iterator[bytes]:
    """Yield the blocks that a manifest lists, each checked.

    Raises:
        TamperedError: One is missing or does not hash to its name, or they are not as long
            together as the manifest says.
    """
    manifest, size = read_manifest(digest, store), 0
    for block in manifest.blocks:
        data = read_kept(block, store)
        size += len(data)
        yield data
    if size != manifest.size_bytes:
        msg = f"{evidence_key(digest)} lists {size} bytes and says {manifest.size_bytes}; "
        raise TamperedError(msg + "distrust the signer of its attachment")
