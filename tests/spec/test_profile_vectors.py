"""The worked bytes of docs/spec/table-profile.md: a change breaks every profile that is kept."""

import base64
import re
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from govgate.profile import ColumnPlan, Plan, from_bytes, profile_of, to_bytes
from govgate.profile.distinct import hashes_of
from govgate.profile.grid import bins_of
from govgate.profile.packing import pack, unpack

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "table-profile.md").read_text("utf-8")
VECTOR = Path(__file__).parent / "table-profile.json"
PLAN = Plan(
    columns={
        "x": ColumnPlan(kind="number", centre=1.0, exponent=0, atoms=(0.0,)),
        "n": ColumnPlan(kind="number", exponent=3, whole=True),
        "c": ColumnPlan(kind="category", known=("a",)),
        "t": ColumnPlan(kind="text", exponent=0),
    },
    cells=(("c", "n"),),
    most_categories=2,
)
ROWS = pa.record_batch(
    {
        "x": pa.array([0.0, 1.0, 2.5, None, float("nan")]),
        "n": pa.array([0, 1, -3, 0, 100]),
        "c": pa.array(["a", "b", "a", None, "b"]),
        "t": pa.array(["x", "yz", "", "x", "x"]),
    }
)
PACKED = {
    "none": ([], "00000000"),
    "one 0": ([0], "0100000000"),
    "5, 0, 2": ([5, 0, 2], "03000000038500"),
    "64 times 1, then 1000": ([1] * 64 + [1000], "4100000001ffffffffffffffff0ae803"),
}


def cells_of(first):
    """The cells of a row of one of the page's tables."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip().strip("`") for cell in line.strip("|").split("|")][1:]


def test_the_bytes_are_those_that_were_written_once():
    assert to_bytes(profile_of([ROWS], PLAN, "day 1")) == VECTOR.read_bytes()


def test_the_page_shows_them():
    assert f"```json\n{VECTOR.read_text('utf-8')}```" in PAGE
    assert PLAN.digest in PAGE


def test_what_was_written_once_is_still_read():
    assert to_bytes(from_bytes(VECTOR.read_bytes())) == VECTOR.read_bytes()


@pytest.mark.parametrize("numbers", PACKED)
def test_numbers_are_packed_as_the_page_says(numbers):
    values, octets = PACKED[numbers]
    assert cells_of(numbers) == [octets, pack(np.array(values, np.int64))]
    assert base64.b64decode(pack(np.array(values, np.int64))).hex() == octets
    assert unpack(pack(np.array(values, np.int64)), 100).tolist() == values


def test_texts_are_hashed_as_the_page_says():
    hashes = hashes_of(pa.array(["", "a", "yz"])).tolist()
    assert cells_of("hash") == [f"{number:016x}" for number in hashes]


def hashed(text):
    """The page's steps, in Python's own integers."""
    octets, r, full = text.encode(), 0x9E3779B97F4A7C15, (1 << 64) - 1
    h = (len(octets) + 1) * r
    for place, octet in enumerate(octets):
        h += (octet + 1) * pow(r, place, 1 << 64)
    h &= full
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & full
    h = (h ^ h >> 27) * 0x94D049BB133111EB & full
    return h ^ h >> 31


@pytest.mark.parametrize("texts", [["", "a", "yz"], ["é€𝄞", "a" * 5000, "\0", "\0\0"]])
def test_the_hash_is_the_polynomial_of_the_page_wherever_a_text_stands(texts):
    whole = pa.array(["before", *texts, "after"])
    assert hashes_of(whole.slice(1, len(texts))).tolist() == [hashed(text) for text in texts]


def test_values_are_in_the_bins_that_the_page_shows():
    shown = {"10^300": 1e300, "2^-8": 2.0**-8}
    values = [shown.get(cell) or float(cell) for cell in cells_of("y")]
    assert [str(place) for place in bins_of(np.array(values)).tolist()] == cells_of("bin")


def test_the_bin_is_read_off_the_bits_as_the_page_says():
    below = int(re.search(r"the size is e - (\d+), at least 0 and at\nmost 12,545", PAGE)[1])
    for y in (-3.25, -1.0, 0.0, 0.001, 2.0**-8, 1.5, 1e300):
        (bits,) = struct.unpack("<Q", struct.pack("<d", y))
        size = min(max((bits >> 44 & (1 << 19) - 1) - below, 0), 12_545)
        assert bins_of(np.array([y])).tolist() == [-size if bits >> 63 else size]
