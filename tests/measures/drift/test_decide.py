"""A change is drift when it is large and more than chance makes; what is not known is open."""

from dataclasses import replace

import pytest

from govgate.measures.drift.decide import Question, State, adjust, drifted_share, listed, worst

ASKED = Question("a", "size", (0.0, 0.0), 0.1, "test", (0.5, 0.5), 0.01)
SMALL, STRADDLES, LARGE = (0.0, 0.1), (0.05, 0.2), (0.11, 0.2)
CHANCE, UNSURE, REAL = (0.01, 0.5), (0.001, 0.5), (0.001, 0.0099)


@pytest.mark.parametrize(
    ("size", "p_value", "state"),
    [
        (SMALL, CHANCE, State.WITHIN),
        (SMALL, UNSURE, State.WITHIN),
        (SMALL, REAL, State.WITHIN),
        (STRADDLES, CHANCE, State.WITHIN),
        (STRADDLES, UNSURE, State.OPEN),
        (STRADDLES, REAL, State.OPEN),
        (LARGE, CHANCE, State.WITHIN),
        (LARGE, UNSURE, State.OPEN),
        (LARGE, REAL, State.BEYOND),
    ],
)
def test_both_must_hold(size, p_value, state):
    assert replace(ASKED, size=size, p_value=p_value).state is state


@pytest.mark.parametrize("size", [SMALL, STRADDLES, LARGE])
@pytest.mark.parametrize("p_value", [CHANCE, UNSURE, REAL])
def test_what_is_told_has_the_same_answer_as_the_state(size, p_value):
    asked = replace(ASKED, size=size, p_value=p_value)
    low, high = asked.seen
    # a p-value satisfies from its bar up, a size up to its bar
    ends = (low, high) if asked.told_by_test else (-high, -low)
    bar = asked.bar if asked.told_by_test else -asked.bar
    within, beyond = ends[0] >= bar, ends[1] < bar
    told = State.WITHIN if within else State.BEYOND if beyond else State.OPEN
    assert told is asked.state


def test_p_values_of_one_test_are_adjusted_once_and_of_evidently_never():
    asked = [
        replace(ASKED, p_value=(0.002, 0.003)),
        replace(ASKED, about="another size", p_value=(0.002, 0.003)),
        replace(ASKED, column="b", p_value=(0.5, 0.5)),
        replace(ASKED, column="c", p_value=(0.004, 0.004), adjusted=False),
        replace(ASKED, column="d", test="", p_value=(0.0, 0.0)),
    ]
    found = adjust(asked)
    assert [q.p_value for q in found] == [
        (0.004, 0.006),
        (0.004, 0.006),
        (0.5, 0.5),
        (0.004, 0.004),
        (0.0, 0.0),
    ]


def test_the_worst_comes_first_one_for_each_column():
    asked = [
        replace(ASKED, column=name, size=size, p_value=p)
        for name, size, p in (
            ("ok", SMALL, REAL),
            ("far", (5.0, 5.0), REAL),
            ("near", (0.2, 0.2), REAL),
            ("open", (9.0, 9.0), UNSURE),
            ("far", (0.01, 0.01), REAL),
        )
    ]
    found = worst(asked)
    assert [q.column for q in found] == ["far", "near", "open", "ok"]
    assert drifted_share(found, 8) == (0.25, 0.375)


def test_names_are_few():
    assert listed("abc") == "a, b, c"
    assert listed("abcd", most=2) == "a, b and 2 more"
