"""The bytes of a cell: alike for like values, whatever column held them; see the spec."""

import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from govgate.errors import EvidenceError
from govgate.rows.cells import encoded


def integer(n):
    return b"\x03" + n.to_bytes(8, "big", signed=True)


def double(x):
    return b"\x04" + struct.pack(">d", x)


def sized(tag, data):
    return bytes([tag]) + len(data).to_bytes(4, "big") + data


def moment(tag, seconds, nanoseconds=0):
    return bytes([tag]) + seconds.to_bytes(8, "big", signed=True) + nanoseconds.to_bytes(4, "big")


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOON_S = int(NOON.timestamp())
LOCAL = NOON.replace(tzinfo=None)
CASES = {
    "null": (pa.array([None]), b"\x00"),
    "null text": (pa.array([None], pa.string()), b"\x00"),
    "nan": (pa.array([float("nan")]), b"\x00"),
    "null number": (pa.array([None], pa.int8()), b"\x00"),
    "false": (pa.array([False]), b"\x01"),
    "true": (pa.array([True]), b"\x02"),
    "null boolean": (pa.array([None], pa.bool_()), b"\x00"),
    "one": (pa.array([1], pa.uint8()), integer(1)),
    "one as a double": (pa.array([1.0]), integer(1)),
    "one as a half": (pa.array([1.0], pa.float16()), integer(1)),
    "one as a decimal": (pa.array([Decimal("1.00")]), integer(1)),
    "minus zero": (pa.array([-0.0]), integer(0)),
    "least integer": (pa.array([-(2**63)]), integer(-(2**63))),
    "least integer as a double": (pa.array([-(2.0**63)]), double(-(2.0**63))),
    "largest unsigned": (pa.array([2**64 - 1], pa.uint64()), sized(5, b"18446744073709551615")),
    "unsigned and a double": (pa.array([2**63], pa.uint64()), double(2.0**63)),
    "that double": (pa.array([2.0**63]), double(2.0**63)),
    "a half": (pa.array([0.5]), double(0.5)),
    "a half as a decimal": (pa.array([Decimal("0.50")]), double(0.5)),
    "a tenth": (pa.array([0.1]), double(0.1)),
    "a tenth as a decimal": (pa.array([Decimal("0.10")]), sized(5, b"0.1")),
    "a tenth as a float": (pa.array([0.1], pa.float32()), double(0.10000000149011612)),
    "a large decimal": (pa.array([Decimal(10**25 + 1)]), sized(5, b"10000000000000000000000001")),
    "infinity": (pa.array([float("-inf")]), double(float("-inf"))),
    "text": (pa.array(["Zoë"]), sized(6, "Zoë".encode())),
    "empty text": (pa.array([""], pa.large_string()), sized(6, b"")),
    "text of a view": (pa.array(["a"], pa.string_view()), sized(6, b"a")),
    "category": (pa.array(["a"]).dictionary_encode(), sized(6, b"a")),
    "null category": (pa.array([None], pa.dictionary(pa.int8(), pa.string())), b"\x00"),
    "bytes": (pa.array([b"\x00"], pa.binary(1)), sized(7, b"\x00")),
    "instant": (pa.array([NOON], pa.timestamp("us", "Asia/Tokyo")), moment(8, NOON_S)),
    "local time": (pa.array([LOCAL], pa.timestamp("ns")), moment(9, NOON_S)),
    "before 1970": (pa.array([-1], pa.timestamp("ns")), moment(9, -1, 999_999_999)),
    "date": (pa.array([date(2026, 1, 1)]), moment(9, NOON_S - 43_200)),
    "date of 64 bits": (pa.array([date(2026, 1, 1)], pa.date64()), moment(9, NOON_S - 43_200)),
    "time of day": (pa.array([time(0, 0, 1)], pa.time32("s")), moment(10, 1)),
    "exact time of day": (pa.array([1_000_000_001], pa.time64("ns")), moment(10, 1, 1)),
    "duration": (pa.array([timedelta(milliseconds=-1)]), moment(11, -1, 999_000_000)),
}


@pytest.mark.parametrize(("array", "expected"), CASES.values(), ids=CASES.keys())
def test_a_cell(array, expected):
    assert encoded(array, "c").to_pylist() == [expected]


@pytest.mark.parametrize("array", [c[0] for c in CASES.values()], ids=CASES.keys())
def test_a_cell_is_the_same_beside_others_and_in_a_slice(array):
    several = pa.concat_arrays([array, pa.nulls(1, array.type), array, array])
    cell = encoded(array, "c").to_pylist()[0]
    assert encoded(several, "c").to_pylist() == [cell, b"\x00", cell, cell]
    assert encoded(several[1:3], "c").to_pylist() == [b"\x00", cell]
    assert encoded(several[:0], "c").to_pylist() == []


@pytest.mark.parametrize("kind", [pa.list_(pa.int8()), pa.struct([("x", pa.int8())])])
def test_a_nested_column_is_refused_by_name(kind):
    with pytest.raises(EvidenceError, match="column 'c' holds"):
        encoded(pa.nulls(2, kind), "c")


def test_no_cell_begins_like_another():
    # Rows are joined cells, so one that began another could end where the other goes on.
    cells = {c for _, c in CASES.values()}
    assert [(a, b) for a in cells for b in cells if a != b and b.startswith(a)] == []
