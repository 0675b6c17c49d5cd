"""govgate scan, as a person at a terminal meets it."""

import json
import sys

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from govgate.cli.main import main

PEOPLE = pa.table(
    {
        "mail": [f"user{number}@example.com" for number in range(60)],
        "amount": [number * 1.5 for number in range(60)],
        "note": [f"call +49 30 9018{number:02}" if number < 2 else "fine" for number in range(60)],
    }
)


@pytest.fixture(params=["parquet", "csv"])
def people(request, tmp_path):
    path = tmp_path / f"people.{request.param}"
    {"parquet": parquet.write_table, "csv": csv.write_csv}[request.param](PEOPLE, path)
    return str(path)


def test_columns_kinds_and_counts_are_printed_and_no_value(people, capsys):
    assert main(["scan", people]) == 10
    out = capsys.readouterr().out
    assert ["mail", "identifier", "email", "60"] in [line.split()[:4] for line in out.splitlines()]
    assert "example.com" not in out


def test_the_record_is_whole(people, capsys):
    assert main(["scan", people, "--json"]) == 10
    told = json.loads(capsys.readouterr().out)
    assert [each["column"] for each in told["columns"]] == ["mail", "amount", "note"]
    assert [each["decision"] for each in told["columns"]] == ["identifier", "none", "suspected"]
    assert told["mentions"] == {}


def test_one_kind_alone_is_looked_for(people):
    assert main(["scan", people, "--kind", "iban"]) == 0


def test_a_region_tells_what_a_number_is(tmp_path, capsys):
    path = tmp_path / "t.parquet"
    cells = [f"030 90{number:04}" for number in range(1000, 1400)]
    parquet.write_table(pa.table({"c": cells}), path)
    assert main(["scan", str(path), "--json"]) == 0
    assert main(["scan", str(path), "--region", "de", "--json"]) == 10
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["no.parquet"], 3, "there is no file no.parquet; correct the path"),
        (["{people}", "--kind", "emial"], 3, "there is no kind of identifier 'emial'; name some"),
        (["{people}", "--region", "XX"], 3, "no telephone numbers of region 'XX' are known"),
    ],
)
def test_what_cannot_be_done_is_said(people, words, code, said, capsys):
    assert main(["scan", *(word.format(people=people) for word in words)]) == code
    assert said in capsys.readouterr().err


def test_a_table_without_rows_is_not_clean(tmp_path, capsys):
    path = tmp_path / "t.parquet"
    parquet.write_table(PEOPLE[:0], path)
    assert main(["scan", str(path)]) == 3
    assert "has no rows, so nothing was looked at; scan one" in capsys.readouterr().err


def test_names_need_the_extra(people, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    assert main(["scan", people, "--ner", "en_core_web_sm"]) == 2
    assert "pip install 'govgate[pii-ner]'" in capsys.readouterr().err
