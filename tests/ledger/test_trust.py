"""The auditor's trust file: what is read is what was written, and nothing else is read."""

import json
from pathlib import Path

import pytest

from govgate.errors import AuthorityError
from govgate.ledger import (
    MAY_SIGN,
    Pin,
    Trust,
    TrustedSigner,
    keyid,
    read_trust,
    vkey,
    write_tlog_policy,
    write_trust,
)
from govgate.ledger.trust import ActorKind
from govgate.testing import MemorySigner

GATE, ANN, LOG, W1, W2 = (MemorySigner(w) for w in ("gate", "ann", "log", "w1", "w2"))
PAGE = Path(__file__).parents[2] / "docs" / "spec" / "trust.md"
WITNESSES = tuple(vkey(f"{n}.example/w", k.public, 4) for n, k in (("one", W1), ("two", W2)))


def trust(**changed):
    signers = [
        TrustedSigner(GATE.public, "gate", ActorKind.SERVICE, frozenset({"decision/v1"}), 3, 7),
        TrustedSigner(ANN.public, "ann", ActorKind.HUMAN, MAY_SIGN[ActorKind.HUMAN]),
    ]
    fields = {
        "log_vkeys": (vkey("credit.example/ledger", LOG.public),),
        "signers": {keyid(s.public): s for s in signers},
        "pinned": (Pin(2, bytes(range(32))),),
    }
    return Trust(**(fields | changed))


def plain():
    return json.loads(write_trust(trust()))


def test_what_was_written_is_read():
    for whole in (
        trust(),
        trust(pinned=(), signers={}),
        trust(witness_vkeys=WITNESSES, witness_quorum=2, tsa_roots=("-----BEGIN",)),
    ):
        assert read_trust(write_trust(whole)) == whole


def test_the_page_shows_the_bytes_that_the_code_writes():
    text = PAGE.read_text()
    assert write_trust(trust()) in text
    assert write_tlog_policy(trust(witness_vkeys=WITNESSES, witness_quorum=1)) in text


@pytest.mark.parametrize(
    ("quorum", "last"),
    [(0, "quorum none"), (1, "quorum witnesses"), (2, "quorum witnesses")],
)
def test_the_log_part_is_a_tlog_policy(quorum, last):
    lines = write_tlog_policy(trust(witness_vkeys=WITNESSES, witness_quorum=quorum)).splitlines()
    assert lines[0] == f"log {trust().log_vkeys[0]}"
    assert lines[1:3] == [f"witness w1 {WITNESSES[0]}", f"witness w2 {WITNESSES[1]}"]
    assert lines[3:-1] == ([f"group witnesses {quorum} w1 w2"] if quorum else [])
    assert lines[-1] == last


def changed(path, value):
    whole = plain()
    at = whole
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("extra",), 1, "extra"),  # NOT OK: unknown field
        (("origins",), ["other"], "origins"),  # NOT OK: of another log
        (("origins",), [], "origins"),
        (("log_vkeys",), [], "log_vkeys"),
        (("log_vkeys",), ["junk"], "verifier key"),
        (("witness_vkeys",), ["junk"], "junk"),
        (("witness_vkeys",), [WITNESSES[0], WITNESSES[0]], "share a key"),
        (("witness_quorum",), 1, "quorum"),  # NOT OK: one more than there are
        (("witness_quorum",), True, "witness_quorum"),
        (("witness_quorum",), -1, "witness_quorum"),
        (("pinned", 0, "size"), -1, "pinned"),
        (("pinned", 0, "size"), "2", "pinned"),
        (("pinned", 0, "root"), "AAAA", "pinned"),
        (("pinned", 0, "root"), "A" * 42 + "B=", "spare bits"),
        (("signers", 0, "ed25519"), "A" * 43 + "=", "another key"),
        (("signers", 0, "keyid"), "00" * 32, "another key"),
        (("signers", 0, "role"), "approver", "role"),
        (("signers", 0, "predicateTypes"), [], "predicateTypes"),
        (("signers", 0, "predicateTypes"), ["decision/v1"], "no predicate types"),
        (("signers", 0, "validFromIndex"), -1, "validFromIndex"),
        (("signers", 0, "validFromIndex"), None, "validFromIndex"),
        (("signers", 0, "revokedAtIndex"), "7", "revokedAtIndex"),
        (("signers", 0, "name"), "", "name"),
        (("tsa_roots",), [1], "tsa_roots"),
    ],
)
def test_a_trust_file_in_another_shape_is_refused(path, value, said):
    with pytest.raises(AuthorityError, match=said):
        read_trust(changed(path, value))


@pytest.mark.parametrize("name", list(plain()) + [("signers", n) for n in plain()["signers"][0]])
def test_no_field_may_be_missing(name):
    whole = plain()
    part = whole if isinstance(name, str) else whole["signers"][0]
    del part[name if isinstance(name, str) else name[1]]
    with pytest.raises(AuthorityError, match="cannot be read"):
        read_trust(json.dumps(whole))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        write_trust(trust()).replace('"witness_quorum": 0', '"witness_quorum": NaN'),
        write_trust(trust()).replace(
            '"witness_quorum": 0', '"witness_quorum": 0, "witness_quorum": 0'
        ),
        "[" * 100_000,
    ],
)
def test_what_is_no_strict_json_is_refused(text):
    with pytest.raises(AuthorityError, match="trust file"):
        read_trust(text)


def test_a_signer_that_stands_twice_is_refused():
    whole = plain()
    whole["signers"].append(whole["signers"][0])
    with pytest.raises(AuthorityError, match="stands twice"):
        read_trust(json.dumps(whole))


@pytest.mark.parametrize(
    ("index", "counts"),
    [
        (2, False),  # NOT OK: before it begins
        (3, True),  # OK: where it begins
        (6, True),  # OK: the last
        (7, False),  # NOT OK: where it ends
        (None, False),  # NOT OK: now
    ],
)
def test_a_key_counts_from_its_first_index_to_before_its_end(index, counts):
    assert trust().signers[keyid(GATE.public)].counts_at(index) == counts
    assert trust().signers[keyid(ANN.public)].counts_at(index)
