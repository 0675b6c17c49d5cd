"""GroupOutcomesCollector: counts as counted by hand, and every table it refuses."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from govgate.adapters.tables import read_table
from govgate.collect import find_collector
from govgate.collect.group_outcomes import GroupOutcomesOptions
from govgate.errors import EvidenceError
from govgate.gates.bias import Bias, BiasBounds
from govgate.gates.drift import DriftBounds


def measured(source, attributes=(("sex",),), **options):
    collector = find_collector("group-outcomes/v1").collector
    limits = BiasBounds(attributes=attributes)
    tables = {"predictions": read_table(source)}
    return collector.measure(tables, GroupOutcomesOptions(**options), limits)


def counts(source, attributes=(("sex",),), **options):
    cells = measured(source, attributes, **options).body.cells
    left_out = {"groups", "by_person"}
    return {c.groups: tuple(c.model_dump(exclude=left_out).values()) for c in cells}


SEX = ["f", "f", "f", "f", "m", "m"]
LABEL = [1, 0, 1, 0, 1, 0]
SAID = [1, 1, 0, 0, 1, 0]
BY_HAND = {("f",): (1, 1, 1, 1), ("m",): (1, 0, 0, 1)}


@pytest.mark.parametrize(
    ("label", "prediction", "options"),
    [
        # OK: whole numbers, booleans, 0.0 and 1.0
        (LABEL, SAID, {}),
        ([bool(x) for x in LABEL], [bool(x) for x in SAID], {}),
        ([float(x) for x in LABEL], [float(x) for x in SAID], {}),
        # OK: words and numbers, once it is said which is positive
        (
            [["no", "yes"][x] for x in LABEL],
            [["no", "yes"][x] for x in SAID],
            {"positive": "yes"},
        ),
        ([x + 1 for x in LABEL], [x + 1 for x in SAID], {"positive": 2}),
        ([not x for x in LABEL], [not x for x in SAID], {"positive": False}),
    ],
)
def test_counts_are_those_made_by_hand(label, prediction, options):
    rows = {"sex": SEX, "label": label, "prediction": prediction}
    assert counts(rows, **options) == BY_HAND
    assert counts(pd.DataFrame(rows).astype({"sex": "category"}), **options) == BY_HAND
    assert measured(rows, **options).population == {"rows": 6, "groups": 2}


def test_columns_may_have_other_names_and_labels_may_be_unknown():
    rows = {"sex": SEX, "truth": LABEL, "said": SAID}
    assert counts(rows, label="truth", prediction="said") == BY_HAND
    assert counts(rows, label=None, prediction="said") == {("f",): (2, 2), ("m",): (1, 1)}


def test_a_missing_group_is_a_group_of_its_own():
    rows = {"sex": ["f", None, "", "f"], "age": [30, None, 30, None], "label": [1] * 4}
    rows["prediction"] = [1, 0, 1, 0]
    assert set(counts(rows)) == {("f",), ("unknown",)}
    table = pa.table(
        {"sex": pa.array([1.5, math.nan, None]), "label": [1] * 3, "prediction": [1] * 3}
    )
    assert counts(table) == {("1.5",): (1, 0, 0, 0), ("unknown",): (2, 0, 0, 0)}


def test_dictionaries_that_differ_from_piece_to_piece_are_brought_together():
    pieces = [
        pa.record_batch({"sex": pa.array(sex).dictionary_encode(), "label": one, "prediction": one})
        for sex, one in ((["f", "m"], [1, 1]), (["m", "x", "f"], [1, 0, 0]))
    ]
    assert counts(pa.Table.from_batches(pieces)) == {
        ("f",): (1, 0, 0, 1),
        ("m",): (2, 0, 0, 0),
        ("x",): (0, 0, 0, 1),
    }


def test_the_joint_table_agrees_with_pandas():
    draw = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "sex": draw.choice(["f", "m"], 5000),
            "age": draw.integers(0, 90, 5000),
            "label": draw.integers(0, 2, 5000),
            "prediction": draw.integers(0, 2, 5000),
        }
    )
    found = counts(frame, (("sex",), ("age", "sex")))
    cells = frame.groupby(["sex", "age", "label", "prediction"]).size()
    assert sum(map(sum, found.values())) == 5000
    for (sex, age), (tp, fp, fn, tn) in found.items():
        of_cell = cells[sex, int(age)]
        assert [tp, fp, fn, tn] == [
            of_cell.get(outcome, 0) for outcome in ((1, 1), (0, 1), (1, 0), (0, 0))
        ]


ROWS = {"sex": SEX, "label": LABEL, "prediction": SAID}


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        # NOT OK: no rows
        ({"sex": [], "label": [], "prediction": []}, {}, "no rows; evaluate the model"),
        # NOT OK: a column is absent; the message lists those there are
        ({"sex": None}, {}, "no column 'sex', only label, prediction; add it"),
        ({"label": None}, {}, "no column 'label', only sex, prediction"),
        ({}, {"prediction": "score"}, "no column 'score'"),
        # NOT OK: missing outcomes, and how many
        ({"prediction": [1, None, 0, None, 1, 0]}, {}, "2 of 6 values of column 'prediction'"),
        ({"prediction": [1, math.nan, 0, 0, 1, 0]}, {}, "1 of 6 values of column 'prediction'"),
        ({"label": [1, 0, 1, 0, 1, None]}, {}, "1 of 6 values of column 'label'"),
        # NOT OK: words, and nobody said which is positive
        ({"label": list("yynnyn")}, {}, "column 'label' holds text such as 'n'; set collect.pos"),
        # NOT OK: scores, and other numbers
        ({"prediction": [0.73, 0, 0, 0, 0, 1]}, {}, "scores such as 0.73; decide on a threshold"),
        ({"prediction": [2, 0, 0, 0, 0, 1]}, {}, "holds 2 besides 0 and 1; set collect.positive"),
        ({"prediction": [-1, 0, 0, 0, 0, 1]}, {}, "holds -1 besides 0 and 1"),
        # NOT OK: a misspelt positive
        (
            {"label": list("yynnyn"), "prediction": list("yynnyn")},
            {"positive": "Y"},
            "never occurs",
        ),
        ({}, {"positive": 7}, "7 never occurs in 'prediction' and 'label'; correct"),
        # NOT OK: words in one column, numbers in the other
        (
            {"label": list("yynnyn")},
            {"positive": "y"},
            "column 'prediction' holds 0, collect.positive is 'y'; write",
        ),
        (
            {"label": list("yynnyn")},
            {"positive": 1},
            "column 'label' holds 'n', collect.positive is 1; write",
        ),
        # NOT OK: neither
        ({"label": [pd.Timestamp(0)] * 6}, {}, "column 'label' holds text such as '1970-01-01"),
        ({"label": [[1]] * 6}, {}, "column 'label'"),
    ],
)
def test_tables_that_cannot_be_counted_are_refused(change, options, said):
    rows = {name: values for name, values in (ROWS | change).items() if values is not None}
    with pytest.raises(EvidenceError, match=said):
        measured(rows, **options)


def test_an_identifier_is_no_attribute():
    rows = {"sex": range(10_001), "label": [1] * 10_001, "prediction": [1] * 10_001}
    with pytest.raises(EvidenceError, match="more than 10000 groups; name attributes"):
        measured(rows)
    assert len(counts({name: values[:10_000] for name, values in rows.items()})) == 10_000


def test_attributes_that_are_few_each_may_be_too_many_crossed():
    pairs = [(a, b) for a in range(101) for b in range(100)]
    rows = {"sex": [a for a, _ in pairs], "age": [b for _, b in pairs]}
    rows |= {"label": [1] * len(pairs), "prediction": [1] * len(pairs)}
    assert len(counts(rows, (("sex",),))) == 101
    with pytest.raises(EvidenceError, match="sex and age make more than 10000 groups"):
        measured(rows, (("sex", "age"),))


def test_bounds_of_another_gate_name_no_attributes():
    collector = find_collector("group-outcomes/v1").collector
    with pytest.raises(EvidenceError, match="bounds that name attributes"):
        collector.measure({"predictions": read_table(ROWS)}, GroupOutcomesOptions(), DriftBounds())


def test_real_people_judged_by_one_column_are_not_treated_alike(adult_folder):
    adult = pd.read_csv(adult_folder / "adult_test.csv")
    said = np.where(adult["education_num"] >= 13, ">50K", "<=50K")
    found = measured(
        adult.assign(prediction=said), (("sex",), ("race",)), label="income", positive=">50K"
    )
    assert found.population == {"rows": 16281, "groups": 10}
    limits = BiasBounds(attributes=(("sex",), ("race",)))
    judged = {f.about: f for f in Bias().judge(found.body, limits)}
    women, men = (said[adult["sex"] == sex] == ">50K" for sex in ("Female", "Male"))
    gap = judged["parity gap, sex"]
    assert gap.observed == pytest.approx(abs(women.mean() - men.mean()), abs=1e-12)
    assert not judged["parity gap, race"].satisfied
