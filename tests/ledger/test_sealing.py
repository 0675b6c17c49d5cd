"""A sealed file opens whole, with its own key, at its own place, or not at all."""

import hashlib
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.canon import canonical, sha256
from govgate.errors import EvidenceError, TamperedError
from govgate.ledger import Secret, read_secret, seal, sealing, unseal, write_secret
from govgate.ledger.sealing import commitment_of, padded_size
from govgate.records import KeptFile

SHORT = 64
"""Block length of these tests; a short file is padded to four such blocks."""


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch):
    monkeypatch.setattr(sealing, "BLOCK_BYTES", SHORT)
    monkeypatch.setattr(sealing, "MIN_SEALED_BYTES", 256)


def cut(data):
    return [data[at : at + SHORT] for at in range(0, len(data), SHORT)]


def secret_of(data, word=b"key", name="a.csv"):
    file = KeptFile(name=name, media_type="text/csv", size_bytes=len(data), sha256=sha256(data))
    return Secret(hashlib.sha256(word).digest(), hashlib.sha256(b"salt" + word).digest(), file)


def opened(sealed, secret):
    return b"".join(unseal(sealed, secret))


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 255, 256, 257, 300, 1000, 4096])
def test_what_was_sealed_opens(size):
    data = bytes(n % 251 for n in range(size))
    sealed = list(seal(cut(data), secret_of(data)))
    assert opened(sealed, secret_of(data)) == data
    assert sum(map(len, sealed)) == padded_size(size) + 16 * len(sealed)


@given(st.binary(max_size=600))
@settings(max_examples=200)
def test_nothing_of_the_text_shows(data):
    sealed = b"".join(seal(cut(data), secret_of(data)))
    assert len(data) < 8 or data not in sealed
    assert opened(list(seal(cut(data), secret_of(data))), secret_of(data)) == data


def test_a_yes_is_as_long_as_a_no():
    lengths = {
        answer: [len(block) for block in seal([answer], secret_of(answer))]
        for answer in (b"yes", b"no", b"", b"perhaps, but ask again")
    }
    assert len({str(each) for each in lengths.values()}) == 1


@given(st.integers(0, 1 << 38))
@settings(max_examples=1000)
def test_a_padded_length_says_little(size):
    padded = padded_size(size)
    assert max(size, 256) <= padded <= max(256, math.ceil(size * 1.125))
    assert padded_size(padded) == padded
    assert padded <= 1 << 38  # as many blocks as a manifest lists


def test_padded_lengths_are_few():
    assert len({padded_size(size) for size in range(1, 100_000)}) < 200


DATA = bytes(n % 251 for n in range(600))
OTHER = bytes(n % 241 for n in range(600))


def both():
    return list(seal(cut(DATA), secret_of(DATA))), list(seal(cut(OTHER), secret_of(OTHER, b"two")))


ATTACKS = {
    "two exchanged": lambda a, _b: [a[1], a[0], *a[2:]],
    "the last first": lambda a, _b: [a[-1], *a[:-1]],
    "one left out": lambda a, _b: [*a[:2], *a[3:]],
    "the last left out": lambda a, _b: a[:-1],
    "none left": lambda _a, _b: [],
    "one twice": lambda a, _b: [a[0], a[0], *a[2:]],
    "one more": lambda a, _b: [*a, a[-1]],
    "one of another file": lambda a, b: [a[0], b[1], *a[2:]],
    "all of another file": lambda _a, b: b,
    "a bit": lambda a, _b: [bytes([a[0][0] ^ 1]) + a[0][1:], *a[1:]],
    "a bit of a tag": lambda a, _b: [a[0][:-1] + bytes([a[0][-1] ^ 1]), *a[1:]],
    "cut short": lambda a, _b: [a[0][:-1], *a[1:]],
    "shorter than a tag": lambda a, _b: [b"x", *a[1:]],
    "an empty block": lambda a, _b: [b"", *a[1:]],
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_done_to_sealed_blocks_is_found(name):
    ours, others = both()
    assert opened(ours, secret_of(DATA)) == DATA
    with pytest.raises(TamperedError, match="from a copy"):
        opened(ATTACKS[name](ours, others), secret_of(DATA))


def test_the_key_of_another_file_opens_nothing():
    ours, _ = both()
    with pytest.raises(TamperedError, match="not sealed with its key"):
        opened(ours, secret_of(DATA, b"two"))


def test_a_key_that_opens_other_text_than_was_committed_to_is_found():
    # AES-GCM does not bind a text to its key: whoever holds it can seal another file.
    forged = list(seal(cut(OTHER), secret_of(OTHER)))
    with pytest.raises(TamperedError, match="not the file that was sealed"):
        opened(forged, secret_of(DATA))


def test_the_same_file_and_key_give_the_same_bytes_and_another_key_others():
    again = list(seal(cut(DATA), secret_of(DATA)))
    assert again == both()[0]
    assert not set(again) & set(seal(cut(DATA), secret_of(DATA, b"two")))


def test_a_file_that_grew_is_not_sealed():
    with pytest.raises(EvidenceError, match="nobody writes to it"):
        list(seal([*cut(b"x" * 256), b"more"], secret_of(b"x" * 256)))


def test_a_secret_comes_back():
    secret = secret_of(DATA)
    assert read_secret(write_secret(secret), secret.commitment) == secret


def test_a_secret_shows_nothing_of_its_key_in_a_message():
    shown = repr(secret_of(DATA))
    assert str(secret_of(DATA).key) not in shown
    assert str(secret_of(DATA).salt) not in shown


def changed(**fields):
    value = json.loads(write_secret(secret_of(DATA)))
    return canonical(value | fields)


NONE_OF_OURS = {
    "another file's": write_secret(secret_of(OTHER)),
    "another salt": changed(salt=json.loads(write_secret(secret_of(DATA, b"two")))["salt"]),
    "another name": changed(
        file=secret_of(DATA, name="b.csv").file.model_dump(mode="json"),
    ),
    "a short key": changed(key="AAAA"),
    "spare bits": changed(key="LHDhK3oGRvkiefQnx7OOczTY5Tic/xZ6HcMOc/gmtoN="),
    "an unknown field": changed(more=1),
    "no key": canonical({"v": 1}),
    "zeros": bytes(200),
    "nothing": b"",
    "no object": b"[]",
    "another spelling": write_secret(secret_of(DATA)) + b"\n",
    "too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", NONE_OF_OURS)
def test_what_is_not_the_secret_of_a_commitment_is_refused(name):
    with pytest.raises(EvidenceError, match="not its key"):
        read_secret(NONE_OF_OURS[name], secret_of(DATA).commitment)


def test_a_commitment_depends_on_all_it_is_about():
    file, salt = secret_of(DATA).file, bytes(32)
    others = [
        commitment_of(bytes(31) + b"\1", file),
        *(
            commitment_of(salt, file.model_copy(update=update))
            for update in (
                {"name": "b.csv"},
                {"media_type": "text/plain"},
                {"size_bytes": 1},
                {"sha256": sha256(b"")},
            )
        ),
    ]
    assert len({commitment_of(salt, file), *others}) == 6
