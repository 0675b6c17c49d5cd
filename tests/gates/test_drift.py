"""Drift: one OK body, then one NOT OK body for each way to fail, and a row on each bound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from govgate.canon import canonical
from govgate.gates.drift import ColumnDrift, ColumnMeasured, Drift, DriftBounds


def bounds(**more) -> DriftBounds:
    return DriftBounds.model_validate_json(canonical(more))


def column(value=0.01, statistic="distance", before=0.0, now=0.0) -> ColumnMeasured:
    return ColumnMeasured(
        method="a method",
        statistic=statistic,
        value=value,
        null_share_reference=before,
        null_share_current=now,
    )


def body(rows=(5000, 5000), **columns) -> ColumnDrift:
    return ColumnDrift(rows_reference=rows[0], rows_current=rows[1], columns=columns)


def failures(shown, limits) -> list[str]:
    return [f.about for f in Drift().judge(shown, limits) if not f.satisfied]


NAMED = {"columns": {"a": {}}}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        # OK: exactly on each bound
        (column(0.1), []),
        (column(0.05, "p_value"), []),
        (column(before=0.05, now=0.1), []),
        (column(before=0.1, now=0.05), []),
        # NOT OK: a hair beyond
        (column(0.1000001), ["drift, a (a method)"]),
        (column(0.0499999, "p_value"), ["drift, a (a method)"]),
        (column(now=0.0500001), ["null gap, a"]),
        (column(before=0.0500001), ["null gap, a"]),
        # NOT OK: what could not be computed is not alike
        (column(None), ["drift, a (a method)"]),
        (column(None, "p_value"), ["drift, a (a method)"]),
        # OK: a large p-value, a small distance; each is read its own way round
        (column(0.9, "p_value"), []),
        (column(0.0), []),
    ],
)
def test_a_named_column(seen, expected):
    assert failures(body(a=seen), bounds(**NAMED)) == expected


def test_a_named_column_may_have_limits_of_its_own():
    own = {"columns": {"a": {"max_distance": 0.3, "max_null_gap": 0.7}}}
    assert failures(body(a=column(0.3, now=0.7)), bounds(**own)) == []
    assert failures(body(a=column(0.31, now=0.71)), bounds(**own)) == [
        "drift, a (a method)",
        "null gap, a",
    ]
    # what it does not set, it takes from all
    tighter = {"max_distance": 0.001, "columns": {"a": {"max_null_gap": 0.7}}}
    assert failures(body(a=column(0.01, now=0.6)), bounds(**tighter)) == ["drift, a (a method)"]


def test_a_named_column_must_be_there():
    found = failures(body(b=column()), bounds(**NAMED))
    assert found == ["drift, a"]


def test_of_the_other_columns_a_share_may_drift():
    ten = {f"c{i}": column() for i in range(9)}
    # exactly one in ten, then two in eleven; a value that is missing counts as drifted
    assert failures(body(**ten, x=column(0.5)), bounds()) == []
    assert failures(body(**ten, x=column(0.5), y=column(None)), bounds()) == [
        "share of drifted columns"
    ]
    named = list(Drift().judge(body(**ten, x=column(0.5), y=column(None)), bounds()))
    assert "x, y" in named[2].remedy


def test_a_drifted_named_column_is_not_excused_by_the_share():
    nine = {f"c{i}": column() for i in range(99)}
    assert failures(body(**nine, a=column(0.5)), bounds(**NAMED)) == ["drift, a (a method)"]


def test_missing_values_in_any_other_column_fail_whatever_the_share():
    found = failures(body(a=column(), b=column(now=0.6)), bounds())
    assert found == ["largest null gap (b)"]


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
    assert failures(body(rows, a=column()), bounds()) == expected


@pytest.mark.parametrize(
    "broken",
    [
        # NOT OK: nothing compared; a share over 1; a value that is no number
        {"columns": {}},
        {"columns": {"a": column().model_dump() | {"null_share_current": 1.1}}},
        {"columns": {"a": column().model_dump() | {"value": "NaN"}}},
        {"columns": {"a": column().model_dump() | {"statistic": "share"}}},
    ],
)
def test_broken_bodies_are_refused(broken):
    whole = {"rows_reference": 500, "rows_current": 500} | broken
    with pytest.raises(ValidationError):
        ColumnDrift.model_validate_json(canonical(whole))


def test_the_body_survives_the_ledger():
    shown = body(a=column(), b=column(None, "p_value", 0.1, 0.2))
    assert ColumnDrift.model_validate_json(canonical(shown.model_dump(mode="json"))) == shown


SHARE = st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.3, 1.0])
SEEN = st.builds(column, st.none() | SHARE, st.sampled_from(["distance", "p_value"]), SHARE, SHARE)
LOOSER = {"max_distance": 1, "max_drifted_share": 1, "max_null_gap": 1, "min_p_value": -1}


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
