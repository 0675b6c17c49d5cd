"""Quality: one OK body, then one NOT OK body for each way to fail, and a row on each bound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from govgate.canon import canonical
from govgate.gates.quality import DataQuality, Quality, QualityBounds
from govgate.records import ColumnExpectation, ColumnFacts, ExpectationCounts, TableFacts


def bounds(**more) -> QualityBounds:
    return QualityBounds.model_validate_json(canonical(more))


def column(nulls=0, told=0.2, *, constant=False, family="integer", **counts) -> ColumnFacts:
    expected = ExpectationCounts(**counts) if counts else None
    return ColumnFacts(family=family, nulls=nulls, constant=constant, told=told, expected=expected)


def table(rows=1000, repeated=0, **columns) -> TableFacts:
    return TableFacts(rows=rows, repeated_rows=repeated, columns=columns or {"age": column()})


def body(train=None, test=None, shared=0, classes=(900, 100)) -> DataQuality:
    return DataQuality(
        train=train or table(), test=test or table(), shared_rows=shared, label_counts=classes
    )


def failures(shown, limits) -> list[str]:
    return [f.about for f in Quality().judge(shown, limits) if not f.satisfied]


LEAK, TOLD = "test rows that are training rows", "label told by one column (age)"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        # OK: all in order, and exactly on each bound
        (body(), []),
        (body(train=table(1000)), []),
        (body(train=table(repeated=10)), []),
        (body(train=table(age=column(nulls=50))), []),
        (body(train=table(age=column(told=0.95))), []),
        (body(classes=(950, 50)), []),
        (body(shared=10), []),
        # NOT OK: one row beyond each
        (body(train=table(999)), ["rows, train"]),
        (body(train=table(repeated=11)), ["repeated rows, train"]),
        (body(test=table(repeated=11)), ["repeated rows, test"]),
        (body(train=table(age=column(nulls=51))), ["missing values, train (age)"]),
        (body(test=table(age=column(nulls=51))), ["missing values, test (age)"]),
        (body(train=table(age=column(told=0.9501))), [TOLD]),
        (body(train=table(age=column(constant=True))), ["constant columns, train"]),
        (body(classes=(951, 49)), ["smallest class of the label"]),
        (body(shared=11), [LEAK]),
        # NOT OK: no rows at all are no rows without fault
        (body(train=table(0)), ["rows, train"]),
    ],
)
def test_the_data(shown, expected):
    assert failures(shown, bounds()) == expected


@pytest.mark.parametrize(
    ("shown", "about", "off"),
    [
        # NOT OK: what was not measured did not pass, until the policy asks for it no longer
        (DataQuality(train=table(), label_counts=(9, 9)), LEAK, "max_shared_share"),
        (body(classes=()), "smallest class of the label", "min_label_share"),
        (body(train=table(age=column(told=None))), "label told by one column (any)", "max_told"),
    ],
)
def test_what_was_not_measured_did_not_pass(shown, about, off):
    (found,) = (f for f in Quality().judge(shown, bounds()) if not f.satisfied)
    assert (found.about, found.observed) == (about, "not measured")
    assert failures(shown, bounds(**{off: None})) == []


AGE = {"type": "integer", "min": 0, "max": 120, "max_null_share": 0.2}
AGES = ColumnExpectation(**AGE)


@pytest.mark.parametrize(
    ("expectation", "counts", "more", "expected"),
    [
        # OK: as expected, and exactly on the share of missing values
        (AGE, {}, {}, []),
        (AGE, {}, {"nulls": 200}, []),
        # NOT OK: one of each too many
        (AGE, {}, {"nulls": 201}, ["missing values, age"]),
        (AGE, {}, {"family": "float"}, ["type, age"]),
        (AGE, {"outside": 1}, {}, ["values out of range, age"]),
        ({"values": ["a"]}, {"unlisted": 1}, {}, ["values not listed, age"]),
        ({"unique": True}, {"repeated": 1}, {}, ["repeated values, age"]),
        ({"ascending": True}, {"backwards": 1}, {}, ["values before their predecessor, age"]),
        # OK: what is not demanded is not looked at
        ({}, {"outside": 1, "unlisted": 1, "repeated": 1, "backwards": 1}, {}, []),
    ],
)
def test_an_expectation(expectation, counts, more, expected):
    limits = bounds(columns={"age": expectation})
    counted = {"expectation": limits.columns["age"].digest, **counts}
    assert failures(body(train=table(age=column(**more, **counted))), limits) == expected


def test_a_column_that_is_absent_or_was_counted_against_another_policy_fails():
    limits = bounds(columns={"age": AGE})
    assert failures(body(train=table(x=column())), limits) == ["column age"]
    assert failures(body(), limits) == ["column age"]
    counted = column(expectation=ColumnExpectation(max=1.0).digest)
    (found,) = (f for f in Quality().judge(body(train=table(age=counted)), limits)
                if not f.satisfied)  # fmt: skip
    assert found.observed == "not counted against this policy"


def test_the_picture_ranks_columns_by_what_they_tell():
    (picture,) = Quality().plots(
        body(train=table(a=column(told=0.1), b=column(told=0.9))), bounds()
    )
    assert [span.label for span in picture.spans] == ["b", "a"]
    assert picture.limits == (0.95,)
    assert Quality().plots(body(train=table(a=column(told=None))), bounds()) == ()


@pytest.mark.parametrize(
    "broken",
    [
        # NOT OK: a share over 1, fewer than no rows, no columns
        {"columns": {"a": {"family": "integer", "nulls": 0, "constant": False, "told": 1.1}}},
        {"rows": -1},
        {"columns": {}},
    ],
)
def test_broken_bodies_are_refused(broken):
    whole = {"train": table().model_dump(mode="json") | broken}
    with pytest.raises(ValidationError):
        DataQuality.model_validate_json(canonical(whole))


SHARE = st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.5, 1.0])
LOOSER = {"max_repeated_share": 1, "max_null_share": 1, "max_told": 1, "max_shared_share": 1}
LOOSER["min_label_share"] = -1
FACTS = st.builds(
    lambda n, r, t, c: table(1000, r, age=column(n, t, constant=c)),
    *(st.integers(0, 1000), st.integers(0, 1000), SHARE | st.none(), st.booleans()),
)


@settings(max_examples=1000, deadline=None)
@given(
    shown=st.builds(body, FACTS, FACTS, st.integers(0, 1000), st.just((900, 100)) | st.just(())),
    tight=st.fixed_dictionaries(dict.fromkeys(LOOSER, SHARE)),
    loosened=st.sampled_from(sorted(LOOSER)),
)
def test_a_looser_bound_never_denies_more(shown, tight, loosened):
    value = min(1.0, max(0.0, tight[loosened] + 0.1 * LOOSER[loosened]))
    before, after = (
        failures(shown, bounds(**tight)),
        failures(shown, bounds(**tight | {loosened: value})),
    )
    assert set(after) <= set(before)
