import pytest

from govgate.errors import AuthorityError, GovgateError, TamperedError
from govgate.ledger import b64, open_note, read_vkey, sign_note, verify_proof, vkey
from govgate.ledger.checkpoint import (
    Checkpoint,
    open_checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from govgate.ledger.merkle import leaf_hash
from govgate.ledger.note import key_id
from govgate.ledger.proof import Proof, read_proof, write_proof
from govgate.testing import MemorySigner

NAME = "credit.example/ledger"
KEY = MemorySigner("log")
VKEY = vkey(NAME, KEY.public)
NOTE = sign_note("hello\n", NAME, KEY)
LINE = NOTE.decode().split("\n\n")[1]
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""Source: the documentation of Go's golang.org/x/mod/sumdb/note."""
PETERS = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
    "Zb6KE6RyyBwJnAM=\n"
).encode()


def other(word):
    return sign_note("hello\n", word, MemorySigner(word)).decode().split("\n\n")[1]


def test_a_published_note_verifies():
    assert open_note(PETERS, [PETER]).startswith("If you think")


def test_a_note_survives_the_round_trip():
    assert open_note(NOTE, [VKEY]) == "hello\n"
    assert read_vkey(VKEY) == (NAME, KEY.public)


@pytest.mark.parametrize(
    ("strangers", "opens"),
    [
        (0, True),  # OK: the log alone
        (15, True),  # OK: exactly 16 signatures
        (16, False),  # NOT OK: one more
    ],
)
def test_signatures_of_strangers_are_passed_over_up_to_a_number(strangers, opens):
    note = NOTE + "".join(other(f"w{i}") for i in range(strangers)).encode()
    if opens:
        assert open_note(note, [VKEY]) == "hello\n"
    else:
        with pytest.raises(TamperedError, match="over 16"):
            open_note(note, [VKEY])


@pytest.mark.parametrize(
    "note",
    [
        b"hello\n",  # no signature
        b"hello\n\n",  # a blank line and nothing under it
        b"\n\n" + LINE.encode(),  # no text
        NOTE[:-1],  # no newline at the end
        NOTE.replace(b"hello", b"hel\tlo"),  # a control character
        NOTE.replace(b"hello", b"hel\rlo"),  # another
        NOTE.replace(b"hello", b"\xffello"),  # not UTF-8
        NOTE.replace("\u2014".encode(), b"-"),  # a hyphen for the dash
        NOTE.replace(b"credit.example/ledger ", b"credit+example "),  # a plus in the name
        NOTE + LINE.encode(),  # the same signature twice
        NOTE + "\u2014 w AAAA\n".encode(),  # a signature of three bytes
        NOTE + "\u2014 w AAAAA\n".encode(),  # no base64
        NOTE.replace(b"=\n", b"\n"),  # base64 without its padding
        NOTE + b"\n",  # one newline too many
        NOTE.replace(b"hello", b"hellO"),  # another text
    ],
)
def test_anything_else_is_not_a_note(note):
    with pytest.raises(TamperedError):
        open_note(note, [VKEY])


def test_a_known_key_that_fails_is_an_error_even_beside_one_that_verifies():
    both = sign_note("hello\n", "w", MemorySigner("w")).decode()
    forged = sign_note("other\n", NAME, KEY).decode().split("\n\n")[1]
    with pytest.raises(TamperedError, match=NAME):
        open_note((both + forged).encode(), [VKEY, vkey("w", MemorySigner("w").public)])


def test_a_note_of_strangers_has_no_authority():
    with pytest.raises(AuthorityError, match="no trusted key"):
        open_note(sign_note("hello\n", "w", MemorySigner("w")), [VKEY])
    with pytest.raises(AuthorityError):
        open_note(NOTE, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        NAME,
        VKEY[:-4],
        VKEY.replace("+", " "),
        f"{NAME}+00000000+{VKEY.split('+', 2)[2]}",
        f"other+{VKEY.split('+', 1)[1]}",
        f"{NAME}+{key_id(NAME, KEY.public).hex()}+{b64.encode(bytes([4]) + KEY.public)}",
        f"{NAME}+{key_id(NAME, KEY.public).hex().upper()}+{VKEY.split('+', 2)[2]}",
        VKEY + "\n",
    ],
)
def test_a_malformed_verifier_key_is_refused(text):
    with pytest.raises(AuthorityError):
        read_vkey(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb"])
def test_a_key_cannot_have_a_name_that_breaks_a_line(name):
    with pytest.raises(AuthorityError):
        vkey(name, KEY.public)


ROOT = leaf_hash(b"x")
TEXT = f"{NAME}\n1\n{b64.encode(ROOT)}\n"


def test_a_checkpoint_survives_the_round_trip():
    assert read_checkpoint(TEXT) == Checkpoint(NAME, 1, ROOT)
    assert write_checkpoint(read_checkpoint(TEXT)) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "extension\n",
        TEXT.replace("\n1\n", "\n01\n"),
        TEXT.replace("\n1\n", "\n-1\n"),
        TEXT.replace("\n1\n", "\n+1\n"),
        TEXT.replace("\n1\n", "\n1_0\n"),
        TEXT.replace("\n1\n", "\n\u0661\n"),
        f"{NAME}\n1\n{b64.encode(ROOT[:31])}\n",
        TEXT.replace("=", ""),
    ],
)
def test_anything_else_is_not_a_checkpoint(text):
    with pytest.raises(TamperedError):
        read_checkpoint(text)


def test_a_checkpoint_of_another_log_is_refused():
    with pytest.raises(TamperedError, match="elsewhere"):
        open_checkpoint(sign_note(TEXT, NAME, KEY), "elsewhere", [VKEY], "checkpoint")


PROOF = write_proof(Proof(0, (), sign_note(TEXT, NAME, KEY)))
WITH_HASH = write_proof(Proof(0, (ROOT,), sign_note(TEXT, NAME, KEY)))


def test_a_proof_survives_the_round_trip():
    assert write_proof(read_proof(WITH_HASH)) == WITH_HASH
    assert verify_proof(PROOF, ROOT, NAME, [VKEY]).size == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        PROOF.replace("@v1", "@v2"),
        PROOF.replace("index 0", "index 1"),
        PROOF.replace("index 0", "index 00"),
        PROOF.replace("index 0", "index -1"),
        PROOF.replace("index 0", "extra AAAA\nindex 0"),
        PROOF.replace("index 0\n", ""),
        WITH_HASH,
        WITH_HASH.replace(b64.encode(ROOT), "AAAA", 1),
        write_proof(Proof(0, (ROOT,) * 65, NOTE)),
        PROOF.replace(NAME, "elsewhere"),
    ],
)
def test_anything_else_proves_nothing(text):
    with pytest.raises(GovgateError):
        verify_proof(text, ROOT, NAME, [VKEY])
