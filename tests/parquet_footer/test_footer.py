"""What a Parquet file says of its encryption, and what no file can make the reader do."""

import struct
import tracemalloc

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.errors import EvidenceError
from govgate.parquet_footer import TAIL_BYTES, read_footer
from govgate.parquet_footer.compact import read_struct

LEAVES = ["ssn", "income", "home.zip", "home.rooms.list.element"]


def footer_of(data):
    return read_footer(lambda at, size: data[at : at + size], len(data))


def refused(data):
    try:
        footer_of(data)
    except EvidenceError:
        return True
    return False


def parquet_of(footer, magic=b"PAR1", body=b"PAR1"):
    return body + footer + struct.pack("<I", len(footer)) + magic


def test_a_file_in_clear_says_so_column_by_column(written):
    found = footer_of(written().read_bytes())
    assert (found.hidden, found.algorithm, found.signed, found.rows) == (False, "", False, 3000)
    assert [c.name for c in found.columns] == LEAVES
    assert all(c.chunks == c.plain == c.statistics_in_clear == 3 for c in found.columns)
    assert all(c.pages_in_clear == 0 for c in found.columns)


def test_an_index_of_pages_in_clear_is_seen(written):
    found = footer_of(written(page_index=True).read_bytes())
    assert all(c.pages_in_clear == 3 for c in found.columns)


def test_with_the_footer_in_clear_each_columns_key_is_told_apart(written):
    path = written(column_keys={"c": ["ssn"]}, plaintext_footer=True, page_index=True)
    found = footer_of(path.read_bytes())
    assert (found.hidden, found.algorithm, found.signed) == (False, "AES_GCM_V1", True)
    ssn, income, *_ = found.columns
    assert (ssn.plain, ssn.with_column_key, ssn.with_footer_key) == (0, 3, 0)
    assert (ssn.statistics_in_clear, ssn.pages_in_clear) == (0, 0)
    assert (income.plain, income.statistics_in_clear, income.pages_in_clear) == (3, 3, 3)


@pytest.mark.parametrize("algorithm", ["AES_GCM_V1", "AES_GCM_CTR_V1"])
def test_a_hidden_footer_tells_its_algorithm_and_nothing_else(written, algorithm):
    path = written(uniform_encryption=True, encryption_algorithm=algorithm)
    found = footer_of(path.read_bytes())
    assert (found.hidden, found.algorithm, found.rows) == (True, algorithm, None)
    assert found.columns == ()


def test_statistics_of_an_encrypted_column_that_were_left_in_clear_are_seen():
    # Hand-made, by parquet.thrift: one column "a", locked with its own key, its largest value kept.
    root = b"\x48\x01r\x15\x02\x00"
    leaf = b"\x48\x01a\x00"
    statistics = (
        b"\x1c\x58\x019\x00"  # 12: struct{5: "9"}, the step of 9 fields from 3 written long
    )
    meta = b"\x0c\x18" + statistics[1:] + b"\x00"
    chunk = b"\x3c" + meta + b"\x5c" + b"\x2c\x00\x00" + b"\x00"
    group = b"\x19\x1c" + chunk + b"\x00"
    footer = b"\x29\x2c" + root + leaf + b"\x16\x06" + b"\x19\x1c" + group
    footer += b"\x4c\x1c\x00\x00" + b"\x00"
    (column,) = footer_of(parquet_of(footer)).columns
    assert (column.name, column.with_column_key, column.statistics_in_clear) == ("a", 1, 1)
    # The same without an algorithm contradicts itself.
    with pytest.raises(EvidenceError, match="no algorithm"):
        footer_of(parquet_of(footer.replace(b"\x4c\x1c\x00\x00", b"")))


def test_a_large_footer_takes_two_reads_and_a_small_one_takes_one(written):
    wide = pa.table({f"column_{n}": [1] for n in range(2000)})
    for path, most in ((written(), 1), (written(table=wide), 2)):
        data, reads = path.read_bytes(), []

        def read(at, size, data=data, reads=reads):
            reads.append(size)
            return data[at : at + size]

        assert read_footer(read, len(data)).rows == (3000 if most == 1 else 1)
        assert len(reads) == most
        assert reads[0] <= TAIL_BYTES


def test_a_file_cut_anywhere_in_its_footer_is_refused(written):
    for how in ({}, {"uniform_encryption": True}):
        data = written(**how).read_bytes()
        length = int.from_bytes(data[-8:-4], "little")
        assert all(refused(data[:-left]) for left in range(1, length + 9))
        # Cut from the front of the footer too, its length put right.
        footer = data[-8 - length : -8]
        if not how:
            assert all(refused(parquet_of(footer[:kept])) for kept in range(length))


def test_flipped_bytes_are_refused_or_read_and_nothing_worse(written):
    for how in ({}, {"column_keys": {"c": ["ssn"]}, "plaintext_footer": True}):
        data = written(**how).read_bytes()
        length = int.from_bytes(data[-8:-4], "little")
        answers = set()
        for at in range(len(data) - 8 - length, len(data)):
            bad = bytearray(data)
            bad[at] ^= 1 << at % 8
            answers.add(refused(bytes(bad)))
        assert answers == {True, False}


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(footer):
    for magic in (b"PAR1", b"PARE"):
        refused(parquet_of(footer, magic))


@pytest.mark.parametrize(
    ("footer", "why"),
    [
        # NOT OK: each made to keep a careless reader busy, or to fill its memory
        (b"\x19\xfc\xff\xff\xff\x7f", "longer than the footer"),  # a list of 2**28 structs
        (b"\x18\xff\xff\xff\xff\x7f", "longer than the footer"),  # a text of 2**35 bytes
        (b"\x1b\xff\xff\xff\xff\x7f", "longer than the footer"),  # a map of as many
        (b"\x1c" * 100_000, "nested too deeply"),
        (b"\x19" * 100_000, "nested too deeply"),
        (b"\x29" + b"\x19" * 100_000, "nested too deeply"),  # lists where the schema should be
        (b"\x36" + b"\xff" * 1000, "does not end"),
        (b"\x15" + b"\xff" * 1000, "IndexError"),  # passed over
        (b"\x1d\x00", "unknown kind"),
        (b"\x36\x02\x06\x06\x02\x00", "a thing twice"),
        (b"\x00", "KeyError"),
    ],
)
def test_a_hostile_footer_costs_no_more_than_its_bytes(footer, why):
    tracemalloc.start()
    try:
        with pytest.raises(EvidenceError, match=why):
            footer_of(parquet_of(footer))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2_000_000


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "too few"),
        (b"PAR1PAR1", "too few"),
        (b"PAR1" + b"\xff\xff\xff\xff" + b"PAR1", "bytes long"),
        (b"PAR1" + b"\x00\x00\x00\x00" + b"PAR2", "does not end with"),
        (parquet_of(b"\x1c\x00\x00", b"PARE"), "ValueError"),  # no algorithm
        (parquet_of(b"\x1c\x1c\x00\x1c\x00\x00\x00", b"PARE"), "ValueError"),  # both
    ],
)
def test_what_is_not_parquet_is_refused(data, why):
    with pytest.raises(EvidenceError, match=why):
        footer_of(data)


def test_a_footer_beyond_the_limit_is_never_fetched():
    end = struct.pack("<I", (64 << 20) + 1) + b"PAR1"

    def read(at, size):
        assert size <= TAIL_BYTES, at
        return end.rjust(size, b"\0")

    with pytest.raises(EvidenceError, match="bytes long"):
        read_footer(read, 1 << 30)


def test_a_short_answer_is_not_taken_for_the_whole():
    with pytest.raises(EvidenceError, match="10 of 100 bytes were read"):
        read_footer(lambda *_: b"PAR1PAR1PA", 100)


def test_numbers_are_read_as_thrift_writes_them():
    # 1: i32 -1, 2: i64 300, and a field whose number is written out
    assert read_struct(b"\x15\x01\x16\xd8\x04\x00", {1: None, 2: None}) == {1: -1, 2: 300}
    assert read_struct(b"\x05\x80\x02\x02\x00", {128: None}) == {128: 1}
