"""Folders of parts: which files count, what they share, and what is refused."""

import os
import pickle

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from govgate.adapters.tables import read_table
from govgate.errors import EvidenceError
from govgate.tree import tree_digest
from tests.tools.hidden_parquet import HIDDEN


def write(folder, name, columns):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    writers = {".parquet": parquet.write_table, ".csv": csv.write_csv}
    writers.get(path.suffix, feather.write_feather)(table, str(path))
    return path


def rows(table, columns, **more):
    found = [batch.to_pylist() for batch in table.batches(columns, **more)]
    return [row for piece in found for row in piece]


def test_parts_of_every_form_are_one_table_in_the_order_of_their_names(tmp_path):
    write(tmp_path, "b.csv", {"n": [3], "who": ["c"]})
    write(tmp_path, "a.parquet", {"n": [1, 2], "who": ["a", None]})
    write(tmp_path, "c/d.arrow", {"who": ["d"], "n": [4]})
    table = read_table(tmp_path)
    assert table.columns == ("n", "who")
    assert [part.name for part in table.parts] == ["a.parquet", "b.csv", "c/d.arrow"]
    assert [part.rows for part in table.parts] == [2, None, None]
    assert rows(table, ["who", "n"]) == [
        {"who": "a", "n": 1},
        {"who": None, "n": 2},
        {"who": "c", "n": 3},
        {"who": "d", "n": 4},
    ]
    for batch in table.batches(["who", "n"], categorical=["who"]):
        assert batch.schema.field("who").type == pa.dictionary(pa.int32(), pa.string())
        assert batch.schema.field("n").type == pa.int64()


def test_a_folder_is_named_by_the_tree_digest_of_its_parts(tmp_path):
    paths = [write(tmp_path, f"{n}.parquet", {"n": [n]}) for n in range(3)]
    files = [(path.name, lambda path=path: [path.read_bytes()]) for path in paths]
    assert read_table(tmp_path).digest == tree_digest(files)


def test_the_folders_of_hive_give_columns(tmp_path):
    write(tmp_path, "year=2025/who=a%20b/1.parquet", {"n": [1, 2]})
    write(tmp_path, "year=2026/who=__HIVE_DEFAULT_PARTITION__/1.parquet", {"n": [3]})
    table = read_table(tmp_path)
    assert table.columns == ("n", "year", "who")
    assert rows(table, ["who", "year", "n"]) == [
        {"who": "a b", "year": 2025, "n": 1},
        {"who": "a b", "year": 2025, "n": 2},
        {"who": None, "year": 2026, "n": 3},
    ]
    # rows are counted also where no column of the files is asked for
    assert rows(table, ["year"], categorical=["year"]) == [{"year": y} for y in (2025, 2025, 2026)]


def test_a_key_of_hive_that_is_a_number_in_some_paths_only_is_text(tmp_path):
    for key in ("7", "07"):
        write(tmp_path, f"zip={key}/1.parquet", {"n": [1]})
    assert rows(read_table(tmp_path), ["zip"]) == [{"zip": "07"}, {"zip": "7"}]


@pytest.mark.parametrize(
    "name", ["_SUCCESS", ".part.crc", "_metadata", ".cache/x.parquet", "_started/1.parquet"]
)
def test_hidden_files_are_no_parts(tmp_path, name):
    write(tmp_path, "1.parquet", {"n": [1]})
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    assert rows(read_table(tmp_path), ["n"]) == [{"n": 1}]


def test_a_part_without_rows_has_a_say_in_nothing(tmp_path):
    write(tmp_path, "1.parquet", {"n": [1]})
    write(tmp_path, "2.parquet", {"n": pa.array([], pa.int64())})
    assert rows(read_table(tmp_path), ["n"]) == [{"n": 1}]


def test_csv_parts_are_read_as_the_others_or_as_one_another(tmp_path):
    write(tmp_path, "1.parquet", {"zip": ["007"], "n": [1.5]})
    write(tmp_path, "2.csv", {"zip": [10115], "n": [2]})
    assert rows(read_table(tmp_path), ["zip", "n"]) == [
        {"zip": "007", "n": 1.5},
        {"zip": "10115", "n": 2.0},
    ]
    (tmp_path / "1.parquet").unlink()
    (tmp_path / "1.csv").write_text("zip,n\nx07,1.5\n")
    (tmp_path / "0.csv").write_text("zip,n\n,\n")
    assert rows(read_table(tmp_path), ["zip", "n"]) == [
        {"zip": None, "n": None},
        {"zip": "x07", "n": 1.5},
        {"zip": "10115", "n": 2.0},
    ]


def test_a_column_that_is_all_null_in_one_part_has_the_type_of_the_others(tmp_path):
    write(tmp_path, "1.parquet", {"n": [None], "who": [None]})
    write(tmp_path, "2.parquet", {"n": [2], "who": ["b"]})
    table = read_table(tmp_path)
    assert rows(table, ["n", "who"]) == [{"n": None, "who": None}, {"n": 2, "who": "b"}]
    assert {batch.schema.field("n").type for batch in table.batches(["n"])} == {pa.int64()}


def test_a_part_that_pandas_wrote_with_categories_is_like_the_others(tmp_path):
    write(tmp_path, "1.parquet", {"who": ["a"]})
    frame = pd.DataFrame({"who": pd.Categorical(["b"], ["b", "z"])})
    frame.to_parquet(tmp_path / "2.parquet")
    table = read_table(tmp_path)
    assert rows(table, ["who"]) == [{"who": "a"}, {"who": "b"}]
    assert {str(batch.schema.field("who").type) for batch in table.batches(["who"])} == {"string"}


def spoil(folder, what):
    (folder / "2.parquet").write_bytes(what)


def link(folder, target):
    (folder / "2.parquet").symlink_to(target)


# fmt: off
REFUSED = [
    # NOT OK: nothing, or what is no part
    (lambda f: (f / "1.parquet").unlink(), "holds no part of a table; write"),
    (lambda f: (f / "readme.txt").write_text("x"), "readme.txt, which is no part of a table"),
    (lambda f: spoil(f, b""), "2.parquet, which is empty; write it again"),
    # NOT OK: a column less, one more, another type, another kind of number
    (lambda f: write(f, "2.parquet", {"n": [1]}), "1.parquet has a column 'who' and 2.par"),
    (lambda f: write(f, "2.parquet", {"n": [1], "who": ["b"], "x": [1]}), "2.*has a column 'x'"),
    (lambda f: write(f, "2.parquet", {"n": ["1"], "who": ["b"]}), "'n' is int64 in 1.*string in"),
    (lambda f: write(f, "2.parquet", {"n": [1.0], "who": ["b"]}), "'n' is int64 in 1.*double in"),
    # NOT OK: cut short, flipped, of another kind than its name says
    (lambda f: spoil(f, (f / "1.parquet").read_bytes()[:-9]), "cannot be read as a table"),
    (lambda f: spoil(f, b"PAR1" + b"\0" * 64 + b"PAR1"), "cannot be read as a table"),
    (lambda f: spoil(f, b"n,who\n1,a\n"), "cannot be read as a table"),
    (lambda f: spoil(f, HIDDEN), "an encrypted Parquet file; decrypt"),
    # NOT OK: a link out of the folder, in it, to nowhere; a pipe, at which a reader would wait
    (lambda f: link(f, "/etc/hostname"), "a symbolic link, 2.parquet; put the file itself"),
    (lambda f: link(f, f / "1.parquet"), "a symbolic link"),
    (lambda f: link(f, "gone"), "a symbolic link"),
    (lambda f: os.mkfifo(f / "2.parquet"), "2.parquet, which is no file"),
    # NOT OK: tables whose files are not all rows, or not yet
    (lambda f: write(f, "_delta_log/0.json", {"n": [1]}), "a Delta table, as its _delta_log"),
    (lambda f: (f / ".hoodie").mkdir(), "a Hudi table"),
    (lambda f: (f / "_temporary").mkdir(), "being written"),
    # NOT OK: paths that do not agree, or with the files
    (lambda f: write(f, "y=1/1.parquet", {"n": [1], "who": ["a"]}), "y=1/1.parquet is not below"),
    (lambda f: f.rename(f.parent / "x") and write(f, "n=1/1.parquet", {"n": [1]}),
     "column 'n' of .* is in its files and in their paths; keep one"),
    (lambda f: f.rename(f.parent / "x") and write(f, "y=1/y=2/1.parquet", {"n": [1]}),
     "names one column twice"),
]
# fmt: on


@pytest.mark.parametrize(("make", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_table_is_refused_by_name(tmp_path, make, said):
    folder = tmp_path / "t"
    write(folder, "1.parquet", {"n": [1], "who": ["a"]})
    make(folder)
    with pytest.raises(EvidenceError, match=said):
        rows(read_table(folder), ["n"])


def change(path):
    table = pa.table({"n": [9]})
    parquet.write_table(table, path)


def change_in_place(path):
    # as long as before, and its time put back: only the bytes tell
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[30] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_part_that_changes_or_goes_after_it_was_listed_is_refused(tmp_path):
    for name in ("1", "2"):
        write(tmp_path, f"{name}.parquet", {"n": [1]})
    table = read_table(tmp_path)
    change(tmp_path / "2.parquet")
    for job in (lambda: rows(table, ["n"]), lambda: table.digest):
        with pytest.raises(EvidenceError, match=r"2\.parquet changed while it was read; hand over"):
            job()
    (tmp_path / "2.parquet").unlink()
    with pytest.raises(EvidenceError, match=r"2\.parquet vanished while it was read"):
        rows(table, ["n"])


def test_a_part_that_changes_while_it_is_open_is_refused(tmp_path):
    path = write(tmp_path, "1.parquet", {"n": [1]})
    pieces = read_table(tmp_path).batches(["n"])
    next(pieces)
    change(path)
    with pytest.raises(EvidenceError, match="changed while it was read"):
        next(pieces)


def test_bytes_that_changed_behind_an_unchanged_time_have_another_digest(tmp_path):
    path = write(tmp_path, "1.parquet", {"n": [1]})
    table = read_table(tmp_path)
    before = table.digest
    change_in_place(path)
    assert table.digest != before


def test_a_part_pickles_and_reads_alike_elsewhere(tmp_path):
    write(tmp_path, "y=1/1.csv", {"n": [1], "who": ["a"]})
    (part,) = read_table(tmp_path).parts
    there = pickle.loads(pickle.dumps(part))  # noqa: S301 -- our own bytes
    assert there.digest() == part.digest()
    assert [b.to_pylist() for b in there.batches(["y", "who"])] == [[{"y": 1, "who": "a"}]]
