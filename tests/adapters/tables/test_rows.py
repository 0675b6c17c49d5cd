"""The digest of rows: the specification's example, and what must and must not change it."""

import datetime as dt
import decimal
import hashlib
import json
import struct

import polars as pl
import pyarrow as pa
import pytest

from govgate.adapters.tables import read_table
from govgate.errors import EvidenceError

DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KINDS = {
    "text": ["a", None, "", "ü"],
    "bytes": [b"a", None, b"", b"\0"],
    "int": [1, None, -3, 4],
    "bool": [True, None, False, True],
    "float": [1.5, None, float("nan"), float("inf")],
    "time": [DAY, None, DAY, DAY],
    "decimal": [decimal.Decimal("1.50"), None, decimal.Decimal("-1.00"), None],
    "list": [[1], None, [], [2, None]],
    "words": [["a", "bb"], None, [], [None]],
    "struct": [{"x": 1, "y": "a"}, None, {"x": None, "y": ""}, {"x": 4, "y": None}],
}


def sha(data):
    return hashlib.sha256(data).digest()


def test_the_worked_example_of_the_specification():
    sex = sha(sha(struct.pack("<3q", 1, -1, 1)) + sha(b"fm"))
    age = sha(sha(b"\1\1\1") + sha(struct.pack("<3q", 30, 40, 50)))
    said = {"columns": [["sex", "string", sex.hex()], ["age", "int64", age.hex()]], "rows": 3}
    whole = sha(json.dumps(said, separators=(",", ":")).encode()).hex()
    table = read_table({"sex": ["f", None, "m"], "age": [30, 40, 50]})
    assert table.digest == f"sha256:{whole}"
    assert whole == "3160e6c87e59010743840a790b29ad951e5f23e2a01e339ff7c2c0b45195dc79"


def test_neither_pieces_nor_offsets_nor_libraries_change_the_digest():
    table = pa.table(KINDS)
    named = read_table(table).digest
    pieces = pa.concat_tables([table.slice(0, 1), table.slice(1, 2), table.slice(3)])
    longer = pa.concat_tables([table, table])
    assert read_table(pieces).digest == named
    assert read_table(longer.slice(4)).digest == named
    assert read_table(pl.DataFrame(table)).digest == named
    coded = table.set_column(0, "text", table["text"].dictionary_encode())
    assert read_table(coded).digest == named


@pytest.mark.parametrize("name", KINDS)
def test_every_value_counts(name):
    """Each value of each kind, put in another's place, gives another digest."""
    column = KINDS[name]
    seen = {
        read_table(pa.table({name: pa.array(values, pa.array(column).type)})).digest
        for values in ([*column], column[1:], column[:3], column[::-1], [column[0]] * 4)
    }
    assert len(seen) == 5


def test_what_lies_under_a_missing_value_does_not_count():
    bits = pa.py_buffer(b"\5")
    one, two = (
        pa.Array.from_buffers(pa.int32(), 3, [bits, pa.py_buffer(struct.pack("<3i", 1, n, 3))])
        for n in (7, 8)
    )
    assert one.equals(two)
    assert read_table(pa.table({"n": one})).digest == read_table(pa.table({"n": two})).digest


@pytest.mark.parametrize(
    ("one", "two"),
    [
        # text moved over the border of two values, of two columns; null and empty; types; names
        ({"a": ["xy", "z"]}, {"a": ["x", "yz"]}),
        ({"a": ["x"], "b": ["y"]}, {"a": ["y"], "b": ["x"]}),
        ({"a": [None, "x"]}, {"a": ["", "x"]}),
        ({"a": [[1], [2]]}, {"a": [[1, 2], []]}),
        ({"a": [1]}, {"a": [1.0]}),
        ({"a": [1], "b": [1]}, {"b": [1], "a": [1]}),
        ({"a": [0.0]}, {"a": [-0.0]}),
    ],
    ids=range(7),
)
def test_different_rows_have_different_digests(one, two):
    assert read_table(one).digest != read_table(two).digest


def test_without_rows_only_the_names_count():
    empty = [pa.table({"a": pa.array([], kind)}) for kind in (pa.int64(), pa.string())]
    assert len({read_table(table).digest for table in empty}) == 1
    assert read_table(empty[0]).digest != read_table({"b": []}).digest


def test_a_type_without_bytes_of_its_own_is_refused():
    union = pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])
    with pytest.raises(EvidenceError, match=r"column 'a' holds sparse_union.*leave it out"):
        assert read_table(pa.table({"a": union})).digest
