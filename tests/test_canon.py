"""One value has one spelling, however it is written."""

import enum
import math

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.canon import canonical

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@settings(max_examples=2000, deadline=None)
@given(JSON)
def test_the_bytes_are_those_of_the_library(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        {"\U0001f600": 1, "\ufb33": 2},  # sorted by UTF-16 units, as RFC 8785 has it
        {"a": '\x00\x1f\x7f\u2028"\\\b\f\n\r\t'},
        [1.0, -0.0, 1e21, 1e-7, 5e-324],
        [True, 1, 2**53 - 1, -(2**53) + 1],
        {"b": [], "a": {}, "": [{}]},
    ],
)
def test_what_is_written_unlike_elsewhere_is_written_like_the_library(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), [math.nan], {"a": math.inf}, ["\ud800"]])
def test_what_has_no_spelling_is_refused(value):
    with pytest.raises(ValueError, match=r"."):
        canonical(value)


class Word(enum.StrEnum):
    ONE = "one"


def test_words_of_an_enumeration_are_texts():
    assert canonical({"word": Word.ONE}) == b'{"word":"one"}'
