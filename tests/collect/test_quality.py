"""DataQualityCollector: exact counts, on real people too; what it cannot count it refuses."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from govgate.adapters.tables import read_table
from govgate.canon import canonical
from govgate.collect import find_collector
from govgate.collect.quality import DataQualityOptions
from govgate.errors import EvidenceError
from govgate.gates.quality import Quality, QualityBounds


def measured(train, test=None, columns=None, **options):
    collector = find_collector("data-quality/v1").collector
    tables = {"train": read_table(train)} | ({} if test is None else {"test": read_table(test)})
    bounds = QualityBounds.model_validate_json(canonical({"columns": columns or {}}))
    return collector.measure(tables, DataQualityOptions(**{"label": "y"} | options), bounds)


def people(rows=4000, seed=1):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "age": draw.integers(18, 90, rows),
            "income": draw.lognormal(10, 1, rows),
            "region": draw.choice(["north", "south", "east"], rows),
            "y": draw.integers(0, 2, rows),
        }
    )


def told(train, **options):
    columns = measured(train, **options).body.train.columns
    return {name: facts.told for name, facts in columns.items()}


def test_repeated_and_shared_rows_are_counted_without_their_identifiers():
    train = people()
    train = pd.concat([train, train[:40].assign(id=lambda f: f["id"] + 9000)])
    test = pd.concat([people(1000, 2), train[:7].assign(id=-1)])
    body = measured(train, test, ids=("id",)).body
    assert (body.train.repeated_rows, body.test.repeated_rows, body.shared_rows) == (40, 0, 7)
    with_ids = measured(train, test).body
    assert (with_ids.train.repeated_rows, with_ids.shared_rows) == (0, 0)


def test_the_columns_of_both_tables_may_stand_in_another_order():
    train = people()
    assert measured(train, train[train.columns[::-1]]).body.shared_rows == 4000


def test_missing_values_and_constants():
    train = people().assign(
        empty=None,
        one=1,
        word="x",
        half=np.where(np.arange(4000) % 2, np.nan, 1.0),
        text=[f"note {i}" for i in range(4000)],
    )
    columns = measured(train).body.train.columns
    assert {n for n, c in columns.items() if c.constant} == {"empty", "one", "word"}
    assert {n: c.nulls for n, c in columns.items() if c.nulls} == {"empty": 4000, "half": 2000}


def test_a_column_that_tells_the_label_is_seen_whatever_its_type():
    train = people()
    yes = train["y"] == 1
    noise = np.random.default_rng(3).normal(size=4000)
    leaky = train.assign(
        number=train["y"] * 10 + noise,
        word=np.where(yes, "paid", "due"),
        missing=np.where(yes, np.nan, noise),
        text=[None if is_yes else f"note {i}" for i, is_yes in enumerate(yes)],
        when=pd.to_datetime("2026-01-01") + pd.to_timedelta(train["y"] * 99 + noise, unit="D"),
    )
    seen = told(leaky, ids=("id",))
    assert all(seen[n] > 0.95 for n in ("number", "word", "missing", "text", "when")), seen
    assert all(seen[n] < 0.2 for n in ("age", "income", "region")), seen
    assert seen["id"] is seen["y"] is None


def test_a_name_of_each_person_tells_nothing_by_being_unlike_others():
    train = people(300).assign(
        code=[f"c{i % 200}" for i in range(300)], few=[f"c{i % 100}" for i in range(300)]
    )
    assert told(train)["code"] < 0.3
    assert told(train)["few"] < 0.2
    assert told(train)["id"] < 0.3


def test_a_label_of_many_values_is_a_number_and_nothing_tells_it():
    body = measured(people(), label="income").body
    assert body.label_counts == ()
    assert body.train.teller == ("", None)


def test_classes_are_counted_without_their_names():
    train = people().assign(y=["no"] * 3900 + ["yes"] * 100)
    body = measured(train).body
    assert body.label_counts == (3900, 100)
    assert "yes" not in body.model_dump_json()


EXPECTATIONS = [
    ({"min": 18, "max": 89}, "age", {"outside": 0}),
    ({"min": 19}, "age", {"outside": 1}),
    ({"max": 88.5}, "age", {"outside": 1}),
    ({"min": 0}, "word", {"outside": 3}),
    ({"values": ["a", "b"]}, "word", {"unlisted": 1}),
    ({"values": ["18", "50", "89"]}, "age", {"unlisted": 1}),
    ({"unique": True}, "age", {"repeated": 0}),
    ({"unique": True}, "word", {"repeated": 1}),
    ({"ascending": True}, "age", {"backwards": 1}),
    ({"ascending": True}, "when", {"backwards": 0}),
    ({"min": 0, "max": 1}, "cost", {"outside": 1}),
]


@pytest.mark.parametrize(("expectation", "name", "counts"), EXPECTATIONS, ids=str)
def test_what_is_not_as_expected_is_counted(expectation, name, counts):
    train = pa.table(
        {
            "age": [18, 50, 89, 40],
            "word": ["a", None, "c", None],
            "when": pa.array([1, 2, None, 3], pa.timestamp("ms", "UTC")),
            "cost": [Decimal("0.5"), Decimal("1.5"), None, Decimal("1.0")],
            "y": [0, 1, 0, 1],
        }
    )
    if counts.get("outside") == 3:
        counts = {"outside": 2}  # two words there are, and none is a number
    columns = measured(train, columns={name: expectation}).body.train.columns
    found = columns[name].expected.model_dump()
    assert {kind: found[kind] for kind in counts} == counts


def test_order_is_kept_across_pieces(tmp_path):
    path = tmp_path / "t.parquet"
    rows = (1 << 18) + 10
    frame = pd.DataFrame({"n": np.arange(rows), "y": np.arange(rows) % 2})
    frame.loc[1 << 18, "n"] = -1
    frame.to_parquet(path)
    columns = measured(path, columns={"n": {"ascending": True}}).body.train.columns
    assert columns["n"].expected.backwards == 1


def test_the_census_has_the_repeats_that_pandas_finds(adult_folder):
    train, test = (adult_folder / f"adult_{part}.csv" for part in ("train", "test"))
    found = measured(train, test, label="income")
    body = found.body
    assert (body.train.repeated_rows, body.test.repeated_rows, body.shared_rows) == (24, 5, 23)
    assert body.label_counts == (24_720, 7_841)
    assert found.population == {"rows, train": 32_561, "rows, test": 16_281, "columns": 15}
    assert body.train.teller[0] == "capital_gain"
    answers = [f.satisfied for f in Quality().judge(body, QualityBounds())]
    assert all(answers)


def test_the_order_of_the_rows_changes_no_byte(adult_folder):
    frame = pd.read_csv(adult_folder / "adult_test.csv")
    turned = frame.sample(frac=1, random_state=0)
    one, other = (measured(f, f[:99], label="income").body for f in (frame, turned))
    assert one.train == other.train


@pytest.mark.parametrize(
    ("train", "test", "options", "said"),
    [
        # NOT OK: no rows; columns that are absent here or there
        ({"a": [], "y": []}, None, {}, "no rows"),
        ({"a": [1]}, None, {}, "the train table has no column 'y'"),
        ({"a": [1], "y": [1]}, {"y": [1]}, {}, "the test table has no column 'a'"),
        ({"a": [1], "y": [1]}, None, {"ids": ("z",)}, "the train table has no column 'z'"),
        # NOT OK: a type that changed
        ({"a": [1, 2], "y": [1, 0]}, {"a": ["x"], "y": [1]}, {}, "column 'a' holds text"),
        # NOT OK: lists, infinities among the classes, nothing to look at
        ({"a": [[1]], "y": [1]}, None, {}, "column 'a' holds nested"),
        ({"a": [1], "y": [float("inf")]}, None, {}, "y"),
        ({"a": [1], "y": [1]}, None, {"exclude": ("a", "y")}, "no column 'y'|no column is left"),
        ({"y": [1]}, None, {"ids": ("y",)}, "no column is left"),
        # NOT OK: more columns than anybody looks at
        ({f"c{i}": [1] for i in range(10_000)} | {"y": [1]}, None, {}, "10,001 columns"),
    ],
    ids=range(10),
)
def test_tables_that_cannot_be_counted_are_refused(train, test, options, said):
    with pytest.raises(EvidenceError, match=said):
        measured(train, test, **options)


@pytest.mark.parametrize("rows", [1, 2])
def test_one_row_and_two_are_counted(rows):
    body = measured({"a": [1.5] * rows, "t": ["x"] * rows, "y": [1] * rows}).body
    assert (body.train.rows, body.train.repeated_rows) == (rows, rows - 1)


def test_text_has_no_order_to_keep():
    with pytest.raises(EvidenceError, match="holds text, which has no order"):
        measured({"a": ["x", "y"], "y": [0, 1]}, columns={"a": {"ascending": True}})
