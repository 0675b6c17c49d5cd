"""Drift: one OK body, then one NOT OK body for each way to fail, and a row on each bound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from govgate.canon import canonical
from govgate.gates.drift import ColumnDrift, Drift, DriftBounds
from govgate.plot import Bars, Spans
from govgate.records import Answer, Interval
from govgate.records.column_drift import (
    CategoryDrift,
    EvidentlyDrift,
    NotMeasured,
    NoValues,
    NumberDrift,
    Turnover,
)
from govgate.records.overlay import Overlay

ROWS = 40_000
SURE = 0.05
"""A Kolmogorov-Smirnov distance that chance does not make of 40,000 rows."""
CHANCE = 0.01
"""One that it makes."""
NOBODY = Turnover(values=0, rows=0, largest_rows=0, by_chance=0.0)


def bounds(**more) -> DriftBounds:
    return DriftBounds.model_validate_json(canonical(more))


def ends(value) -> Interval:
    low, high = value if isinstance(value, tuple) else (value, value)
    return Interval(low=low, high=high)


def number(moved=0.0, ks=SURE, psi=0.0, have=(ROWS, ROWS)) -> NumberDrift:
    return NumberDrift(
        reference=have[0], current=have[1], ks=ends(ks), wasserstein=ends(moved), psi=psi
    )


def category(js=0.0, chi_square=100.0, new=NOBODY, vanished=NOBODY) -> CategoryDrift:
    return CategoryDrift(
        reference=ROWS,
        current=ROWS,
        values=5,
        jensen_shannon=js,
        chi_square=chi_square,
        degrees=4,
        new=new,
        vanished=vanished,
    )


def turned(rows, names=()) -> Turnover:
    # each of five values of so many rows lies in one table alone once in 2 ** rows
    by_chance = 5 * 2.0**-rows
    return Turnover(values=1, rows=rows, largest_rows=rows, by_chance=by_chance, names=names)


def evidently(value=0.01, statistic="distance") -> EvidentlyDrift:
    return EvidentlyDrift(
        reference=ROWS, current=ROWS, method="a method", statistic=statistic, value=value
    )


def body(rows=(ROWS, ROWS), **columns) -> ColumnDrift:
    return ColumnDrift(rows_reference=rows[0], rows_current=rows[1], columns=columns)


def judged(shown, limits) -> list:
    return list(Drift().judge(shown, limits))


def failures(shown, limits) -> list[str]:
    return [f.about for f in judged(shown, limits) if not f.satisfied]


NAMED = {"columns": {"a": {}}}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        # OK: exactly on each bound
        (number(0.1), []),
        (number(psi=0.1), []),
        (category(js=0.1), []),
        (category(new=turned(40)), []),
        (category(vanished=turned(400)), []),
        (number(have=(ROWS, 38_000), ks=0.0), []),
        (evidently(0.1), []),
        (evidently(0.05, "p_value"), []),
        # NOT OK: a hair beyond, and more than chance makes
        (number(0.1000001), ["Wasserstein over IQR, a"]),
        (number(psi=0.1000001), ["quantile PSI, a"]),
        (category(js=0.1000001), ["Jensen-Shannon, a"]),
        (category(new=turned(41)), ["new values, a"]),
        (category(vanished=turned(401)), ["vanished values, a"]),
        (number(have=(ROWS, 37_999), ks=0.0), ["missing values, a"]),
        (evidently(0.1000001), ["a method, a"]),
        (evidently(0.0499999, "p_value"), ["a method, a"]),
        # OK: as far, and no more than chance makes
        (number(0.5, ks=CHANCE), []),
        (number(psi=0.5, ks=CHANCE), []),
        (category(js=0.5, chi_square=9.0), []),
        # NOT OK: what could not be computed is not alike
        (evidently(None), ["a method, a"]),
        (evidently(None, "p_value"), ["a method, a"]),
        (NoValues(reference=0, current=ROWS), ["values to compare, a", "missing values, a"]),
        (NoValues(reference=0, current=0), ["values to compare, a"]),
        (NotMeasured(why="nested"), ["drift, a"]),
    ],
)
def test_a_named_column(seen, expected):
    assert failures(body(a=seen), bounds(**NAMED)) == expected


def test_chance_is_asked_only_where_the_change_is_large():
    abouts = [f.about for f in judged(body(a=number(0.05)), bounds(**NAMED))]
    assert "Wasserstein over IQR, a" in abouts
    abouts = [f.about for f in judged(body(a=number(0.5, ks=CHANCE)), bounds(**NAMED))]
    assert "Kolmogorov-Smirnov by chance, a" in abouts


def test_few_new_rows_are_chance_and_many_rare_values_are_expected():
    limits = bounds(max_new_share=0, **NAMED)
    # one value in nine rows: all in one table once in 512 times, and five values had the chance
    assert failures(body(a=category(new=turned(9))), limits) == []
    assert failures(body(a=category(new=turned(30))), limits) == ["new values, a"]
    many = Turnover(values=50, rows=60, largest_rows=3, by_chance=48.0)
    assert failures(body(a=category(new=many)), limits) == []
    more = many.model_copy(update={"values": 110})
    assert failures(body(a=category(new=more)), limits) == ["new values, a"]


def test_what_is_new_is_named_where_many_have_it():
    shown = body(a=category(new=turned(500, names=("west",))))
    (finding,) = [f for f in judged(shown, bounds(**NAMED)) if not f.satisfied]
    assert "west" in finding.remedy


def test_the_more_columns_are_tested_the_more_a_test_must_show():
    # p = 2 exp(-2 d^2 n / 2): 0.0009 of one column, 0.09 of a hundred
    once = body(a=number(0.5, ks=0.0139))
    assert failures(once, bounds(**NAMED)) == ["Wasserstein over IQR, a"]
    often = body(a=number(0.5, ks=0.0139), **{f"c{i}": number(0.0, ks=0.0) for i in range(99)})
    assert failures(often, bounds(**NAMED)) == []


def test_a_named_column_may_have_limits_of_its_own():
    own = {"columns": {"a": {"max_distance": 0.3, "max_psi": 0.2, "max_null_gap": 0.7}}}
    wide = number(0.3, psi=0.2, have=(ROWS, 12_000))
    assert failures(body(a=wide), bounds(**own)) == []
    beyond = number(0.31, psi=0.21, have=(ROWS, 11_999))
    assert failures(body(a=beyond), bounds(**own)) == [
        "Wasserstein over IQR, a",
        "quantile PSI, a",
        "missing values, a",
    ]
    # what it does not set, it takes from all
    tighter = {"max_distance": 0.001, "columns": {"a": {"max_null_gap": 0.7}}}
    assert failures(body(a=number(0.01)), bounds(**tighter)) == ["Wasserstein over IQR, a"]


def test_a_named_column_must_be_there():
    assert failures(body(b=number()), bounds(**NAMED)) == ["drift, a"]


def test_a_distance_known_within_an_interval_decides_when_it_lies_on_one_side():
    limits = bounds(**NAMED)
    assert failures(body(a=number((0.05, 0.1))), limits) == []
    assert failures(body(a=number((0.11, 0.2))), limits) == ["Wasserstein over IQR, a"]
    (open_,) = [f for f in judged(body(a=number((0.05, 0.2))), limits) if not f.satisfied]
    assert open_.answer is Answer.NOT_ENOUGH_EVIDENCE
    assert (open_.interval.low, open_.interval.high) == (0.05, 0.2)
    assert "rows" in open_.remedy
    # the same where chance may explain it or not
    (open_,) = [
        f for f in judged(body(a=number(0.5, ks=(CHANCE, SURE))), limits) if not f.satisfied
    ]
    assert open_.about == "Kolmogorov-Smirnov by chance, a"
    assert open_.answer is Answer.NOT_ENOUGH_EVIDENCE


def test_of_the_other_columns_a_share_may_drift():
    ten = {f"c{i}": number() for i in range(9)}
    some = bounds(max_drifted_share=0.1)
    # exactly one in ten, then two in eleven; a value that is missing counts as drifted
    assert failures(body(**ten, x=number(0.5)), some) == []
    assert failures(body(**ten, x=number(0.5), y=evidently(None)), some) == [
        "share of drifted columns"
    ]
    # none, where nothing is said
    assert failures(body(**ten, x=number(0.5)), bounds()) == ["share of drifted columns"]


def test_columns_that_drifted_are_named_the_worst_first_and_not_all_of_many():
    drifted = {f"c{i:03}": number(0.2 + i / 1000) for i in range(100)}
    (found,) = [f for f in judged(body(**drifted), bounds()) if not f.satisfied]
    assert "c099 (Wasserstein over IQR), c098 " in found.remedy
    assert "and 90 more" in found.remedy


def test_a_share_is_open_while_a_column_is():
    two = body(a=number(0.0), b=number((0.05, 0.2)))
    (found,) = [f for f in judged(two, bounds(max_drifted_share=0.2)) if not f.satisfied]
    assert found.answer is Answer.NOT_ENOUGH_EVIDENCE
    assert (found.interval.low, found.interval.high) == (0.0, 0.5)
    assert failures(two, bounds(max_drifted_share=0.5)) == []


def test_a_drifted_named_column_is_not_excused_by_the_share():
    many = {f"c{i}": number() for i in range(99)}
    limits = bounds(max_drifted_share=0.5, **NAMED)
    assert failures(body(**many, a=number(0.5)), limits) == ["Wasserstein over IQR, a"]


def test_missing_values_in_any_other_column_fail_whatever_the_share():
    shown = body(a=number(), b=number(have=(ROWS, 16_000)))
    assert failures(shown, bounds(max_drifted_share=1)) == ["missing values, b"]


def test_a_column_that_was_not_measured_fails_by_name_and_reason():
    shown = body(a=number(), b=NotMeasured(why="nested values"), c=NotMeasured(why="text"))
    (found,) = [f for f in judged(shown, bounds(max_drifted_share=1)) if not f.satisfied]
    assert found.about == "columns not measured"
    assert found.observed == 2.0
    assert "b (nested values), c (text)" in found.remedy


@pytest.mark.parametrize(
    ("have", "expected"),
    [
        # OK: the smallest tables whose change cannot hide: 2 tests, 0.01; then one row fewer
        ((96, 96), []),
        ((95, 96), ["change the rows may hide, a"]),
        # NOT OK: a value here and there among forty thousand rows
        ((ROWS, 20), ["missing values, a", "change the rows may hide, a"]),
    ],
)
def test_too_few_values_hide_a_change(have, expected):
    rows = (max(200, have[0]), max(200, have[1]))
    shown = body(rows, a=number(ks=0.0, have=have))
    assert failures(shown, bounds()) == expected


def test_a_named_column_may_hide_more():
    shown = body(a=number(ks=0.0, have=(20, 20)))
    assert failures(shown, bounds()) == ["change the rows may hide, a"]
    assert failures(shown, bounds(columns={"a": {"max_hidden": 0.6}})) == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # OK: exactly the fewest rows
        ((200, 200), []),
        # NOT OK: one fewer, or none
        ((199, 200), ["rows, reference"]),
        ((200, 199), ["rows, current"]),
        ((0, 0), ["rows, reference", "rows, current"]),
    ],
)
def test_rows(rows, expected):
    seen = evidently() if all(rows) else NoValues(reference=0, current=0)
    few = seen.model_copy(update={"reference": rows[0], "current": rows[1]})
    assert failures(body(rows, a=few), bounds()) == expected


@pytest.mark.parametrize(
    "broken",
    [
        # NOT OK: nothing compared; more values than none; a value that is no number; a kind unknown
        {"columns": {}},
        {"columns": {"a": number().model_dump() | {"reference": 0}}},
        {"columns": {"a": evidently().model_dump() | {"value": "NaN"}}},
        {"columns": {"a": evidently().model_dump() | {"statistic": "share"}}},
        {"columns": {"a": {"kind": "guess"}}},
        {"columns": {"a": number().model_dump() | {"ks": {"low": 0.5, "high": 0.1}}}},
    ],
)
def test_broken_bodies_are_refused(broken):
    whole = {"rows_reference": 500, "rows_current": 500} | broken
    with pytest.raises(ValidationError):
        ColumnDrift.model_validate_json(canonical(whole))


def test_more_values_than_rows_is_no_body():
    with pytest.raises(ValidationError, match="more values than rows"):
        body((500, 500), a=number(have=(501, 500)))


def test_the_body_survives_the_ledger():
    shown = body(a=number(), b=category(), c=evidently(None), d=NotMeasured(why="x"))
    assert ColumnDrift.model_validate_json(canonical(shown.model_dump(mode="json"))) == shown


def test_the_picture_shows_the_worst_changes_in_units_of_their_limits():
    seen = number(0.2).model_copy(
        update={"overlay": Overlay(labels=("low", "high"), reference=(1, 3), current=(2, 2))}
    )
    spans, bars = Drift().plots(body(a=seen, b=number(0.05)), bounds())
    assert isinstance(spans, Spans)
    assert spans.spans[0].label == "Wasserstein over IQR, a"
    assert (spans.spans[0].value, spans.limits) == (2.0, (1.0,))
    assert isinstance(bars, Bars)
    assert bars.series == {"reference": (0.25, 0.75), "current": (0.5, 0.5)}


SHARE = st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.3, 1.0])
ENDS = st.tuples(SHARE, SHARE).map(sorted).map(tuple)
SEEN = st.one_of(
    st.builds(number, ENDS, ENDS, SHARE, st.tuples(*[st.integers(1, ROWS)] * 2)),
    st.builds(category, st.sampled_from([0, 0.1, 0.3]), st.sampled_from([0.0, 9.0, 100.0])),
    st.builds(evidently, st.none() | SHARE, st.sampled_from(["distance", "p_value"])),
    st.just(NotMeasured(why="text")),
)
LOOSER = {
    **dict.fromkeys(("max_distance", "max_psi", "max_drifted_share", "max_null_gap"), 1),
    **dict.fromkeys(("max_new_share", "max_vanished_share", "max_hidden"), 1),
    "min_p_value": -1,
}


@settings(max_examples=1000, deadline=None)
@given(
    columns=st.dictionaries(st.sampled_from("abcd"), SEEN, min_size=1),
    tight=st.fixed_dictionaries(dict.fromkeys(LOOSER, SHARE)),
    named=st.sets(st.sampled_from("abc")),
    loosened=st.sampled_from(sorted(LOOSER)),
)
def test_a_looser_bound_never_denies_more(columns, tight, named, loosened):
    required = {"columns": {name: {} for name in named}}
    value = min(1.0, max(0.0, tight[loosened] + 0.1 * LOOSER[loosened]))
    before = failures(body(**columns), bounds(**tight, **required))
    after = failures(body(**columns), bounds(**{**tight, loosened: value}, **required))
    assert after == [] or before != []
