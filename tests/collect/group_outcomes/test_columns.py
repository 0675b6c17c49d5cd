"""Columns of classes, numbers, scores and persons: every table that is refused, and how."""

import math

import numpy as np
import pyarrow as pa
import pytest

from govgate.adapters.tables import read_table
from govgate.canon import canonical
from govgate.collect import find_collector
from govgate.collect.group_outcomes import GroupOutcomesOptions
from govgate.errors import EvidenceError
from govgate.gates.bias import BiasBounds

ROWS = {
    "sex": ["f", "m"] * 3,
    "label": [1, 0, 1, 0, 0, 1],
    "prediction": [1, 1, 0, 0, 1, 0],
    "score": [0.9, 0.5, 0.5, 0.1, 0.0, 1.0],
    "who": [1, 2, 1, 2, 3, 4],
}
NOBODY = {name: [] for name in ROWS}
NUMBERS = {"task": "regression", "max_error_gap": 1.0}
RANKS = {"task": "ranking", "max_auc_gap": 0.1}
CLASSES = {"task": "multi-class"}


def measured(rows, bounds, options=None):
    limits = BiasBounds.model_validate_json(canonical({"attributes": ["sex"], **bounds}))
    collector = find_collector("group-outcomes/v1").collector
    read = GroupOutcomesOptions(**(options or {}))
    return collector.measure({"predictions": read_table(rows)}, read, limits)


@pytest.mark.parametrize(
    ("change", "bounds", "options", "said"),
    [
        # NOT OK: no rows
        (NOBODY, NUMBERS, {}, "no rows; evaluate the model"),
        (NOBODY, RANKS, {}, "no rows"),
        (NOBODY, CLASSES, {}, "no rows"),
        # NOT OK: a column is absent
        ({"score": None}, RANKS, {}, "no column 'score'"),
        ({"score": None}, {}, {"score": "score"}, "no column 'score'"),
        ({"who": None}, {}, {"person": "who"}, "no column 'who'"),
        # NOT OK: words for numbers, infinite ones, missing ones
        ({"label": [*"abcdef"]}, NUMBERS, {}, "column 'label' holds string, not numbers"),
        ({"label": [math.inf] * 6}, NUMBERS, {}, "column 'label' holds infinite numbers"),
        ({"label": [1e200] * 6}, NUMBERS, {}, "or some over 1e"),
        ({"label": [2**60 + 1] * 6}, NUMBERS, {}, "holds numbers that floats cannot"),
        ({"label": [1, None] * 3}, NUMBERS, {}, "3 of 6 values of column 'label' are missing"),
        ({"prediction": [math.nan] * 6}, NUMBERS, {}, "6 of 6 values of column 'prediction'"),
        ({"score": [math.nan, *[0.5] * 5]}, RANKS, {}, "1 of 6 values of column 'score'"),
        ({"score": [math.inf, *[0.5] * 5]}, RANKS, {}, "column 'score' holds infinite"),
        ({"score": [True] * 6}, RANKS, {}, "column 'score' holds bool, not numbers"),
        ({"label": [1, None] * 3}, RANKS, {}, "3 of 6 values of column 'label' are missing"),
        ({"label": [2] * 6}, RANKS, {}, "holds 2 besides 0 and 1"),
        ({}, RANKS, {"positive": 7}, "7 never occurs in 'label'"),
        ({"label": [*"aab"] * 2, "prediction": [*"a b"] * 2}, CLASSES, {}, None),
        # NOT OK: nothing in common, numbers for classes, a missing class
        ({"label": [*"abcdef"]}, CLASSES, {}, "no class in common"),
        ({"prediction": [None, *ROWS["label"][1:]]}, CLASSES, {}, "1 of 6 values of column"),
        # NOT OK: scores outside [0, 1] where probabilities are asked
        ({"score": [1.5] * 6}, {**RANKS, "max_calibration_gap": 0.1}, {}, "no probabilities"),
        ({"score": [-0.1] * 6}, {"max_calibration_error": 0.1}, {"score": "score"}, "no probab"),
        # NOT OK: somebody who is nobody
        ({"who": [1, None] * 3}, {}, {"person": "who"}, "3 of 6 values of column 'who'"),
        ({"who": [1, None] * 3}, NUMBERS, {"person": "who"}, "3 of 6 values of column 'who'"),
        ({"who": [1, None] * 3}, RANKS, {"person": "who"}, "3 of 6 values of column 'who'"),
    ],
)
def test_tables_that_cannot_be_counted_are_refused(change, bounds, options, said):
    rows = {name: values for name, values in (ROWS | change).items() if values is not None}
    if said is None:
        assert measured(rows, bounds, options).population["rows"] == 6
        return
    with pytest.raises(EvidenceError, match=said):
        measured(rows, bounds, options)


def test_more_than_a_hundred_classes_are_numbers():
    rows = {"sex": ["f"] * 101, "label": range(101), "prediction": range(101)}
    with pytest.raises(EvidenceError, match="more than 100 classes; judge numbers with task"):
        measured(rows, CLASSES)


def test_a_column_that_is_there_twice_is_refused():
    columns = [pa.array(values) for values in ROWS.values()]
    table = pa.table([*columns, columns[1]], names=[*ROWS, "label"])
    with pytest.raises(EvidenceError, match="label"):
        measured(table, NUMBERS)


@pytest.mark.parametrize("bounds", [{}, NUMBERS, RANKS])
def test_a_person_in_two_groups_is_said_to_span_two(bounds):
    rows = ROWS | {"who": [7, 7, 1, 2, 3, 4]}
    body = measured(rows, bounds, {"person": "who"}).body
    assert body.spans == 2
    assert measured(ROWS, bounds, {"person": "who"}).body.spans == 1
    assert measured(ROWS, bounds).body.spans is None


@pytest.mark.parametrize("bounds", [{}, NUMBERS, RANKS, CLASSES])
def test_persons_may_be_named_by_numbers_or_words_alike(bounds):
    words = ROWS | {"who": [f"x{n}" for n in ROWS["who"]]}
    numbers, named = (measured(rows, bounds, {"person": "who"}) for rows in (ROWS, words))
    assert numbers == named


def test_sums_by_person_are_those_made_by_hand():
    body = measured(ROWS, {}, {"person": "who"}).body
    # f: person 1 has (truly, said) (1, 1) and (1, 0), person 3 has (0, 1)
    nn, nt, ns, nb, tt, ts, tb, ss, sb, bb = body.cells[0].by_person.products[0]
    assert (nn, nt, ns, nb) == (4 + 1, 2 * 2, 2 * 1 + 1, 2 * 1)
    assert (tt, ts, tb, ss, sb, bb) == (4, 2, 2, 1 + 1, 1, 1)
    assert body.cells[0].by_person.people == 2


def test_numbers_of_any_type_are_added_up_alike():
    whole = {"sex": ["f", "m"] * 2, "label": [3, 4, 5, 6], "prediction": [4, 4, 4, 4]}
    same = [
        measured(
            pa.table({k: pa.array(v, t) if k != "sex" else v for k, v in whole.items()}), NUMBERS
        ).body
        for t in (pa.int8(), pa.uint64(), pa.float32(), pa.decimal128(9, 2))
    ]
    assert all(body == same[0] for body in same)
    assert same[0].cells[0].error.total == 0.0
    assert same[0].cells[0].absolute_error.total == 2.0
    assert np.isclose(same[0].cells[0].error.squares, 2.0)
