"""The worked bytes of docs/spec/evidence-store.md: fixed keys and files give these for ever.

`evidence.json` was written once. Whoever changes a byte of it loses every file that is kept.
"""

import hashlib
import json
from pathlib import Path

import pytest

from govgate.canon import canonical, sha256
from govgate.ledger import (
    Secret,
    evidence_key,
    keep_blocks,
    read_blocks,
    read_secret,
    seal,
    unseal,
    write_secret,
)
from govgate.ledger.sealing import padded_size
from govgate.records import Attachment, Erasure, KeptFile
from govgate.testing import MemoryStore, SetClock

VECTORS = Path(__file__).parent / "evidence.json"
PAGE = Path(__file__).parents[2] / "docs" / "spec" / "evidence-store.md"
REPORT = b"<h1>fair</h1>\n"
CONSENT = b"Ann Smith,yes\n"
SIZES = (0, 14, 4096, 4097, 10_000, 100_000, 4_194_304, 5_000_000, 1 << 30, (1 << 38) - 1, 1 << 38)


def file(name, media_type, data):
    digest = sha256(data)
    return KeptFile(name=name, media_type=media_type, size_bytes=len(data), sha256=digest)


def secret():
    key, salt = (hashlib.sha256(word).digest() for word in (b"key", b"salt"))
    return Secret(key, salt, file("consent Ann Smith.csv", "text/csv", CONSENT))


def written(record):
    return canonical(record.model_dump(mode="json")).decode()


def worked():
    """Everything the page shows, made anew."""
    store = MemoryStore()
    plain = keep_blocks([REPORT], store)
    (sealed,) = seal([CONSENT], secret())
    kept = keep_blocks([sealed], store)
    erasure = Erasure(
        commitment=secret().commitment,
        erased_by="dora",
        reason="request 17",
        erased_at=SetClock().now(),
    )
    report = file("report.html", "text/html", REPORT)
    return {
        "plain": written(Attachment(manifest=plain, file=report)),
        "plain_manifest": store.objects[evidence_key(plain)].decode(),
        "secret": write_secret(secret()).decode(),
        "sealed_begins": sealed[:32].hex(),
        "sealed_ends": sealed[-16:].hex(),
        "sealed_manifest": store.objects[evidence_key(kept)].decode(),
        "erasable": written(Attachment(manifest=kept, commitment=secret().commitment)),
        "erasure": written(erasure),
    }


@pytest.fixture(scope="module")
def golden():
    return json.loads(VECTORS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("part", sorted(worked()))
def test_the_bytes_are_those_that_were_written_once(golden, part):
    assert worked()[part] == golden["worked"][part]


@pytest.mark.parametrize("part", sorted(worked()))
def test_the_page_shows_them(golden, part):
    assert golden["worked"][part] in PAGE.read_text(encoding="utf-8")


def test_the_padded_sizes_are_those_that_were_written_once(golden):
    assert {str(size): padded_size(size) for size in SIZES} == golden["padded"]


def test_what_was_sealed_once_still_opens(golden):
    kept = golden["worked"]
    commitment = json.loads(kept["erasable"])["commitment"]
    opened = read_secret(kept["secret"].encode(), commitment)
    store = MemoryStore()
    sealed = bytes.fromhex(golden["sealed"])
    manifest = json.loads(kept["erasable"])["manifest"]
    store.objects[evidence_key(manifest)] = kept["sealed_manifest"].encode()
    store.objects[evidence_key(sha256(sealed))] = sealed
    assert b"".join(unseal(read_blocks(manifest, store), opened)) == CONSENT


def test_the_page_s_commitment_is_sha256_and_nothing_else(golden):
    said = json.loads(golden["worked"]["secret"])
    inner = hashlib.sha256(canonical(said["file"])).digest()
    salt = hashlib.sha256(b"salt").digest()
    domain = b"govgate evidence commitment v1\n"
    made = hashlib.sha256(domain + salt + inner).hexdigest()
    assert json.loads(golden["worked"]["erasable"])["commitment"] == f"sha256:{made}"
