"""Rungs of a column: each coarser than the one before, and written as what it is."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from govgate.anonymise import Hierarchy, ladder_of
from govgate.errors import EvidenceError


def ladder(values, asked=None, rows=None):
    rows = [1] * len(values) if rows is None else rows
    return ladder_of(pa.array(values), np.array([*rows, 1], np.int64), asked)


def written(rung, place):
    return rung.labels[rung.groups[place]]


def test_a_ladder_goes_from_the_value_to_one_for_all():
    ages = [*range(18, 84)]
    rungs = ladder(ages)
    assert [rung.name for rung in rungs] == [
        *("as it is", "bands of 5", "bands of 10", "bands of 20", "one for all")
    ]
    assert [written(rung, ages.index(27)) for rung in rungs[1:4]] == [
        *("[25, 30)", "[20, 30)", "[20, 40)")
    ]
    assert written(rungs[-1], 0) == "*"
    assert (rungs[0].loss, rungs[-1].loss) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (0.3, "[0.3, 0.4)"),  # OK: an edge opens its band, though 0.3 / 0.1 is below 3
        (0.29, "[0.2, 0.3)"),
        (-0.05, "[-0.1, 0)"),
        (-0.1, "[-0.1, 0)"),
    ],
)
def test_an_edge_belongs_to_the_band_that_it_opens(value, band):
    values = sorted([value, value + 0.001, 0.0, 5.0])
    rungs = ladder(values, Hierarchy(bands=(0.1,)))
    assert written(rungs[1], values.index(value)) == band


def test_dates_become_months_years_and_decades():
    days = [dt.date(1989, 12, 30), dt.date(1989, 12, 31), dt.date(1990, 1, 1), dt.date(2001, 5, 5)]
    later = [dt.date(year, 1, day) for year in (2004, 2005, 2011) for day in (1, 2)]
    days += [dt.date(2004, 7, 1), dt.date(2005, 7, 1)]
    rungs = ladder(sorted([*days, *later]))
    assert [rung.name for rung in rungs] == ["as it is", "month", "year", "decade", "one for all"]
    assert [written(rung, 1) for rung in rungs[1:]] == ["1989-12", "1989", "1980s", "*"]
    moments = [dt.datetime(2026, 1, 1, hour, tzinfo=dt.UTC) for hour in (1, 2)]
    rungs = ladder([*moments, dt.datetime(2026, 2, 1, tzinfo=dt.UTC)])
    assert written(rungs[1], 0) == "2026-01-01"


def test_codes_are_cut_from_the_end():
    rungs = ladder(["02139", "02140", "10115"])
    assert [written(rung, 0) for rung in rungs[1:]] == ["021**", "*"]
    assert rungs[1].name == "first 3 characters"


def test_what_is_rare_becomes_other():
    rungs = ladder(["ca", "de", "fr", "it"], rows=[600, 360, 30, 4])
    assert [rung.name for rung in rungs] == [*("as it is", "below 5% to other", "one for all")]
    assert [written(rungs[1], place) for place in range(4)] == ["ca", "de", "other", "other"]


def test_a_missing_value_stays_missing_until_all_are_one():
    rungs = ladder([*range(18, 84)])
    assert [written(rung, -1) for rung in rungs[1:]] == [None, None, None, "*"]


def test_a_column_of_one_value_loses_nothing():
    assert [rung.loss for rung in ladder(["x"])] == [0.0, 0.0]
    assert len(ladder([None], rows=[0])) == 2
    assert len(ladder([True, False])) == 2


def test_infinite_numbers_have_no_bands_and_one_last_rung():
    assert [rung.name for rung in ladder([1.0, 2.0, float("inf")])] == ["as it is", "one for all"]


def test_the_loss_counts_values_that_are_no_longer_told_apart():
    # Bands of 10 leave 21, 22 and 23 alike: two of three others, for half of the rows.
    rungs = ladder([21, 22, 23, 41], Hierarchy(bands=(10,)), rows=[2, 2, 2, 5])
    assert rungs[1].loss == pytest.approx(6 / 12 * 2 / 3)


GROUPS = ({"a": "vowel", "e": "vowel", "b": "consonant"},)


def test_people_say_how_columns_are_grouped():
    rungs = ladder(["a", "b", "e", "x"], Hierarchy(groups=GROUPS))
    assert [written(rungs[1], place) for place in range(4)] == [
        *("vowel", "consonant", "vowel", "other")
    ]


@pytest.mark.parametrize(
    ("values", "asked", "said"),
    [
        ([*range(30)], {"bands": (5.0, 7.0)}, "do not nest at 'bands of 7'"),
        (["a", "b", "c"], {"bands": (5.0,)}, "has no bands"),
        ([0.0, 1.0, float("inf")], {"bands": (5.0,)}, "are more than 10,000"),
        ([float("-inf"), float("inf")], {"bands": (5.0,)}, "are more than 10,000"),
        ([b"\xff", b"\xff\x00"], {"keep_first": (1,)}, "cannot be written as text; convert"),
        ([0.0, 1e9], {"bands": (1.0,)}, "are more than 10,000"),
        (["a", "b", "e", "f"], {"groups": (*GROUPS, {"a": "1", "e": "2"})}, "do not nest"),
    ],
)
def test_a_hierarchy_that_does_not_suit_is_refused(values, asked, said):
    with pytest.raises(EvidenceError, match=said):
        ladder(values, Hierarchy(**asked))


@pytest.mark.parametrize("asked", [{}, {"bands": (1.0,), "keep_first": (1,)}, {"bands": (0.0,)}])
def test_a_hierarchy_says_one_thing(asked):
    with pytest.raises(ValidationError):
        Hierarchy(**asked)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(max_examples=300, deadline=None)
@given(st.lists(NUMBERS | st.integers(-1000, 1000), min_size=1, max_size=40, unique=True))
def test_every_rung_merges_whole_groups_and_loses_more(values):
    rungs = ladder(sorted({float(value) for value in values}))
    for finer, coarser in pairwise(rungs):
        pairs = {*zip(finer.groups.tolist(), coarser.groups.tolist(), strict=True)}
        assert len(pairs) == len({*finer.groups.tolist()})
        assert coarser.loss >= finer.loss
