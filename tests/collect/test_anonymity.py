"""From a release to evidence: what is counted, what is refused, and what never leaves."""

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from govgate.adapters.tables import read_table
from govgate.anonymise import cells
from govgate.collect.anonymity import AnonymityCollector, AnonymityOptions
from govgate.errors import EvidenceError
from govgate.gates.anonymisation import Anonymisation, AnonymisationBounds

OPTIONS = {"quasi_identifiers": ("age", "sex"), "sensitive": ("ill",)}


def measured(table, population=None, **options):
    tables = {"release": read_table(table)}
    if population is not None:
        tables["population"] = read_table(population)
    chosen = AnonymityOptions(**OPTIONS | options)
    return AnonymityCollector().measure(tables, chosen, AnonymisationBounds())


def people(rows=48):
    return {
        "age": [30 + row % 3 * 10 for row in range(rows)],
        "sex": ["fm"[row % 2] for row in range(rows)],
        "ill": ["abcd"[row // 6 % 4] for row in range(rows)],
    }


def test_a_release_is_counted():
    found = measured(people())
    body = found.body
    assert found.population == {"rows": 48, "columns": 3}
    assert (body.rows, body.classes, body.k, body.inspected) == (48, 6, 8, 3)
    assert [(s.said, s.classes, s.rows) for s in body.sizes] == [("8", 6, 48)]
    age = body.quasi_identifiers["age"]
    assert (age.distinct, age.missing, age.classes_without, age.k_without) == (3, 0, 2, 24)
    ill = body.sensitive["ill"]
    assert (ill.distinct, ill.l, ill.entropy_l, ill.alpha, ill.t) == (4, 4, 4.0, 0.25, 0.0)
    assert body.identifiers == {}


@pytest.mark.parametrize("write", ["parquet", "csv", "frame", "dictionary"])
def test_the_same_rows_give_the_same_body_however_they_are_kept(tmp_path, write):
    frame = pd.DataFrame(people())
    source = frame
    if write == "parquet":
        source = tmp_path / "r.parquet"
        parquet.write_table(pa.Table.from_pandas(frame), source, row_group_size=7)
    elif write == "csv":
        source = tmp_path / "r.csv"
        frame.to_csv(source, index=False)
    elif write == "dictionary":
        source = frame.astype("category")
    assert measured(source).body == measured(people()).body


def test_pieces_counted_apart_add_up(monkeypatch, tmp_path):
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({name: draw.integers(0, 6, 3000) for name in ("age", "sex", "ill")})
    path = tmp_path / "r.parquet"
    parquet.write_table(pa.Table.from_pandas(frame), path, row_group_size=100)
    monkeypatch.setattr(cells, "_MOST_PENDING", 50)
    body = measured(path, sensitive=(), ordered=("ill",)).body
    assert body.k == frame.groupby(["age", "sex"]).size().min()
    assert body.sensitive["ill"].l == frame.groupby(["age", "sex"])["ill"].nunique().min()


def test_a_missing_value_is_a_value_by_which_a_row_is_found():
    rows = people()
    rows["age"][5] = None
    body = measured(rows).body
    assert (body.k, body.quasi_identifiers["age"].missing) == (1, 1)
    floats = {"age": [1.0, float("nan"), None, -0.0, 0.0], "sex": ["f"] * 5, "ill": ["a"] * 5}
    assert [s.said for s in measured(pa.table(floats)).body.sizes] == ["1", "2"]


def test_a_missing_secret_hides_nobody():
    rows = people() | {"ill": [None if row % 3 == 0 else "ab"[row % 2] for row in range(48)]}
    ill = measured(rows).body.sensitive["ill"]
    assert (ill.l, ill.missing, ill.entropy_l, ill.alpha) == (0, 16, 0.0, 1.0)
    nothing = measured(people() | {"ill": pa.nulls(48)}).body.sensitive["ill"]
    assert (nothing.distinct, nothing.l, nothing.missing) == (0, 0, 48)


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        # NOT OK: nobody said what a column is
        (people() | {"x": [1] * 48}, {}, "nobody said what 'x' of the release is; declare"),
        (people(), {"sensitive": ()}, "nobody said what 'ill'"),
        # NOT OK: said twice, or of a column that is not there
        (people(), {"harmless": ("age",)}, "'age' is declared twice"),
        (people(), {"harmless": ("z",)}, "has no column 'z'; correct"),
        # NOT OK: an order with holes
        (people() | {"w": [None, *range(47)]}, {"ordered": ("w",)}, "missing values, which have"),
        # NOT OK: names in place of keyed hashes
        (people() | {"id": ["x"] * 48}, {"pseudonyms": ("id",)}, "other things than keyed hashes"),
        (people() | {"id": [1] * 48}, {"pseudonyms": ("id",)}, "other things than keyed hashes"),
        # NOT OK: several values in one row
        (people() | {"ill": [[1]] * 48}, {}, "'ill' holds list<.*>; write one value a row"),
        (people() | {"age": [{"a": 1}] * 48}, {}, "'age' holds struct<.*>; write one value"),
        (people() | {"x": [[1]] * 48}, {"harmless": ("x",)}, "'x' holds list<.*>; write one"),
        # NOT OK: no rows
        ({"age": [], "sex": [], "ill": []}, {}, "the release has no rows; hand over"),
        # NOT OK: a population smaller than its part
        (people(), {"population_size": 47}, "has 48 rows and population_size is 47; correct"),
    ],
)
def test_a_release_that_cannot_be_measured_is_refused(table, options, said):
    with pytest.raises(EvidenceError, match=said):
        measured(table, **options)


def test_ten_thousand_columns_of_which_nobody_said_anything_are_named_by_five():
    wide = people() | {f"c{number:04}": [0] * 48 for number in range(10_000)}
    with pytest.raises(EvidenceError) as why:
        measured(wide)
    assert "'c0004' and 9995 more of the release" in str(why.value)
    assert len(str(why.value)) < 300


def test_hundreds_of_quasi_identifiers_are_more_than_64_bits_hold():
    draw = np.random.default_rng(3)
    names = tuple(f"q{number}" for number in range(200))
    table = {name: draw.integers(0, 5, 60) for name in names} | {"ill": ["a", "b"] * 30}
    twice = pa.concat_tables([pa.table(table)] * 2)
    assert measured(twice, quasi_identifiers=names).body.k == 2


@pytest.mark.parametrize(
    "values",
    [
        [True, False, None],
        [Decimal("1.50"), Decimal("-2.25"), None],
        [dt.date(2026, 1, 1), dt.date(1900, 1, 1), None],
        [dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None, None],
        [b"\xff\x00", b"", None],
        [dt.time(1), dt.time(2), None],
        [float("inf"), float("-inf"), float("nan")],
    ],
)
def test_values_of_every_flat_type_are_counted(values):
    table = {"age": values * 5, "sex": ["f"] * 15, "ill": ["a"] * 15}
    body = measured(pa.table(table)).body
    assert body.k == 5
    there = {value for value in values if value is not None and not is_nan(value)}
    assert body.quasi_identifiers["age"].distinct == len(there)


def is_nan(value):
    return isinstance(value, float) and math.isnan(value)


def test_one_row_stands_alone():
    body = measured({"age": [1], "sex": ["f"], "ill": ["a"]}).body
    assert (body.rows, body.classes, body.k) == (1, 1, 1)


def test_the_population_says_how_many_look_like_a_row():
    rows, all_of_them = people(), people(480)
    found = measured(rows, all_of_them).body.population
    assert (found.people, found.k, found.uniques) == (480, 80, 0.0)
    assert found.matched == pytest.approx(48 / 80)
    alone = {"age": [99], "sex": ["f"], "ill": ["a"]}
    first = {name: values + alone[name] for name, values in rows.items()}
    more = {name: values + alone[name] for name, values in all_of_them.items()}
    found = measured(first, more).body.population
    assert (found.k, found.uniques) == (1, 1.0)


@pytest.mark.parametrize(
    "population",
    [
        people(47),  # NOT OK: smaller than its part
        people() | {"age": [25] * 48},  # NOT OK: written otherwise
    ],
)
def test_a_population_without_the_released_people_is_refused(population):
    with pytest.raises(EvidenceError, match="fewer people of the population; hand over the whole"):
        measured(people(), population)


def test_a_population_of_another_type_is_refused_without_quoting_anybody():
    with pytest.raises(EvidenceError, match="'age' holds int64 and then string") as why:
        measured(people(), people() | {"age": ["Ann Smith"] * 48})
    assert "Ann Smith" not in repr(why.value)
    assert why.value.__cause__ is None


def test_the_size_of_the_population_gives_an_estimate():
    rows = people()
    rows["age"][0] = 99
    found = measured(rows, population_size=1000).body.population
    assert (found.people, found.k, found.matched) == (1000, None, None)
    assert 0 < found.uniques <= found.uniques_high <= 1


PLANTED = [f"ann{number}.smith@example.org" for number in range(48)]


@pytest.mark.parametrize("role", ["harmless", "sensitive", "quasi_identifiers"])
def test_an_address_is_found_in_a_column_whatever_it_is_said_to_be(role):
    options = {role: (*OPTIONS.get(role, ()), "contact")}
    found = measured(people() | {"contact": PLANTED}, **options)
    kinds = {seen.kind for seen in found.body.identifiers["contact"]}
    assert "email" in kinds
    findings = [*Anonymisation().judge(found.body, AnonymisationBounds(min_k=1))]
    assert "beyond" in [f.answer for f in findings if f.about == "identifiers, contact"]
    # by column, kind and count, never by value
    said = found.body.model_dump_json() + "".join(f.model_dump_json() for f in findings)
    assert not [value for value in PLANTED if value in said or value.partition("@")[0] in said]


def test_real_people_are_as_alike_as_pandas_counts_them(adult_folder):
    names = ["age", "sex", "race", "education", "native_country"]
    frame = pd.read_csv(adult_folder / "adult_test.csv", keep_default_na=False)
    table = frame[[*names, "income", "hours_per_week"]]
    body = measured(
        table, quasi_identifiers=tuple(names), sensitive=("income",), ordered=("hours_per_week",)
    ).body
    sizes = frame.groupby(names).size()
    assert (body.rows, body.classes, body.k) == (16281, len(sizes), sizes.min())
    alone = next(s for s in body.sizes if s.said == "1")
    assert alone.classes == (sizes == 1).sum()
    assert body.quasi_identifiers["age"].classes_without == len(frame.groupby(names[1:]).size())
    assert not all(f.satisfied for f in Anonymisation().judge(body, AnonymisationBounds()))
