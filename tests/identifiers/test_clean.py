"""What is written to hide a number does not hide it."""

import unicodedata

import pyarrow as pa
import pytest

from govgate.identifiers.clean import _PLANES, clean, clean_all, clean_with_places

HIDDEN = [
    ("4111\u200b1111\u200d1111\ufeff1111", "4111111111111111"),
    ("\uff14\uff11\uff11\uff11", "4111"),
    ("\u0664\u0661\u0661\u0661", "4111"),  # Arabic digits, which NFKC leaves
    ("536\u201390\u20144399", "536-90-4399"),
    ("\u202e536-90-4399\u202c", "536-90-4399"),
    ("ann\uff20example.com", "ann@example.com"),
    ("ann@exam\u00adple.com", "ann@example.com"),
    ("4111\u00a01111", "4111 1111"),
    ("41\x0011", "4111"),
    ("\U0001d7d2\U0001d7cf", "41"),  # mathematical digits
    ("Pénélope", "Pénélope"),
    ("plain", "plain"),
]


@pytest.mark.parametrize(("text", "plain"), HIDDEN)
def test_a_text_is_read_as_a_person_reads_it(text, plain):
    assert clean(text) == plain


def test_a_column_is_cleaned_as_its_cells_are():
    texts = [text for text, _ in HIDDEN]
    assert clean_all(pa.array(texts, pa.large_string())).to_pylist() == [p for _, p in HIDDEN]


def test_places_lead_back_to_what_was_written():
    text = "a\u200b\u2026b\uff11"
    plain, places = clean_with_places(text)
    assert plain == "a...b1"
    assert places == [0, 2, 2, 2, 3, 4, 5]


def test_no_digit_lies_beyond_the_planes_that_are_asked():
    beyond = (chr(point) for point in range(_PLANES, 0x110000))
    assert [each for each in beyond if unicodedata.category(each) in {"Nd", "Pd"}] == []
