"""k, l, t and the others, held against another implementation and against their definitions."""

import json
import math
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.measures import anonymity
from govgate.measures.anonymity import disclosed, grouped
from tests.tools.pycanon_golden import ADULT, ADULT_ROWS, MADE, made

GOLDEN = json.loads(Path(__file__).with_name("pycanon.json").read_text(encoding="utf-8"))
SMALL = settings(max_examples=300, deadline=None)


def coded(values):
    kinds, codes = np.unique(np.asarray(values), return_inverse=True)
    return codes.astype(np.int64), len(kinds)


def alone(frame, quasi, sensitive):
    rows = np.ones(len(frame[sensitive]), np.int64)
    classes, _ = grouped([coded(frame[name])[0] for name in quasi], rows)
    codes, count = coded(frame[sensitive])
    ordered = not isinstance(frame[sensitive][0], str)
    return classes, disclosed(classes, codes, rows, count, ordered=ordered)


@pytest.mark.parametrize("table", ["made", "adult"])
def test_every_measure_is_what_pycanon_says(table, request):
    if table == "made":
        frame, (quasi, sensitive) = made(), MADE
    else:
        folder = request.getfixturevalue("adult_folder")
        whole = pd.read_csv(folder / "adult_test.csv", keep_default_na=False).head(ADULT_ROWS)
        frame, (quasi, sensitive) = whole.to_dict("list"), ADULT
    for name in sensitive:
        classes, said = alone(frame, quasi, name)
        theirs = GOLDEN[table][name]
        assert classes.rows.min() == GOLDEN[table]["k"]
        assert said.distinct.min() == theirs["l"]
        # pycanon leaves out what is behind the point
        assert math.floor(said.entropy_l.min() + 1e-9) == theirs["floor_of_entropy_l"]
        assert said.t.max() == pytest.approx(theirs["t"], abs=1e-12)
        assert said.alpha.max() == pytest.approx(theirs["alpha"], abs=1e-12)
        assert said.beta.max() == pytest.approx(theirs["beta"], rel=1e-12)
        assert said.delta.max() == pytest.approx(theirs["delta"], rel=1e-12)


def by_definition(rows, ordered):
    """Straight from the papers, in fractions; a class is a key, None is a missing value."""
    everywhere, classes = Counter(v for _, v in rows), defaultdict(list)
    for key, value in rows:
        classes[key].append(value)
    levels = sorted({v for _, v in rows if v is not None})
    found = {}
    for key, held in sorted(classes.items()):
        count, known = Counter(held), [v for v in held if v is not None]
        share = {v: Fraction(n, len(rows)) for v, n in everywhere.items()}
        mine = {v: Fraction(count[v], len(held)) for v in everywhere}
        if ordered:
            climbed = [sum(mine[v] - share[v] for v in levels[: i + 1]) for i in range(len(levels))]
            t = sum(map(abs, climbed)) / max(len(levels) - 1, 1)
        else:
            t = sum(abs(mine[v] - share[v]) for v in everywhere) / 2
        entropy = -sum(n / len(known) * math.log(n / len(known)) for n in Counter(known).values())
        found[key] = {
            "distinct": len({*known}),
            "entropy_l": math.exp(entropy) if known else 0,
            "alpha": max(Counter(known).values()) / len(known) if known else 0,
            "t": t,
            "beta": max((mine[v] - share[v]) / share[v] for v in everywhere),
            "delta": max(abs(math.log(mine[v] / share[v])) for v in everywhere if mine[v]),
        }
    return found


ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=60)


@SMALL
@given(rows=ROWS, ordered=st.booleans(), missing=st.booleans(), dense=st.booleans())
def test_every_class_has_what_the_definitions_say(rows, ordered, missing, dense):
    if missing and not ordered:
        rows = [(key, None if value == 0 else value) for key, value in rows]
    levels = sorted({v for _, v in rows if v is not None})
    codes = np.array([len(levels) if v is None else levels.index(v) for _, v in rows], np.int64)
    ones = np.ones(len(rows), np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anonymity, "_DENSE", 1000 if dense else 0)
        classes, _ = grouped([coded([key for key, _ in rows])[0]], ones)
        said = disclosed(classes, codes, ones, len(levels), ordered=ordered)
    wanted = by_definition(rows, ordered)
    for place, key in enumerate(sorted(wanted)):
        for name, value in wanted[key].items():
            assert getattr(said, name)[place] == pytest.approx(float(value), abs=1e-12), name


@SMALL
@given(rows=ROWS, ordered=st.booleans(), order=st.randoms(use_true_random=False))
def test_order_and_cells_change_nothing(rows, ordered, order):
    def said(rows, weights):
        keys, values = (np.array(column, np.int64) for column in zip(*rows, strict=True))
        weights = np.array(weights, np.int64)
        classes, _ = grouped([keys], weights)
        return disclosed(classes, values, weights, 6, ordered=ordered)

    shuffled = [*rows]
    order.shuffle(shuffled)
    cells = Counter(rows)
    first = said(rows, [1] * len(rows))
    for other in (said(shuffled, [1] * len(rows)), said([*cells], [*cells.values()])):
        for name in ("distinct", "alpha", "t", "beta", "delta"):
            assert (getattr(first, name) == getattr(other, name)).all()


def test_a_share_exactly_on_a_limit_is_on_it():
    # One class of 3 of 10 and one of 7 of 10, among 20: t is 1/5 exactly, and alpha 7/10.
    keys = np.array([0, 0, 1, 1], np.int64)
    values, rows = np.array([0, 1, 0, 1], np.int64), np.array([3, 7, 7, 3], np.int64)
    classes, _ = grouped([keys], rows)
    for ordered in (False, True):
        said = disclosed(classes, values, rows, 2, ordered=ordered)
        assert said.t.tolist() == [0.2, 0.2]
        assert said.alpha.max() == 0.7
        assert said.beta.max() == 0.4


@pytest.mark.parametrize("values", range(1, 40))
def test_values_that_are_as_frequent_have_a_whole_entropy_l(values):
    codes, rows = np.arange(values), np.full(values, 7, np.int64)
    classes, _ = grouped([np.zeros(values, np.int64)], rows)
    assert disclosed(classes, codes, rows, values, ordered=False).entropy_l[0] == values


def test_more_combinations_than_fit_in_64_bits_are_told_apart():
    columns = [np.array([0, 1, 1, 1, 0], np.int64) * 9_000_000 for _ in range(12)]
    columns[-1] = np.array([0, 1, 2, 1, 0], np.int64)
    classes, places = grouped(columns, np.ones(5, np.int64))
    assert classes.rows.tolist() == [2, 2, 1]
    assert classes.of.tolist() == [0, 1, 2, 1, 0]
    assert places.tolist() == [0, 1, 2]


@SMALL
@given(
    rows=st.lists(st.tuples(*[st.integers(0, 3)] * 3, st.integers(0, 3)), min_size=1, max_size=60)
)
def test_a_column_less_never_lowers_k_or_l_nor_raises_t(rows):
    columns = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    ones = np.ones(len(rows), np.int64)
    fine, coarse = grouped(columns[:3], ones)[0], grouped(columns[:2], ones)[0]
    assert coarse.rows.min() >= fine.rows.min()
    for ordered in (False, True):
        before, after = (
            disclosed(classes, columns[3], ones, 4, ordered=ordered) for classes in (fine, coarse)
        )
        assert after.distinct.min() >= before.distinct.min()
        assert after.t.max() <= before.t.max() + 1e-12
