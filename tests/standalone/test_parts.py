"""The parts of the stand-alone verifier agree with those of govgate, and of others."""

import ast
import base64
import hashlib
import json
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.canon import SPEC
from govgate.ledger import merkle
from govgate.testing import MemorySigner

GOLDEN = Path(__file__).parents[1] / "spec" / "ledger.json"
ORDER = 2**252 + 27742317777372353535851937790883648493


def test_it_is_written_for_python_3_8(program):
    ast.parse(program.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_it_imports_nothing_but_the_standard_library(program):
    tree = ast.parse(program.read_text(encoding="utf-8"))
    named = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    named |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} - set(sys.stdlib_module_names) == set()


def test_its_help_needs_no_package(program):
    words = [sys.executable, "-I", "-S", str(program), "--help"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, "--trust" in done.stdout) == (0, True)


# Source: RFC 8032, section 7.1, tests 1 to 3.
RFC_8032 = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_signatures_of_the_standard_verify(verifier, public, message, signature):
    words = [bytes.fromhex(word) for word in (public, message, signature)]
    assert verifier.ed25519_ok(*words)
    assert not verifier.ed25519_ok(words[0], words[1] + b"x", words[2])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=100), st.integers(0, 511), st.sampled_from(["key", "text", "sig", "no"]))
def test_a_signature_verifies_until_one_bit_of_it_changes(verifier, message, bit, where):
    signer = MemorySigner("any")
    parts = {"key": signer.public, "text": message, "sig": signer.sign(message)}
    if parts.get(where):
        number = int.from_bytes(parts[where], "big") ^ 1 << bit % (8 * len(parts[where]))
        changed = number.to_bytes(len(parts[where]), "big")
        parts[where] = changed
    same = where == "no" or (where == "text" and not message)
    assert verifier.ed25519_ok(parts["key"], parts["text"], parts["sig"]) is same


def test_the_other_spelling_of_a_signature_is_refused(verifier):
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"m")
    s = int.from_bytes(signature[32:], "little") + ORDER
    other = signature[:32] + s.to_bytes(32, "little")
    assert verifier.ed25519_ok(public, b"m", signature)
    assert not verifier.ed25519_ok(public, b"m", other)
    assert not verifier.ed25519_ok(b"\xff" * 32, b"m", signature)  # no point of the curve


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=1000, deadline=None)
@given(JSON)
def test_json_is_written_as_rfc_8785_has_it(verifier, value):
    data = rfc8785.dumps(value)
    assert verifier.canonical(value) == data
    assert verifier.canonical(verifier.parse(data)) == data


def test_doubles_are_written_as_rfc_8785_has_them(verifier):
    draw = random.Random(8785)  # noqa: S311 -- a seed, no secret
    for _ in range(5000):
        (value,) = struct.unpack(">d", draw.randbytes(8))
        if value == value and abs(value) != float("inf"):  # noqa: PLR0124 -- NaN
            assert verifier.canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "text", ['{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}', "1.0", "NaN", '"\\u00e9"', "[1,]", "["]
)
def test_another_spelling_is_tampering(verifier, text):
    with pytest.raises(verifier.Problem):
        verifier.exact(text.encode(), "it")


def test_every_proof_that_a_leaf_is_in_a_small_tree_is_followed(verifier):
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(34)]
    tree = verifier.Tree()
    roots = [tree.root(0)]
    for n, leaf in enumerate(leaves, start=1):
        tree.append(leaf)
        roots.append(tree.root(n))
    assert roots == [merkle.root(leaves[:n]) for n in range(35)]

    def proof(index, low, high):
        if high - low == 1:
            return []
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if index < middle:
            return [*proof(index, low, middle), merkle.root(leaves[middle:high])]
        return [*proof(index, middle, high), merkle.root(leaves[low:middle])]

    for size in range(1, 35):
        for index in range(size):
            path = proof(index, 0, size)
            assert verifier.is_included(leaves[index], index, size, path, roots[size])
            assert not verifier.is_included(leaves[index], index, size, [*path, path], roots[size])
            assert not verifier.is_included(leaves[index], index + 1, size, path, roots[size])


def consistency(leaves, m, low, high, *, whole=True):
    """Source: RFC 9162, section 2.1.4.1."""
    if m == high:
        return [] if whole else [merkle.root(leaves[low:high])]
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    if m <= middle:
        rest = merkle.root(leaves[middle:high])
        return [*consistency(leaves, m, low, middle, whole=whole), rest]
    rest = merkle.root(leaves[low:middle])
    return [*consistency(leaves, m, middle, high, whole=False), rest]


def test_every_proof_that_a_small_tree_begins_with_another_is_followed(verifier):
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(34)]
    heads = [verifier.Head(n, merkle.root(leaves[:n])) for n in range(35)]
    other = [verifier.Head(n, merkle.leaf_hash(b"x")) for n in range(35)]
    for n in range(35):
        for m in range(n + 1):
            path = consistency(leaves, m, 0, n) if m else []
            assert verifier.is_consistent(heads[m], heads[n], path)
            assert not verifier.is_consistent(other[m], heads[n], path)
            assert not verifier.is_consistent(heads[m], heads[n], [*path, leaves[0]])


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        ("0", 0, 256, "tile/0/000"),
        ("0", 999, 256, "tile/0/999"),
        ("1", 1000, 255, "tile/1/x001/000.p/255"),
        ("entries", 1234067, 256, "tile/entries/x001/x234/067"),
    ],
)
def test_tiles_are_named_as_in_the_standard(verifier, level, n, width, path):
    assert verifier.tile_path(level, n, width) == path


def golden_trust(keyids):
    """Whoever trusts the worked log of docs/spec/; `keyids` leaves some out."""
    worked = json.loads(GOLDEN.read_text(encoding="utf-8"))["worked"]
    kinds = {"gate": ["evidence/v1"], "ann": ["sign-off/v1"]}
    signers = [
        {
            "keyid": key["keyid"],
            "ed25519": base64.b64encode(bytes.fromhex(key["public"])).decode(),
            "name": name,
            "role": "human" if name == "ann" else "service",
            "predicateTypes": [SPEC + kind for kind in kinds[name]],
            "validFromIndex": 0,
            "revokedAtIndex": None,
        }
        for name, key in zip(("gate", "ann"), worked["keys"][1:], strict=True)
        if name in keyids
    ]
    origin = worked["vkey"].partition("+")[0]
    empty = {"witness_vkeys": [], "witness_quorum": 0, "pinned": [], "tsa_roots": []}
    return {**empty, "origins": [origin], "log_vkeys": [worked["vkey"]], "signers": signers}


@pytest.mark.parametrize(
    ("keyids", "code"),
    [
        (("gate", "ann"), 0),  # OK
        (("gate",), 3),  # NOT OK ann's sign-off is signed by nobody trusted
    ],
)
def test_the_worked_log_of_the_pages_is_believed(program, tmp_path, keyids, code):
    worked = json.loads(GOLDEN.read_text(encoding="utf-8"))["worked"]
    for name, encoded in worked["objects"].items():
        (tmp_path / "log" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "log" / name).write_bytes(base64.b64decode(encoded))
    (tmp_path / "trust.json").write_text(json.dumps(golden_trust(keyids)))
    words = ["--log", tmp_path / "log", "--trust", tmp_path / "trust.json"]
    command = [sys.executable, str(program), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == code, done.stdout


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        (lambda line: line, 1),  # OK
        (lambda line: line.replace(b"w.example/1", b"w.example/2"), 0),  # NOT OK a stranger
    ],
)
def test_cosignatures_are_counted(verifier, tmp_path, change, counted):
    trust, checkpoint, line = cosigned(verifier, tmp_path)
    assert verifier.count_witnesses(trust, checkpoint, [change(line), change(line)]) == counted


def test_a_cosignature_that_does_not_hold_is_tampering(verifier, tmp_path):
    trust, checkpoint, line = cosigned(verifier, tmp_path)
    other = checkpoint._replace(text=checkpoint.text.replace("2", "3", 1))
    with pytest.raises(verifier.Problem, match="does not verify"):
        verifier.count_witnesses(trust, other, [line])


def cosigned(verifier, folder):
    """A trust file with one witness, the worked checkpoint, and what the witness said of it."""
    worked = json.loads(GOLDEN.read_text(encoding="utf-8"))["worked"]
    key, name = MemorySigner("witness"), b"w.example/1"
    raw = b"\4" + key.public
    keyid = hashlib.sha256(name + b"\n" + raw).digest()[:4]
    vkey = f"{name.decode()}+{keyid.hex()}+{base64.b64encode(raw).decode()}"
    fields = {**golden_trust(("gate", "ann")), "witness_vkeys": [vkey], "witness_quorum": 1}
    (folder / "trust.json").write_text(json.dumps(fields))
    trust = verifier.read_trust(str(folder / "trust.json"))
    note = base64.b64decode(worked["objects"]["checkpoint"])
    checkpoint = verifier.open_checkpoint(note, trust, "checkpoint")
    time_s = 1_767_268_800
    signed = key.sign(f"cosignature/v1\ntime {time_s}\n{checkpoint.text}".encode())
    encoded = base64.b64encode(keyid + time_s.to_bytes(8, "big") + signed)
    return trust, checkpoint, "\u2014 ".encode() + name + b" " + encoded + b"\n"
