"""Pseudonyms: the same for the same person, and nothing without the key."""

import hashlib
import hmac
import re

import pyarrow as pa
import pytest

from govgate.anonymise import PSEUDONYM
from govgate.anonymise.rewrite import pseudonyms
from govgate.errors import EvidenceError

KEY = bytes(range(32))


def test_a_pseudonym_is_the_keyed_hash_that_the_page_says():
    (one,) = pseudonyms(pa.array(["ann"]), "person", KEY).to_pylist()
    assert one == hmac.new(KEY, b"6:personann", hashlib.sha256).hexdigest()[:32]
    assert re.fullmatch(PSEUDONYM, one)


def test_the_same_value_is_the_same_pseudonym_and_missing_stays_missing():
    first, second, third, missing = pseudonyms(
        pa.array(["a", "b", "a", None]), "p", KEY
    ).to_pylist()
    assert first == third != second
    assert missing is None
    numbers = pseudonyms(pa.array([1, 2, 1]), "p", KEY).to_pylist()
    assert (
        numbers == pseudonyms(pa.array(["1", "2", "1"]).dictionary_encode(), "p", KEY).to_pylist()
    )


def test_another_key_or_column_is_another_pseudonym():
    value = pa.array(["ann"])
    found = {
        pseudonyms(value, name, key).to_pylist()[0]
        for name, key in (("p", KEY), ("q", KEY), ("p", bytes(32)))
    }
    assert len(found) == 3
    # a column's name and a value cannot be shifted into each other
    shifted = pseudonyms(pa.array(["b1"]), "a", KEY), pseudonyms(pa.array(["1"]), "ab", KEY)
    assert shifted[0].to_pylist() != shifted[1].to_pylist()


def test_bytes_that_are_no_text_are_refused_without_being_quoted():
    with pytest.raises(EvidenceError, match="'p' holds binary, which cannot be written as text"):
        pseudonyms(pa.array([b"ann\xff"]), "p", KEY)
