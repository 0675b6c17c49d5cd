import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from govgate.errors import AuthorityError, TamperedError
from govgate.ledger import b64, open_note, sign_note, vkey
from govgate.ledger.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from govgate.ledger.cosign import (
    SKEW_S,
    WitnessKey,
    cosign,
    cosigned_message,
    open_cosignature,
    open_cosignatures,
    read_witness_vkey,
    witness_vkey,
)
from govgate.ledger.merkle import leaf_hash
from govgate.ledger.note import read_vkey
from govgate.testing import MemorySigner

ORIGIN = "credit.example/ledger"
NAME = "witness.example/w1"
AT = 1_767_268_800
CHECKPOINT = Checkpoint(ORIGIN, 2, leaf_hash(b"x"))


class QuantumSigner:
    """An ML-DSA-44 key; the same byte gives the same key."""

    def __init__(self, seed: int) -> None:
        self._key = MLDSA44PrivateKey.from_seed_bytes(bytes([seed]) * 32)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)


SIGNERS = {"ed25519": MemorySigner("w1"), "ml-dsa-44": QuantumSigner(1)}


@pytest.fixture(params=SIGNERS.values(), ids=SIGNERS.keys())
def signer(request):
    return request.param


def key_of(signer, name=NAME):
    return read_witness_vkey(witness_vkey(name, signer.public))


def opened(line, signer, checkpoint=CHECKPOINT, now_s=None):
    return open_cosignature(line, checkpoint, [key_of(signer)], now_s)


def altered(line, change):
    """The same line, its bytes changed."""
    head, _, encoded = line.rstrip("\n").rpartition(" ")
    return f"{head} {b64.encode(bytes(change(bytearray(b64.decode(encoded)))))}\n"


def test_the_example_of_the_spec_is_read():
    # Source: C2SP tlog-cosignature; its keys are not published, so only its shape can be held.
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJs"
        "X3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    assert open_cosignature(line, CHECKPOINT, [key_of(SIGNERS["ed25519"])]) is None
    raw = b64.decode(line.rstrip("\n").rpartition(" ")[2])
    assert (len(raw), int.from_bytes(raw[4:12])) == (76, 1679315147)


def test_the_message_of_an_ed25519_key_is_the_one_of_the_spec():
    root = b64.decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    seen = Checkpoint("example.com/behind-the-sofa", 20852163, root)
    assert cosigned_message(seen, WitnessKey("w", 4, b""), 1679315147) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_the_message_of_an_ml_dsa_key_is_the_structure_of_the_spec():
    assert cosigned_message(CHECKPOINT, WitnessKey("w1", 6, b""), 258) == (
        b"subtree/v1\n\0"
        b"\x02w1"
        b"\0\0\0\0\0\0\x01\x02"
        b"\x15credit.example/ledger"
        b"\0\0\0\0\0\0\0\0"
        b"\0\0\0\0\0\0\0\x02" + CHECKPOINT.root
    )


def test_a_cosignature_survives_the_round_trip(signer):
    line = cosign(CHECKPOINT, NAME, signer, AT)
    assert opened(line, signer) == (key_of(signer), AT, line)


def test_a_cosigned_checkpoint_is_still_a_note_of_the_log(signer):
    log = MemorySigner("log")
    note = sign_note(write_checkpoint(CHECKPOINT), ORIGIN, log)
    note += cosign(CHECKPOINT, NAME, signer, AT).encode()
    assert read_checkpoint(open_note(note, [vkey(ORIGIN, log.public)])) == CHECKPOINT


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint("elsewhere", 2, CHECKPOINT.root),  # another log
        Checkpoint(ORIGIN, 3, CHECKPOINT.root),  # replayed on another size
        Checkpoint(ORIGIN, 2, leaf_hash(b"y")),  # a fork
    ],
)
def test_a_cosignature_of_something_else_does_not_verify(signer, checkpoint):
    with pytest.raises(TamperedError, match="does not verify"):
        opened(cosign(checkpoint, NAME, signer, AT), signer)


@pytest.mark.parametrize(
    ("time_s", "holds"),
    [
        (1, True),  # OK: the first second
        (0, False),  # NOT OK: no statement that this is the newest
        (AT + SKEW_S, True),  # OK: a clock that is off, on the bound
        (AT + SKEW_S + 1, False),  # NOT OK: the future
        (2**63, False),  # NOT OK: beyond any time
    ],
)
def test_the_time_is_one_that_can_be(signer, time_s, holds):
    key = key_of(signer)
    signature = signer.sign(cosigned_message(CHECKPOINT, key, time_s))
    line = f"\u2014 {NAME} {b64.encode(key.key_id + time_s.to_bytes(8) + signature)}\n"
    if holds:
        assert opened(line, signer, now_s=AT).time_s == time_s
    else:
        with pytest.raises(TamperedError, match="cannot be"):
            opened(line, signer, now_s=AT)


def test_a_time_without_a_clock_is_bounded_by_the_spec(signer):
    key, last = key_of(signer), 2**63 - 1
    for time_s in (last, last + 1):
        signature = signer.sign(cosigned_message(CHECKPOINT, key, time_s))
        line = f"\u2014 {NAME} {b64.encode(key.key_id + time_s.to_bytes(8) + signature)}\n"
        if time_s == last:
            assert opened(line, signer).time_s == last
        else:
            with pytest.raises(TamperedError, match="cannot be"):
                opened(line, signer)


@pytest.mark.parametrize("time_s", [0, -1, 2**63])
def test_no_witness_signs_at_a_time_that_cannot_be(signer, time_s):
    with pytest.raises(AuthorityError, match="clock"):
        cosign(CHECKPOINT, NAME, signer, time_s)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],  # cut short
        lambda raw: raw + b"\0",  # too long
        lambda raw: raw[:12],  # no signature at all
        lambda raw: raw[:5],  # half a time
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),  # a flipped bit
        lambda raw: raw[:11] + bytes([raw[11] ^ 1]) + raw[12:],  # another time
    ],
    ids=["cut", "long", "no signature", "half a time", "a bit", "another time"],
)
def test_a_changed_cosignature_of_a_trusted_key_is_tampering(signer, change):
    with pytest.raises(TamperedError):
        opened(altered(cosign(CHECKPOINT, NAME, signer, AT), change), signer)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\n",
        "hello\n",
        f"- {NAME} AAAAAAAA\n",  # a hyphen for the dash
        f"\u2014 {NAME}\n",  # no signature
        f"\u2014 {NAME} AAAA\n",  # three bytes
        f"\u2014 {NAME} AAAAAAA\n",  # no base64
        f"\u2014 a+b {b64.encode(bytes(76))}\n",  # a name that cannot be
        f"\u2014 {NAME} {b64.encode(bytes(76))}\n\n",  # two lines
    ],
)
def test_a_malformed_line_is_tampering(line):
    with pytest.raises(TamperedError, match="no signature line"):
        opened(line, SIGNERS["ed25519"])


def test_strangers_are_passed_over_and_a_key_counts_once(signer):
    lines = [cosign(CHECKPOINT, NAME, signer, AT + i) for i in range(3)]
    lines.insert(0, cosign(CHECKPOINT, "stranger", signer, AT))
    found = open_cosignatures(lines, CHECKPOINT, [key_of(signer)])
    assert [c.time_s for c in found] == [AT]


def test_an_ml_dsa_cosignature_names_its_witness_and_no_other():
    line = cosign(CHECKPOINT, "w2", SIGNERS["ml-dsa-44"], AT)
    key, other = key_of(SIGNERS["ml-dsa-44"]), key_of(SIGNERS["ml-dsa-44"], "w2")
    renamed = altered(
        line.replace(" w2 ", f" {NAME} "), lambda raw: bytearray(key.key_id) + raw[4:]
    )
    assert open_cosignature(line, CHECKPOINT, [other])
    with pytest.raises(TamperedError, match="does not verify"):
        open_cosignature(renamed, CHECKPOINT, [key])


@pytest.mark.parametrize("origin", ["é" * 127 + "x", "é" * 128])
def test_a_name_over_255_bytes_cannot_be_cosigned_by_ml_dsa(origin):
    checkpoint = Checkpoint(origin, 2, CHECKPOINT.root)
    if len(origin.encode()) == 255:  # OK: exactly on the bound
        assert cosign(checkpoint, NAME, SIGNERS["ml-dsa-44"], AT)
    else:  # NOT OK
        with pytest.raises(AuthorityError, match="255"):
            cosign(checkpoint, NAME, SIGNERS["ml-dsa-44"], AT)


def test_a_verifier_key_survives_the_round_trip(signer):
    text = witness_vkey(NAME, signer.public)
    assert read_witness_vkey(text).public == signer.public
    with pytest.raises(AuthorityError):
        read_vkey(text)  # a witness's key signs for no log


@pytest.mark.parametrize(
    "text",
    [
        "",
        vkey(NAME, MemorySigner("w1").public),  # a log's key
        witness_vkey(NAME, SIGNERS["ml-dsa-44"].public)[:-4],
        witness_vkey(NAME, MemorySigner("w1").public).replace("w1+", "w2+"),
        vkey(NAME, MemorySigner("w1").public, 6),  # the type of the other length
        vkey(NAME, MemorySigner("w1").public, 5),  # no type there is
    ],
)
def test_a_malformed_verifier_key_of_a_witness_is_refused(text):
    with pytest.raises(AuthorityError):
        read_witness_vkey(text)


def test_a_key_of_another_length_cannot_cosign():
    with pytest.raises(AuthorityError, match="31 bytes"):
        witness_vkey(NAME, bytes(31))


@pytest.mark.parametrize("length", [0, 63, 65, 2419, 2421])
def test_a_signature_of_another_length_is_refused_before_it_is_verified(signer, length):
    key = key_of(signer)
    line = f"\u2014 {NAME} {b64.encode(key.key_id + AT.to_bytes(8) + bytes(length))}\n"
    with pytest.raises(TamperedError, match="cut short or too long"):
        opened(line, signer)
