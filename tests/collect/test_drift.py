"""DriftCollector: the very numbers of Evidently, and what Evidently leaves out."""

import warnings

import numpy as np
import pandas as pd
import pytest

from govgate.adapters.tables import read_table
from govgate.collect import find_collector
from govgate.collect.drift import DriftOptions
from govgate.errors import EvidenceError
from govgate.gates.drift import Drift, DriftBounds


def people(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": draw.lognormal(10 + shift, 1, rows),
            "age": draw.integers(18, 90, rows),
            "children": draw.integers(0, 4, rows),
            "region": draw.choice(["north", "south", "east"], rows),
            "member": draw.choice([True, False], rows),
        }
    )


def measured(reference, current, **options):
    collector = find_collector("column-drift/v1").collector
    tables = {"reference": read_table(reference), "current": read_table(current)}
    return collector.measure(tables, DriftOptions(**options), DriftBounds())


def by_evidently(reference, current):
    """Evidently's own preset: column to (value, does its test pass)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        numbers = ["income", "age", "children"]
        definition = DataDefinition(
            numerical_columns=numbers, categorical_columns=["region", "member"]
        )
        old, new = (Dataset.from_pandas(f, definition) for f in (reference, current))
        said = Report([DataDriftPreset()], include_tests=True).run(new, old).dict()
    values = {m["config"]["column"]: m["value"] for m in said["metrics"] if "column" in m["config"]}
    passed = {
        t["metric_config"]["params"]["column"]: t["status"].value == "SUCCESS"
        for t in said["tests"]
        if "column" in t["metric_config"]["params"]
    }
    return {column: (value, passed[column]) for column, value in values.items()}


# at most 1000 rows Evidently compares by p-values, above by distances
@pytest.mark.parametrize(("rows", "statistic"), [(1000, "p_value"), (1001, "distance")])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_values_and_answers_are_evidentlys_own(rows, statistic, shift):
    reference, current = people(rows, 1), people(rows, 2, shift)
    body = measured(reference, current).body
    theirs = by_evidently(reference, current)
    assert {name: seen.value for name, seen in body.columns.items()} == {
        name: value for name, (value, _) in theirs.items()
    }
    assert {seen.statistic for seen in body.columns.values()} == {statistic}
    bounds = DriftBounds(columns={name: {} for name in theirs})
    answers = {
        f.about.split()[1]: f.satisfied for f in Drift().judge(body, bounds) if "(" in f.about
    }
    assert answers == {name: passed for name, (_, passed) in theirs.items()}
    assert answers["income"] == (shift == 0)


def test_the_population_counts_rows_and_columns():
    found = measured(people(300, 1), people(200, 2))
    assert found.population == {"rows, reference": 300, "rows, current": 200, "columns": 5}


def test_missing_values_are_seen_though_evidently_leaves_them_out():
    reference, current = people(2000, 1), people(2000, 2).astype({"age": float})
    current.loc[:1199, "income"] = np.nan
    current.loc[:499, "age"] = np.inf
    body = measured(reference, current).body
    assert body.columns["income"].null_share_current == 0.6
    assert body.columns["age"].null_share_current == 0.25
    failed = [f.about for f in Drift().judge(body, DriftBounds()) if not f.satisfied]
    assert failed == ["largest null gap (income)"]


def test_categories_and_numbers_with_holes_are_compared_too():
    reference, current = (
        people(2000, seed).astype({"region": "category", "age": "Int64"}) for seed in (1, 2)
    )
    current.loc[:49, "age"] = None
    current["member"] = current["member"].astype(object)
    current.loc[:9, "member"] = None
    body = measured(reference, current).body
    assert all(seen.value < 0.1 for seen in body.columns.values())
    assert body.columns["age"].null_share_current == 0.025
    assert body.columns["member"].null_share_current == 0.005


def test_a_column_without_values_is_not_computable_and_fails():
    current = people(2000, 2).assign(region=None)
    body = measured(people(2000, 1), current).body
    assert body.columns["region"].value is None
    assert body.columns["region"].null_share_current == 1


@pytest.mark.parametrize(
    ("reference", "current", "options", "said"),
    [
        # NOT OK: a column in one table only
        ({"a": [1], "b": [1]}, {"a": [1]}, {}, "the current table has no column b; add it"),
        ({"a": [1]}, {"a": [1], "c": [1]}, {}, "the reference table has no column c; add it"),
        # NOT OK: a column asked for that is nowhere
        ({"a": [1]}, {"a": [1]}, {"columns": ("z",)}, "the reference table has no column z"),
        # NOT OK: numbers became text
        ({"a": [1]}, {"a": ["x"]}, {}, "number in the reference and category in the current"),
        # NOT OK: names that no finding can carry
        ({" a": [1]}, {" a": [1]}, {}, "column ' a' has no name a finding can carry; rename"),
        ({"": [1]}, {"": [1]}, {}, "column '' has no name"),
        # NOT OK: dates have no distance here
        ({"a": [pd.Timestamp(0)]}, {"a": [pd.Timestamp(0)]}, {}, "neither numbers nor text"),
        # NOT OK: no rows, no columns
        ({"a": []}, {"a": [1]}, {}, "the reference table has no rows"),
        ({"a": [1]}, {"a": []}, {}, "the current table has no rows"),
        ({"a": [1]}, {"a": [1]}, {"exclude": ("a",)}, "no column is left to compare"),
        ({"a": [1]}, {"a": [1]}, {"columns": ()}, "no column is left to compare"),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(reference, current, options, said):
    with pytest.raises(EvidenceError, match=said):
        measured(reference, current, **options)


def test_a_column_of_one_table_may_be_left_out_or_not_asked_for():
    reference, current = people(300, 1), people(300, 2).assign(id=range(300))
    assert "id" not in measured(reference, current, exclude=("id",)).body.columns
    assert [*measured(reference, current, columns=("age",)).body.columns] == ["age"]


def test_real_people_split_in_two_do_not_drift_and_another_sex_does(adult_folder):
    adult = pd.read_csv(adult_folder / "adult_test.csv")
    shuffled = adult.sample(frac=1, random_state=0)
    numbers = ("age", "education_num", "hours_per_week")
    like = measured(shuffled[:8000], shuffled[8000:], columns=numbers).body
    assert all(f.satisfied for f in Drift().judge(like, DriftBounds()))
    men, women = (adult[adult["sex"] == sex] for sex in ("Male", "Female"))
    unlike = measured(men, women, columns=numbers).body
    assert not all(f.satisfied for f in Drift().judge(unlike, DriftBounds()))
