"""The worked bytes of cosignature.md and timestamp.md; `witness.json` was written once."""

import hashlib
import json
from pathlib import Path

import pytest

from govgate.adapters.timestamps import verify_timestamp
from govgate.ledger import b64
from govgate.ledger.checkpoint import read_checkpoint
from govgate.ledger.cosign import cosign, cosigned_message, open_cosignature, read_witness_vkey
from govgate.testing import MemorySigner

GOLDEN = json.loads((Path(__file__).parent / "witness.json").read_text())
CHECKPOINT = read_checkpoint(GOLDEN["checkpoint"])
PAGES = Path(__file__).parents[2] / "docs" / "spec"


@pytest.mark.parametrize("kind", ["ed25519", "ml-dsa-44"])
def test_a_cosignature_that_was_written_once_still_verifies(kind):
    golden = GOLDEN[kind]
    key = read_witness_vkey(golden["vkey"])
    assert cosigned_message(CHECKPOINT, key, GOLDEN["time_s"]).hex() == golden["message"]
    opened = open_cosignature(golden["line"], CHECKPOINT, [key])
    assert opened is not None
    assert opened.time_s == GOLDEN["time_s"]


def test_an_ed25519_cosignature_has_the_bytes_that_were_written_once():
    line = cosign(CHECKPOINT, "witness.example/w1", MemorySigner("w1"), GOLDEN["time_s"])
    assert line == GOLDEN["ed25519"]["line"]


def test_a_timestamp_that_was_written_once_still_verifies():
    pytest.importorskip("rfc3161_client")
    golden = GOLDEN["timestamp"]
    roots = [golden["root"].encode()]
    told = verify_timestamp(b64.decode(golden["response"]), GOLDEN["checkpoint"].encode(), roots)
    assert told.isoformat() == golden["at"]


def test_the_pages_show_the_bytes_that_the_code_writes():
    text = (PAGES / "cosignature.md").read_text()
    for piece in (
        GOLDEN["ed25519"]["vkey"],
        GOLDEN["ed25519"]["line"],
        GOLDEN["ml-dsa-44"]["message"],
    ):
        assert piece in text
    digest = hashlib.sha512(GOLDEN["checkpoint"].encode())
    assert digest.hexdigest() in (PAGES / "timestamp.md").read_text()
    assert digest.digest() in b64.decode(GOLDEN["timestamp"]["response"])
