"""The digest of rows: one for all orders, partitions and types; another for others."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.adapters.tables import read_table
from govgate.errors import EvidenceError
from govgate.rows import digest_of_rows, hashes_in_order

KINDS = (pa.int64(), pa.string())
NAMES, ROWS = ["age", "name"], [(1, "a"), (2, None), (1, "a")]


def table(rows, names=NAMES, kinds=KINDS):
    columns = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({n: pa.array([*c], k) for n, c, k in zip(names, columns, kinds, strict=True)})


def named(given, most=1 << 20, piece=None):
    read = lambda: iter(given.to_batches(max_chunksize=piece))  # noqa: E731
    return digest_of_rows(read, given.column_names, most)


def cell(value):
    if value is None:
        return b"\x00"
    if isinstance(value, int):
        return b"\x03" + value.to_bytes(8, "big", signed=True)
    return b"\x06" + len(value.encode()).to_bytes(4, "big") + value.encode()


def plainly(rows):
    """The spec in ten lines, for whole numbers, text and nothing."""
    head = b"govgate-rows-v1\n" + (2).to_bytes(4, "big")
    head += b"".join(len(n).to_bytes(4, "big") + n.encode() for n in NAMES)
    hashes = sorted(hashlib.sha256(b"".join(map(cell, row))).digest() for row in rows)
    whole = head + b"".join(hashes) + len(rows).to_bytes(8, "big")
    return "sha256:" + hashlib.sha256(whole).hexdigest()


def test_the_worked_example_of_the_spec():
    page = Path(__file__).parents[2] / "docs" / "spec" / "dataset-digest.md"
    shown = "".join(page.read_text(encoding="utf-8").split())
    assert named(table(ROWS)).digest == plainly(ROWS)
    for row in ROWS:
        data = b"".join(map(cell, row))
        assert f"{data.hex()}sha256{hashlib.sha256(data).hexdigest()}" in shown
    assert plainly(ROWS) in shown


ROW = st.tuples(
    st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1]) | st.none(),
    st.text(st.characters(codec="utf-8"), max_size=3) | st.none(),
)


@settings(max_examples=1000, deadline=None)
@given(
    rows=st.lists(ROW, max_size=12),
    seed=st.randoms(use_true_random=False),
    piece=st.integers(1, 5),
    most=st.integers(1, 20),
)
def test_neither_order_nor_pieces_nor_passes_matter(rows, seed, piece, most):
    before = named(table(rows))
    assert before.digest == plainly(rows)
    assert (before.rows, before.columns) == (len(rows), 2)
    seed.shuffle(rows)
    turned = table(rows).select(NAMES[::-1])
    assert named(turned, most, piece) == before


@settings(max_examples=1000, deadline=None)
@given(one=st.lists(ROW, max_size=4), other=st.lists(ROW, max_size=4))
def test_other_rows_have_another_digest(one, other):
    def key(row):
        return [(v is None, str(v)) for v in row]

    alike = sorted(one, key=key) == sorted(other, key=key)
    assert (named(table(one)).digest == named(table(other)).digest) == alike


@pytest.mark.parametrize(
    "other",
    [
        # NOT OK: one row fewer, more or changed; cells moved between columns; other names
        table(ROWS[:2]),
        table([*ROWS, ROWS[0]]),
        table([(1, "a"), (2, ""), (1, "a")]),
        table([(1, "a"), (2, "a"), (1, None)]),
        table(ROWS, ["age", "nom"]),
        table(ROWS, ["agen", "ame"]),
        table(ROWS).append_column("x", pa.nulls(3)),
        table([("1", "a"), ("2", None), ("1", "a")], kinds=(pa.string(), pa.string())),
    ],
    ids=str,
)
def test_a_change_is_seen(other):
    assert named(other).digest != named(table(ROWS)).digest


def test_65536_copies_do_not_vanish():
    # They would where hashes are added up in lanes of 16 bits.
    one, other = table([(1, "a")] * 65_536), table([(2, "a")] * 65_536)
    assert len({named(one).digest, named(other).digest, named(table([])).digest}) == 3


def test_files_and_frames_of_the_same_rows_have_one_digest(tmp_path):
    frame = pd.DataFrame(
        {
            "id": [3, 1, 2],
            "score": [0.5, 2.0, 0.1],
            "name": ["x", "y", "z"],
            "kind": pd.Categorical(["u", "v", "u"]),
            "day": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]),
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    frame.sample(frac=1, random_state=1).to_csv(tmp_path / "t.csv", index=False)
    floats = frame.assign(id=frame["id"].astype(float))
    sources = [
        frame,
        floats,
        pa.Table.from_pandas(frame),
        tmp_path / "t.parquet",
        tmp_path / "t.csv",
    ]

    def digest(source):
        opened = read_table(source)
        return digest_of_rows(lambda: opened.batches(opened.columns), opened.columns).digest

    assert len({digest(source) for source in sources}) == 1


def test_a_table_that_changes_between_passes_is_refused():
    reads = iter([table([(n, "a") for n in range(40)]), table([(n, "a") for n in range(39)])])
    with pytest.raises(EvidenceError, match="changed while it was read"):
        digest_of_rows(lambda: iter(next(reads).to_batches()), NAMES, 30)


def test_many_passes_hold_few_rows_and_miss_none():
    given = table([(n % 3000, "a") for n in range(9000)])
    read = lambda: iter(given.to_batches(max_chunksize=500))  # noqa: E731
    ranges = [one for (one,) in hashes_in_order([(read, NAMES)], 200)]
    assert max(len(one.hashes) for one in ranges) <= 200
    assert sum(len(one.hashes) for one in ranges) == 3000
    assert {int(n) for one in ranges for n in one.counts} == {3}
    joined = np.concatenate([one.hashes for one in ranges])
    assert (joined[:-1] < joined[1:]).all()


def test_copies_of_one_row_need_no_second_pass():
    reads = []

    def read():
        reads.append(1)
        return iter(table([(1, "a")] * 5000).to_batches(max_chunksize=100))

    assert digest_of_rows(read, NAMES, 10).rows == 5000
    assert len(reads) == 1
