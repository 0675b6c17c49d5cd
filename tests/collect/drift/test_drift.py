"""DriftCollector: one scan, Evidently's very numbers on request, and nothing silently passed."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from govgate.adapters.tables import read_table
from govgate.canon import canonical
from govgate.collect import find_collector
from govgate.collect.drift.options import DriftOptions
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.drift import Drift, DriftBounds
from govgate.records import Answer
from tests.collect.drift.oracle import by_evidently, dataset_passes


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


def measured(reference, current, limits=None, **options):
    collector = find_collector("column-drift/v1").collector
    tables = {"reference": read_table(reference), "current": read_table(current)}
    return collector.measure(tables, DriftOptions(**options), limits or DriftBounds())


def failures(reference, current, limits=None, **options) -> list[str]:
    limits = limits or DriftBounds()
    body = measured(reference, current, limits, **options).body
    return [f.about for f in Drift().judge(body, limits) if not f.satisfied]


# at most 1000 rows Evidently compares by p-values, above by distances
@pytest.mark.parametrize(("rows", "statistic"), [(1000, "p_value"), (1001, "distance")])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_with_compat_values_and_answers_are_evidentlys_own(rows, statistic, shift):
    reference, current = people(rows, 1), people(rows, 2, shift)
    limits = DriftBounds.model_validate_json(canonical({"columns": {n: {} for n in reference}}))
    body = measured(reference, current, limits, compat="evidently").body
    theirs = by_evidently(reference, current, ["region", "member"])
    assert {name: seen.value for name, seen in body.columns.items()} == {
        name: pytest.approx(value, abs=1e-12) for name, (_, value, _) in theirs.items()
    }
    assert {seen.statistic for seen in body.columns.values()} == {statistic}
    answers = {
        name: all(
            f.satisfied
            for f in Drift().judge(body, limits)
            if f.about == f"{body.columns[name].method}, {name}"
        )
        for name in theirs
    }
    assert answers == {name: passed for name, (_, _, passed) in theirs.items()}
    assert answers["income"] == (shift == 0)


def test_with_compat_a_method_may_be_chosen():
    tables = people(3000, 1), people(2000, 2, 0.2)
    body = measured(
        *tables, compat="evidently", number_method="psi", category_method="chisquare"
    ).body
    chosen = dict.fromkeys(("income", "age", "children"), "psi")
    chosen |= {"region": "chisquare", "member": "chisquare"}
    for name, (method, value, _) in by_evidently(*tables, ["region", "member"], chosen).items():
        assert body.columns[name].value == pytest.approx(value, abs=1e-12)
        assert body.columns[name].method.lower().startswith(method.lower()[:3])


def test_with_compat_missing_values_are_left_out_as_pandas_leaves_them():
    reference, current = people(2000, 1), people(2000, 2)
    for frame, share in ((reference, 100), (current, 300)):
        frame["age"] = frame["age"].astype("Int64")
        frame.loc[:share, "age"] = None
        frame["member"] = frame["member"].astype(object)
        frame.loc[:9, "member"] = None
        frame.loc[:share, "income"] = np.inf
    body = measured(reference, current, compat="evidently").body
    plain = [frame.astype({"age": float}) for frame in (reference, current)]
    for name, (_, value, _) in by_evidently(*plain, ["region", "member"]).items():
        assert body.columns[name].value == pytest.approx(value, abs=1e-12), name
    assert body.columns["age"].current == 1699


def test_the_population_counts_rows_and_columns():
    found = measured(people(300, 1), people(200, 2))
    assert found.population == {"rows, reference": 300, "rows, current": 200, "columns": 5}


def test_alike_tables_pass_and_a_shift_is_found_and_named():
    assert failures(people(2000, 1), people(2000, 2)) == []
    limits = DriftBounds.model_validate_json(canonical({"columns": {"income": {}}}))
    assert failures(people(2000, 1), people(2000, 2, 0.5), limits) == [
        "Wasserstein over IQR, income",
        "quantile PSI, income",
    ]


BLIND = 100_000


def normal(seed: int, shift: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame({"x": np.random.default_rng(seed).normal(shift, 1, BLIND)})


def with_outlier() -> pd.DataFrame:
    frame = normal(1)
    frame.loc[0, "x"] = 1e6
    return frame


def with_nulls() -> pd.DataFrame:
    frame = normal(2)
    frame.loc[: int(0.6 * BLIND), "x"] = np.nan
    return frame


def regions(seed: int, new: float = 0.0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    known = draw.choice(["north", "south"], BLIND)
    return pd.DataFrame({"x": np.where(draw.random(BLIND) < new, "west", known)})


@pytest.mark.parametrize(
    ("reference", "current", "evidently_passes", "ours"),
    [
        # OK for both: nothing changed
        (normal(1), normal(2), True, []),
        (regions(1), regions(2), True, []),
        # NOT OK for both: one standard deviation
        (normal(1), normal(2, 1.0), False, ["share of drifted columns"]),
        # NOT OK, and Evidently passes it: the same shift behind one outlier in the reference
        (with_outlier(), normal(2, 1.0), True, ["share of drifted columns"]),
        # NOT OK, and Evidently passes it: three values in five went missing
        (normal(1), with_nulls(), True, ["missing values, x"]),
        # NOT OK, and Evidently passes it: a value never seen before, in 0.4 % of the rows
        (regions(1), regions(2, 0.004), True, ["share of drifted columns"]),
    ],
)
def test_what_evidently_does_not_see(reference, current, evidently_passes, ours):
    words = [] if reference["x"].dtype == float else ["x"]
    ((_, _, passes),) = by_evidently(reference, current, words).values()
    assert passes is evidently_passes
    assert failures(reference, current) == ours


def test_a_change_that_matters_to_nobody_is_significant_and_no_drift():
    draw = np.random.default_rng(4)
    rows = 1_000_000
    reference, current = (pd.DataFrame({"x": draw.normal(s, 1, rows)}) for s in (0.0, 0.005))
    ks = {"number_method": "ks", "compat": "evidently"}
    assert measured(reference, current, **ks).body.columns["x"].value < 0.05
    assert failures(reference, current) == []


def test_of_twenty_undrifted_columns_evidently_flags_some_and_we_none():
    flagged = refused = 0
    for seed in range(8):
        draw = np.random.default_rng(seed)
        tables = [
            pd.DataFrame({f"c{i:02}": draw.normal(size=500) for i in range(20)}) for _ in range(2)
        ]
        theirs = measured(*tables, compat="evidently").body.columns.values()
        flagged += any(seen.value <= 0.05 for seen in theirs)
        refused += failures(*tables) != []
    assert flagged >= 4
    assert refused == 0


def test_nine_drifted_columns_of_twenty_are_drift_and_no_drift_to_evidently():
    draw = np.random.default_rng(6)
    reference, current = (
        pd.DataFrame({f"c{i:02}": draw.normal(by * (i < 9), 1, 1500) for i in range(20)})
        for by in (0.0, 1.0)
    )
    body = measured(reference, current, compat="evidently").body
    drifted = [seen for seen in body.columns.values() if seen.value >= 0.1]
    assert len(drifted) == 9
    assert dataset_passes(reference, current)
    assert failures(reference, current) == ["share of drifted columns"]


def test_a_distance_close_to_its_limit_is_measured_again_exactly():
    tables = people(3000, 1), people(3000, 2, 0.3)
    moved = measured(*tables).body.columns["income"].wasserstein
    assert moved.low < moved.high
    exact = measured(*tables, DriftBounds(max_distance=(moved.low + moved.high) / 2, max_psi=9))
    found = exact.body.columns["income"].wasserstein
    assert found.low == found.high
    assert moved.low <= found.low <= moved.high
    # only what a limit lies among is read again
    assert not exact.body.columns["age"].exact


def test_the_same_rows_in_another_order_give_the_same_evidence():
    tables = people(3000, 1), people(3000, 2)
    shuffled = [frame.sample(frac=1, random_state=3) for frame in tables]
    assert measured(*tables).body == measured(*shuffled).body


def test_no_row_and_no_rare_value_is_in_the_evidence():
    reference, current = people(2000, 1), people(2000, 2)
    current.loc[:39, "region"] = "Ms Rare"
    current.loc[40:199, "region"] = "west"
    text = measured(reference, current).body.model_dump_json()
    assert "Ms Rare" not in text
    assert "west" in text
    assert len(text) < 10_000


def test_missing_values_are_told_from_values():
    reference, current = people(2000, 1), people(2000, 2).astype({"age": float})
    current.loc[:1199, "income"] = np.nan
    current.loc[:499, "age"] = np.inf
    body = measured(reference, current).body
    assert (body.columns["income"].current, body.columns["age"].current) == (800, 1500)
    assert failures(reference, current, DriftBounds(max_drifted_share=1)) == [
        "missing values, income"
    ]


def column(values, kind=None) -> pa.Table:
    return pa.table({"a": pa.array(values, kind)})


def at(day: int) -> list:
    start = dt.datetime(2026, 1, day, tzinfo=dt.UTC).replace(tzinfo=None)
    return [start + dt.timedelta(hours=i % 24) for i in range(300)]


FLOATS = [float(i) for i in range(300)]


@pytest.mark.parametrize(
    ("reference", "current", "expected"),
    [
        # OK: one column in other clothes
        (column(range(300)), column(FLOATS), []),
        (column(FLOATS, pa.float32()), column(FLOATS, pa.float16()), []),
        (
            column(range(300), pa.uint64()),
            column(range(300), pa.int16()),
            [],
        ),
        (column([Decimal(i) for i in range(300)]), column(range(300)), []),
        (column(["x", "y"] * 150), column(pa.array(["x", "y"] * 150).dictionary_encode()), []),
        (column(["x", "y"] * 150), column(["x", "y"] * 150, pa.large_string()), []),
        (column(at(1), pa.timestamp("s")), column(at(1), pa.timestamp("ns")), []),
        (column([5.0] * 300), column([5.0] * 300), []),
        # NOT OK: another value where there was only one
        (column([5.0] * 300), column([5.001] * 300), ["share of drifted columns"]),
        # NOT OK: moments moved on
        (
            column(at(1), pa.timestamp("us", "UTC")),
            column(at(9), pa.timestamp("us", "UTC")),
            ["share of drifted columns"],
        ),
        # NOT OK: numbers became text, or truths, or moments lost their zone
        (column(range(300)), column(["x"] * 300), ["columns not measured"]),
        (column(range(300)), column([True] * 300), ["columns not measured"]),
        (
            column(at(1), pa.timestamp("us", "UTC")),
            column(at(1), pa.timestamp("us")),
            ["columns not measured"],
        ),
        # NOT OK: lists and structs have no distribution
        (column([[1]] * 300), column([[1]] * 300), ["columns not measured"]),
        (column([{"b": 1}] * 300), column([{"b": 1}] * 300), ["columns not measured"]),
        (column([b"x"] * 300), column([b"x"] * 300), ["columns not measured"]),
        # NOT OK: no values, in one table or in both
        (column(FLOATS), column([None] * 300, pa.float64()), None),
        (column(FLOATS), column([None] * 300, pa.null()), None),
        (column([None] * 300, pa.null()), column(FLOATS), None),
        (column([None] * 300, pa.null()), column(["x"] * 300), None),
        (column([None] * 300), column([None] * 300), ["share of drifted columns"]),
        (column([np.nan] * 300), column([np.inf] * 300), ["share of drifted columns"]),
        # NOT OK: names, which are no categories
        (
            column([f"n{i}" for i in range(300)]),
            column([f"n{i}" for i in range(300)]),
            ["columns not measured"],
        ),
    ],
)
def test_columns_of_every_kind(reference, current, expected):
    found = failures(reference, current)
    if expected is None:
        expected = ["share of drifted columns", "missing values, a"]
    assert found == expected


def test_a_column_of_one_table_is_not_measured_and_named():
    reference, current = people(300, 1), people(300, 2).assign(id=range(300))
    body = measured(reference, current.drop(columns="age")).body
    assert body.columns["id"].why == "absent in the reference, integer in the current table"
    assert body.columns["age"].why == "integer in the reference, absent in the current table"
    assert "id" not in measured(reference, current, exclude=("id",)).body.columns
    assert [*measured(reference, current, columns=("age",)).body.columns] == ["age"]


def test_text_is_compared_by_its_lengths_on_request():
    names = [f"name {i}" for i in range(1000)]
    long = [name * 3 for name in names]
    same = {"lengths": ("a",)}
    assert failures(column(names), column(names), **same) == []
    assert failures(column(names), column(long), **same) == ["share of drifted columns"]
    assert measured(column(names), column(names), **same).body.columns["a"].of == "lengths"


def test_a_category_of_too_many_values_is_not_measured():
    few = [f"v{i % 100}" for i in range(20_000)]
    many = [f"v{i % 5000}" for i in range(20_000)]
    assert failures(column(few), column(many)) == ["columns not measured"]


def test_columns_by_the_thousand_are_measured_and_their_evidence_is_small():
    draw = np.random.default_rng(1)
    tables = [
        pa.table({f"c{i:05}": draw.integers(0, 9, 160) for i in range(1_200)}) for _ in range(2)
    ]
    found = measured(*tables)
    assert found.population["columns"] == 1_200
    assert len(found.body.model_dump_json()) < 500_000
    limits = DriftBounds(min_rows=160)
    findings = list(Drift().judge(found.body, limits))
    assert len(findings) < 10
    # so many columns need more rows, and that is what is said
    assert [f.about.split(",")[0] for f in findings if not f.satisfied] == [
        "change the rows may hide"
    ]


@pytest.mark.parametrize(
    ("reference", "current", "options", "said"),
    [
        # NOT OK: names that no finding can carry
        ({" a": [1]}, {" a": [1]}, {}, "column ' a' has no name a finding can carry; rename"),
        ({"": [1]}, {"": [1]}, {}, "column '' has no name"),
        ({"a" * 201: [1]}, {"a": [1]}, {}, "has no name a finding can carry"),
        # NOT OK: no rows, no columns
        ({"a": []}, {"a": [1]}, {}, "the reference table has no rows"),
        ({"a": [1]}, {"a": []}, {}, "the current table has no rows"),
        ({"a": [1]}, {"a": [1]}, {"exclude": ("a",)}, "no column is left to compare"),
        ({"a": [1]}, {"a": [1]}, {"columns": ()}, "no column is left to compare"),
    ],
)
@pytest.mark.parametrize("compat", [None, "evidently"])
def test_tables_that_cannot_be_compared_are_refused(reference, current, options, said, compat):
    with pytest.raises(EvidenceError, match=said):
        measured(reference, current, compat=compat, **options)


@pytest.mark.parametrize("compat", [None, "evidently"])
def test_one_row_is_too_few(compat):
    found = failures({"a": [1.0]}, {"a": [1.0]}, compat=compat)
    assert found[:2] == ["rows, reference", "rows, current"]


def test_the_bounds_of_another_gate_are_refused():
    collector = find_collector("column-drift/v1").collector
    tables = {"reference": read_table({"a": [1]}), "current": read_table({"a": [1]})}
    with pytest.raises(EvidenceError, match="use the bounds of gate drift"):
        collector.measure(tables, DriftOptions(), Bounds())


def test_real_people_split_in_two_do_not_drift_and_another_sex_does(adult_folder):
    adult = pd.read_csv(adult_folder / "adult_test.csv")
    shuffled = adult.sample(frac=1, random_state=0)
    assert failures(shuffled[:8000], shuffled[8000:], exclude=("fnlwgt",)) == []
    men, women = (adult[adult["sex"] == sex] for sex in ("Male", "Female"))
    found = measured(men, women).body
    (share, *_) = [f for f in Drift().judge(found, DriftBounds()) if not f.satisfied]
    assert "hours_per_week" in share.remedy
    assert "relationship (vanished values" in share.remedy


@pytest.fixture
def profiled(tmp_path):
    """A reference of which nothing but its profile is left."""

    def written(frame):
        from govgate.project.profiling import profile_table, write_profile

        path = tmp_path / "reference.json"
        write_profile(profile_table(frame), path)
        return path

    return written


def compared(reference, current, limits=None, **options):
    from govgate.project.measuring import open_table

    limits = limits or DriftBounds()
    # a table that is open already is taken as it is
    tables = {"reference": open_table(open_table(reference)), "current": open_table(current)}
    collector = find_collector("column-drift/v1").collector
    body = collector.measure(tables, DriftOptions(**options), limits).body
    return body, [f for f in Drift().judge(body, limits) if not f.satisfied]


def test_a_profile_stands_in_for_the_rows_of_the_reference(profiled):
    reference = people(3000, 1)
    path = profiled(reference)
    for shift in (0.0, 0.5):
        current = people(3000, 2, shift)
        body, failed = compared(path, current)
        assert body.columns == measured(reference, current).body.columns
        assert (body.rows_reference, body.rows_current) == (3000, 3000)
        assert bool(failed) == bool(shift)


def test_without_rows_what_a_limit_lies_among_is_not_enough_evidence(profiled):
    reference, current = people(3000, 1), people(3000, 2, 0.3)
    path = profiled(reference)
    moved = measured(reference, current).body.columns["income"].wasserstein
    close = DriftBounds(max_distance=(moved.low + moved.high) / 2, max_psi=9)
    _, (found,) = compared(path, current, close)
    assert found.answer is Answer.NOT_ENOUGH_EVIDENCE
    assert "hand over the reference's rows" in found.remedy


def test_columns_that_a_profile_has_not_or_counts_otherwise_are_not_measured(profiled):
    path = profiled(people(3000, 1))
    current = people(3000, 2).assign(age=["old", "young", "old"] * 1000, more=1)
    body, (found,) = compared(path, current.drop(columns="region"))
    assert found.about == "columns not measured"
    assert {name for name in body.columns if body.columns[name].kind == "not measured"} == {
        "age",
        "more",
        "region",
    }


def test_evidentlys_numbers_need_rows(profiled):
    with pytest.raises(EvidenceError, match="the reference is a profile without any; hand over"):
        compared(profiled(people(300, 1)), people(300, 2), compat="evidently")


@pytest.mark.parametrize("parts", [1, 3])
def test_a_table_in_parts_gives_the_same_evidence(tmp_path, parts):
    from pyarrow import parquet

    reference, current = people(3000, 1), people(3000, 2)
    folder = tmp_path / "current"
    folder.mkdir()
    for i in range(parts):
        part = pa.Table.from_pandas(current.iloc[i::parts], preserve_index=False)
        parquet.write_table(part, folder / f"part-{i}.parquet")
    body, failed = compared(reference, folder)
    assert failed == []
    assert body == measured(reference, current).body
