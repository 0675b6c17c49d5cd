"""Tables: the same rows from every form, in bounded pieces, and nothing lost in silence."""

import base64
import hashlib
import math
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import dataset, feather, parquet
from pyarrow.parquet import encryption

from govgate.adapters.tables import forms, frames, plain, read_table
from govgate.errors import EvidenceError

ROWS = {"sex": ["f", "m", None, "f"], "age": [30, 40, 50, 60], "share": [0.5, 1.0, None, 0.0]}


@pytest.fixture(
    params=["parquet", "pq", "csv", "feather", "pandas", "arrow", "reader", "dataset", "lists"]
)
def source(request, tmp_path):
    frame = pd.DataFrame(ROWS)
    if request.param == "csv":
        frame.to_csv(tmp_path / "t.csv", index=False)
        return str(tmp_path / "t.csv")
    if request.param in {"parquet", "pq"}:
        frame.to_parquet(tmp_path / f"t.{request.param}")
        return tmp_path / f"t.{request.param}"
    table = pa.table(ROWS)
    if request.param == "feather":
        feather.write_feather(table, tmp_path / "t.feather")
        return tmp_path / "t.feather"
    return {
        "pandas": frame,
        "arrow": table,
        "reader": table.to_reader(),
        "dataset": dataset.dataset(table),
        "lists": ROWS,
    }[request.param]


def rows(table, columns, **more) -> dict:
    pieces = [batch.to_pydict() for batch in table.batches(columns, **more)]
    return {name: [value for piece in pieces for value in piece[name]] for name in columns}


def test_every_form_gives_the_same_rows(source):
    table = read_table(source)
    assert table.columns == ("sex", "age", "share")
    assert rows(table, ["share", "sex"]) == {"share": ROWS["share"], "sex": ROWS["sex"]}
    assert rows(table, ["age"]) == {"age": ROWS["age"]}
    # a second reading starts again
    assert rows(table, ["age"]) == {"age": ROWS["age"]}


def test_categories_come_encoded_in_the_order_asked_for(source):
    for batch in read_table(source).batches(["age", "sex"], categorical=["sex", "age"]):
        assert batch.schema.names == ["age", "sex"]
        assert all(pa.types.is_dictionary(column.type) for column in batch.columns)
        assert [str(age) for age in batch.column("age").to_pylist()] == ["30", "40", "50", "60"]
        assert batch.column("sex").to_pylist() == ROWS["sex"]


def test_an_absent_column_is_refused_and_those_there_are_listed(source):
    with pytest.raises(EvidenceError, match="no column 'race', only sex, age, share; name one"):
        rows(read_table(source), ["sex", "race"])


def test_large_tables_come_in_pieces(tmp_path, monkeypatch):
    for module in (forms, frames, plain):
        monkeypatch.setattr(module, "PIECE_ROWS", 1000)
    monkeypatch.setattr(forms, "_CSV_PIECE_BYTES", 4096)
    numbers = pa.table({"n": range(5000), "word": ["x", "y"] * 2500})
    parquet.write_table(numbers, tmp_path / "t.parquet")
    numbers.to_pandas().to_csv(tmp_path / "t.csv", index=False)
    for source in (numbers, tmp_path / "t.parquet", tmp_path / "t.csv"):
        pieces = list(read_table(source).batches(["n", "word"], categorical=["word"]))
        assert len(pieces) >= 5
        assert [n for piece in pieces for n in piece.column("n").to_pylist()] == [*range(5000)]


def test_a_file_is_named_by_its_bytes(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    assert read_table(path).digest == "sha256:" + hashlib.sha256(b"a\n1\n").hexdigest()


def test_a_frame_is_named_by_its_rows_and_not_by_how_it_is_held():
    table = pa.table(ROWS)
    halves = pa.concat_tables([table.slice(0, 2), table.slice(2)])
    named = read_table(table).digest
    assert named.startswith("sha256:")
    assert read_table(ROWS).digest == named == read_table(halves).digest
    assert read_table(table.replace_schema_metadata({"by": "me"})).digest == named
    assert read_table(pd.DataFrame(ROWS)).digest == read_table(pd.DataFrame(ROWS)).digest
    changed = ROWS | {"age": [30, 40, 50, 61]}
    assert read_table(changed).digest != named
    assert read_table({"years" if n == "age" else n: v for n, v in ROWS.items()}).digest != named


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        # NOT OK: no such file, empty, of an unknown kind
        ("gone.csv", None, "there is no file .*; correct the path"),
        ("t.csv", b"", "is empty; write its columns"),
        ("t.parquet", b"", "is empty"),
        ("t.xlsx", b"x", "is not a table we can read; write it as .parquet, .arrow or .csv"),
        # NOT OK: broken Parquet, text that is none
        ("t.parquet", b"PAR1 no more", "cannot be read as a table: .*; write it again"),
        ("t.csv", b"a,b\n\xff\xfe,1\n", "cannot be read as a table"),
        # NOT OK: two columns of one name, none at all
        ("t.csv", b"a,a\n1,2\n", "two columns named 'a'"),
        ("t.csv", b"\n1\n", "no columns"),
        # NOT OK: a row too short or too long; skipping it would lose a person
        ("t.csv", b"a,b\n1,2\n3\n", "cannot be read as a table"),
        ("t.csv", b"a,b\n1,2\n3,4,5\n", "cannot be read as a table"),
    ],
)
def test_files_that_are_no_tables_are_refused(tmp_path, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EvidenceError, match=said):
        rows(read_table(path), ["a", "b"] if b"b" in (content or b"") else ["a"])


@pytest.mark.parametrize(
    "frame",
    [
        # NOT OK: two columns of one name, columns of unlike length, no columns, no frame
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pa.table([[1], [2]], names=["a", "a"]),
        {"a": [1], "b": [1, 2]},
        {},
        pd.DataFrame({"a": [1, "x", object()]}),
        42,
    ],
)
def test_frames_that_are_no_tables_are_refused(frame):
    with pytest.raises(EvidenceError):
        read_table(frame)


def test_what_stands_for_missing_in_csv(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('n,word\n1,NA\n,""\nNaN,null\n2,"a\nb, c"\n')
    found = rows(read_table(path), ["n", "word"])
    assert found["n"][0] == 1
    assert all(n is None or math.isnan(n) for n in found["n"][1:3])
    assert found["word"] == ["NA", None, None, "a\nb, c"]


def test_a_line_break_inside_quotes_may_fall_between_two_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(forms, "_CSV_PIECE_BYTES", 256)
    path = tmp_path / "t.csv"

    def lines(n):
        return "a\n" * (n % 9)

    path.write_text("n,word\n" + "".join(f'{n},"{lines(n)}"\n' for n in range(500)))
    found = rows(read_table(path), ["n", "word"])
    assert found["n"] == [*range(500)]
    assert found["word"] == [lines(n) or None for n in range(500)]


def test_an_empty_line_is_a_row_of_a_single_column(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("n\n1\n\n3\n")
    assert rows(read_table(path), ["n"])["n"] == [1, None, 3]


def test_groups_are_read_as_they_stand(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("zip\n007\n1.50\n")
    batches = read_table(path).batches(["zip"], categorical=["zip"])
    assert [v for b in batches for v in b.column(0).to_pylist()] == ["007", "1.50"]


def test_a_table_without_rows_can_be_opened(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n")
    assert rows(read_table(path), ["a"]) == {"a": []}
    assert rows(read_table({"a": []}), ["a"]) == {"a": []}


def test_an_error_quotes_no_cell(tmp_path):
    path = tmp_path / "people.csv"
    rows = "\n".join(["1000000"] * 2_500_000)  # past the rows that types are read from
    path.write_text(f"age\n{rows}\nJane Doe\n")
    with pytest.raises(EvidenceError, match="invalid value") as caught:
        list(read_table(path).batches(["age"]))
    assert "Jane" not in str(caught.value)


class Keys(encryption.KmsClient):
    """Wraps a key in nothing; what is written with it is as encrypted as any."""

    def __init__(self, _):
        super().__init__()

    def wrap_key(self, key, _):
        return base64.b64encode(key)

    def unwrap_key(self, wrapped, _):
        return base64.b64decode(wrapped)


@pytest.mark.parametrize("plain_footer", [False, True])
@pytest.mark.parametrize("column", ["a", "b"])
def test_an_encrypted_file_is_refused_and_does_not_end_the_process(tmp_path, plain_footer, column):
    path, table = tmp_path / "t.parquet", pa.table({"a": [1], "b": ["x"]})
    how = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"c": ["b"]}, plaintext_footer=plain_footer
    )
    factory = encryption.CryptoFactory(Keys)
    keys = factory.file_encryption_properties(encryption.KmsConnectionConfig(), how)
    with parquet.ParquetWriter(path, table.schema, encryption_properties=keys) as writer:
        writer.write_table(table)
    # in a process of its own, as pyarrow ends the whole process where it is asked wrongly
    code = "from tests.adapters.tables.test_source import read_table, rows\n"
    code += f"rows(read_table({str(path)!r}), [{column!r}])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "EvidenceError" in done.stderr
    assert "is an encrypted Parquet file; decrypt it" in done.stderr
