"""Bias: one OK body, then one NOT OK body for each way to fail, and a row on each bound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from govgate.canon import canonical
from govgate.errors import EvidenceError
from govgate.gates.bias import Bias, BiasBounds, GroupOutcomes
from govgate.records import (
    Answer,
    LabelledCell,
    Moments,
    NumberCell,
    ScoreBins,
    ScoredCell,
    UnlabelledCell,
)

OFF = {"max_parity_gap": None, "max_opportunity_gap": None, "max_odds_gap": None}
OFF["min_impact_ratio"] = None
SELECTION = {**OFF, "max_parity_gap": 0.1, "min_impact_ratio": 0.8}


def bounds(**more) -> BiasBounds:
    return BiasBounds.model_validate_json(canonical({"attributes": ["sex"], **more}))


def unlabelled(**people: tuple[int, int]) -> GroupOutcomes:
    """Group to (selected, total)."""
    cells = (
        UnlabelledCell(groups=(g,), selected=s, passed_over=n - s) for g, (s, n) in people.items()
    )
    return GroupOutcomes(attributes=("sex",), cells=tuple(cells))


def labelled(**people: tuple[int, int, int, int]) -> GroupOutcomes:
    """Group to (tp, fp, fn, tn)."""
    cells = (
        LabelledCell(groups=(g,), tp=tp, fp=fp, fn=fn, tn=tn)
        for g, (tp, fp, fn, tn) in people.items()
    )
    return GroupOutcomes(attributes=("sex",), cells=tuple(cells))


def findings(body, limits) -> dict:
    return {f.about: f for f in Bias().judge(body, limits)}


def failures(body, limits) -> list[str]:
    return [about for about, f in findings(body, limits).items() if not f.satisfied]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        # OK: like rates, large groups
        ({"f": (5000, 10000), "m": (5200, 10000)}, []),
        # NOT OK: 0.30 against 0.50
        ({"f": (3000, 10000), "m": (5000, 10000)}, ["parity gap, sex", "impact ratio, sex"]),
        # NOT OK: alike as far as seen, but too few people to say so
        ({"f": (50, 100), "m": (52, 100)}, ["parity gap, sex", "impact ratio, sex"]),
        # NOT OK: rare selection hides behind a small gap
        ({"f": (200, 10000), "m": (600, 10000)}, ["impact ratio, sex"]),
        # NOT OK: one group is no comparison
        ({"f": (5000, 10000)}, ["groups, sex"]),
        # NOT OK: the other group is there in name only
        ({"f": (5000, 10000), "m": (0, 0)}, ["groups, sex"]),
        # NOT OK: nobody at all
        ({"f": (0, 0), "m": (0, 0)}, ["groups, sex", "smallest group, sex"]),
        # NOT OK: nobody is selected, so nobody is treated like anybody
        ({"f": (0, 10000), "m": (0, 10000)}, ["impact ratio, sex"]),
    ],
)
def test_selection(people, expected):
    assert failures(unlabelled(**people), bounds(**SELECTION)) == expected


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        # OK: exactly the fewest people
        ({"f": (15, 30), "m": (15, 30)}, []),
        # NOT OK: one fewer
        ({"f": (15, 29), "m": (15, 30)}, ["smallest group, sex"]),
    ],
)
def test_the_smallest_group(people, expected):
    limits = bounds(**{**OFF, "max_parity_gap": 1.0})
    found = findings(unlabelled(**people), limits)
    assert [a for a, f in found.items() if not f.satisfied] == expected
    assert not expected or "f (29)" in found["smallest group, sex"].remedy


def test_small_groups_are_set_aside_only_when_asked_and_few():
    people = {"f": (4750, 9500), "m": (4800, 9500), "x": (0, 29)}
    assert "smallest group, sex" in failures(unlabelled(**people), bounds(**SELECTION))
    aside = {**SELECTION, "small_groups": "set_aside"}
    found = findings(unlabelled(**people), bounds(**aside))
    assert all(f.satisfied for f in found.values())
    share = found["people set aside, sex"]
    assert share.observed == 29 / 19029
    assert "x (29)" in share.remedy
    # exactly on the bound, and below it
    assert not failures(unlabelled(**people), bounds(**aside, max_set_aside=29 / 19029))
    assert failures(unlabelled(**people), bounds(**aside, max_set_aside=0.0015))


def test_a_group_of_just_enough_people_is_not_set_aside():
    people = {"f": (5000, 10000), "m": (5000, 10000), "x": (0, 30)}
    found = findings(unlabelled(**people), bounds(**SELECTION, small_groups="set_aside"))
    assert found["people set aside, sex"].observed == 0
    assert found["groups, sex"].observed == 3


def test_setting_all_but_one_group_aside_leaves_nothing_to_compare():
    people = {"f": (5000, 10000), "x": (3, 29)}
    limits = bounds(**SELECTION, small_groups="set_aside")
    assert failures(unlabelled(**people), limits) == ["groups, sex"]


@pytest.mark.parametrize(
    ("bound", "about"),
    [
        ("max_parity_gap", "parity gap, sex"),
        ("max_opportunity_gap", "opportunity gap, sex"),
        ("max_odds_gap", "odds gap, sex"),
        ("min_impact_ratio", "impact ratio, sex"),
    ],
)
def test_the_limit_is_set_against_the_unfavourable_end(bound, about):
    body = labelled(f=(700, 300, 300, 1700), m=(800, 300, 200, 1700))

    def seen(limit: float):
        return findings(body, bounds(**{**OFF, bound: limit}))[about]

    ends = seen(0.5).interval
    worst, best = (ends.high, ends.low) if bound.startswith("max") else (ends.low, ends.high)
    over = 1e-9 if bound.startswith("max") else -1e-9
    # exactly on the bound, a hair beyond, exactly on the other end, a hair beyond that
    assert seen(worst).answer is Answer.WITHIN
    assert seen(worst - over).answer is Answer.NOT_ENOUGH_EVIDENCE
    assert seen(best).answer is Answer.NOT_ENOUGH_EVIDENCE
    assert seen(best - over).answer is Answer.BEYOND


def test_point_values_are_exact():
    body = labelled(f=(700, 300, 300, 1700), m=(800, 300, 200, 1700))
    found = findings(body, bounds())
    assert found["opportunity gap, sex"].observed == 0.1
    assert found["odds gap, sex"].observed == 0.1
    assert found["parity gap, sex"].observed == 100 / 3000
    assert found["impact ratio, sex"].observed == 1000 / 1100


def test_the_odds_gap_is_the_larger_of_both():
    body = labelled(f=(800, 900, 200, 1100), m=(800, 300, 200, 1700))
    found = findings(body, bounds())
    assert found["opportunity gap, sex"].observed == 0
    assert found["odds gap, sex"].observed == 0.3


def test_remedies_name_the_groups_and_say_what_is_missing():
    far = findings(unlabelled(f=(3000, 10000), m=(5000, 10000)), bounds(**SELECTION))
    assert "f is lowest and m highest" in far["parity gap, sex"].remedy
    assert "not enough" not in far["parity gap, sex"].remedy
    alike = findings(unlabelled(f=(40, 80), m=(50, 100)), bounds(**SELECTION))
    remedy = alike["parity gap, sex"].remedy
    assert remedy == "not enough evidence: evaluate on more people of f"
    few = findings(unlabelled(f=(50, 99), m=(52, 100)), bounds(**SELECTION))
    assert "not enough evidence: evaluate on more people of f" in few["parity gap, sex"].remedy


@pytest.mark.parametrize(
    ("people", "about", "named"),
    [
        # NOT OK: nobody of x is truly positive; other tools call this rate 0
        ({"x": (0, 50, 0, 50)}, ["opportunity gap, sex", "odds gap, sex"], "x who are truly pos"),
        # NOT OK: nobody of x is truly negative
        ({"x": (500, 0, 500, 0)}, ["odds gap, sex"], "x who are truly neg"),
    ],
)
def test_a_rate_of_nobody_is_not_estimable(people, about, named):
    body = labelled(f=(500, 500, 500, 500), m=(500, 500, 500, 500), **people)
    found = findings(body, bounds(max_parity_gap=1, min_impact_ratio=0))
    assert [a for a, f in found.items() if f.observed == "not estimable"] == about
    assert not any(found[a].satisfied for a in about)
    assert named in found[about[-1]].remedy


def test_without_labels_the_label_questions_are_not_estimable():
    body = unlabelled(f=(5000, 10000), m=(5000, 10000))
    found = findings(body, bounds())
    assert failures(body, bounds()) == ["opportunity gap, sex", "odds gap, sex"]
    assert "collect.label" in found["odds gap, sex"].remedy


def test_an_absent_attribute_fails_and_is_named():
    body = unlabelled(f=(5000, 10000), m=(5000, 10000))
    found = findings(body, bounds(**SELECTION, attributes=["sex", ["sex", "race"]]))
    assert not found["attribute sex and race"].satisfied
    assert "column race" in found["attribute sex and race"].remedy
    assert found["parity gap, sex"].satisfied


def test_a_crossing_shows_what_its_margins_hide():
    people = {("f", "a"): 2000, ("f", "b"): 8000, ("m", "a"): 8000, ("m", "b"): 2000}
    cells = tuple(
        UnlabelledCell(groups=g, selected=n, passed_over=10000 - n) for g, n in people.items()
    )
    body = GroupOutcomes(attributes=("sex", "race"), cells=cells)
    limits = bounds(**SELECTION, attributes=["sex", "race", ["race", "sex"]])
    assert failures(body, limits) == ["parity gap, race and sex", "impact ratio, race and sex"]
    crossed = findings(body, limits)["parity gap, race and sex"]
    assert crossed.observed == 0.6


def test_groups_whose_crossed_names_could_be_confused_stay_apart():
    people = {("a & b", "c"): 1000, ("a", "b & c"): 9000}
    cells = tuple(
        UnlabelledCell(groups=g, selected=n, passed_over=10000 - n) for g, n in people.items()
    )
    body = GroupOutcomes(attributes=("x", "y"), cells=cells)
    assert findings(body, bounds(attributes=[["x", "y"]]))["groups, x and y"].observed == 2


def test_every_comparison_made_widens_every_interval():
    one = findings(unlabelled(f=(50, 100), m=(50, 100)), bounds(**{**OFF, "max_parity_gap": 0.1}))
    both = findings(unlabelled(f=(50, 100), m=(50, 100)), bounds(**SELECTION))
    width = [found["parity gap, sex"].interval.high for found in (one, both)]
    assert width[0] < width[1]


@pytest.mark.parametrize(
    "body",
    [
        # NOT OK: nothing counted, no attribute
        {"attributes": ["sex"], "cells": []},
        {"attributes": [], "cells": [{"groups": [], "selected": 1, "passed_over": 1}]},
        # NOT OK: one attribute twice
        {
            "attributes": ["a", "a"],
            "cells": [{"groups": ["f", "f"], "selected": 1, "passed_over": 1}],
        },
        # NOT OK: too many groups in a cell
        {"attributes": ["sex"], "cells": [{"groups": ["f", "a"], "selected": 1, "passed_over": 1}]},
        # NOT OK: one group twice
        {"attributes": ["sex"], "cells": [{"groups": ["f"], "selected": 1, "passed_over": 1}] * 2},
        # NOT OK: fewer than nobody, half a person
        {"attributes": ["sex"], "cells": [{"groups": ["f"], "selected": -1, "passed_over": 1}]},
        {"attributes": ["sex"], "cells": [{"groups": ["f"], "selected": 0.5, "passed_over": 1}]},
        # NOT OK: some cells labelled, some not
        {
            "attributes": ["sex"],
            "cells": [
                {"groups": ["f"], "selected": 1, "passed_over": 1},
                {"groups": ["m"], "tp": 1, "fp": 1, "fn": 1, "tn": 1},
            ],
        },
    ],
)
def test_impossible_tables_are_refused(body):
    with pytest.raises(ValidationError):
        GroupOutcomes.model_validate_json(canonical(body))


@pytest.mark.parametrize(
    "given_bounds",
    [
        # NOT OK: no attribute, a word for a list, an empty crossing, the same twice
        {},
        {"attributes": []},
        {"attributes": "sex"},
        {"attributes": [[]]},
        {"attributes": ["sex", ["sex"]]},
        {"attributes": [["sex", "race"], ["race", "sex"]]},
        {"attributes": [["sex", "sex"]]},
        # NOT OK: nothing judged, a misspelt bound, limits that limit nothing
        {"attributes": ["sex"], **OFF},
        {"attributes": ["sex"], "max_partiy_gap": 0.1},
        {"attributes": ["sex"], "max_parity_gap": 1.1},
        {"attributes": ["sex"], "min_group": 0},
        {"attributes": ["sex"], "confidence": 1},
        {"attributes": ["sex"], "small_groups": "ignore"},
    ],
)
def test_bounds_that_ask_nothing_or_the_impossible_are_refused(given_bounds):
    with pytest.raises(ValidationError):
        BiasBounds.model_validate_json(canonical(given_bounds))


def test_the_body_survives_the_ledger():
    body = labelled(f=(1, 2, 3, 4), m=(5, 6, 7, 8))
    assert GroupOutcomes.model_validate_json(canonical(body.model_dump(mode="json"))) == body


PEOPLE = st.integers(0, 4000)
CELLS = st.tuples(PEOPLE, PEOPLE, PEOPLE, PEOPLE)
MORE = ("max_precision_gap", "max_accuracy_gap")
SHARE = st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.8, 1.0])


@settings(max_examples=1000, deadline=None)
@given(
    body=st.dictionaries(st.sampled_from("fmx"), CELLS, min_size=1),
    tight=st.fixed_dictionaries(dict.fromkeys((*OFF, *MORE, "max_set_aside"), SHARE)),
    min_group=st.sampled_from([1, 30, 5000]),
    small_groups=st.sampled_from(["refuse", "set_aside"]),
    confidence=st.sampled_from([0.5, 0.9, 0.95, 0.999]),
    data=st.data(),
)
def test_a_looser_bound_never_denies_more(body, tight, min_group, small_groups, confidence, data):
    strict = {
        **tight,
        "min_group": min_group,
        "small_groups": small_groups,
        "confidence": confidence,
    }
    loosened = data.draw(st.sampled_from(sorted(strict)))
    if loosened == "min_group" and small_groups == "set_aside":
        return  # there it says who is judged, which is neither looser nor tighter
    looser = {
        "min_group": lambda: max(1, min_group - 1),
        "small_groups": lambda: "set_aside",
        "confidence": lambda: max(0.5, confidence - 0.05),
        "min_impact_ratio": lambda: data.draw(st.sampled_from([None, 0.0, tight[loosened] / 2])),
        "max_set_aside": lambda: min(1.0, tight["max_set_aside"] + 0.1),
    }.get(loosened, lambda: data.draw(st.sampled_from([None, min(1.0, tight[loosened] + 0.05)])))
    before = failures(labelled(**body), bounds(**strict))
    after = failures(labelled(**body), bounds(**{**strict, loosened: looser()}))
    assert after == [] or before != []


SCORED = ("max_auc_gap", "max_crossed_auc_gap", "max_calibration_error", "max_calibration_gap")
NUMBERED = ("max_error_gap", "max_absolute_error_gap", "max_prediction_gap")


def scored(**people: tuple[list[int], list[int]]) -> GroupOutcomes:
    """Group to (everyone, truly) by score, of 0.125 and 0.625."""
    cells = []
    for group, (everyone, truly) in people.items():
        at = dict(zip((2, 10), zip(everyone, truly, (0.125, 0.625), strict=True), strict=True))
        off = sum(n * s - t for n, t, s in at.values())
        squares = sum(t * (1 - s) ** 2 + (n - t) * s**2 for n, t, s in at.values())
        columns = ([at[b][i] if b in at else 0 for b in range(16)] for i in (0, 1))
        sums = tuple(at[b][0] * at[b][2] if b in at else 0.0 for b in range(16))
        bins = ScoreBins(
            **dict(zip(("people", "truly"), map(tuple, columns), strict=True)),
            scores=sums,
            off=Moments(total=off, squares=squares),
        )
        of_group = ScoredCell(
            groups=(group,), everyone=tuple(everyone), truly=tuple(truly), calibration=bins
        )
        cells.append(of_group)
    return GroupOutcomes(attributes=("sex",), scores=tuple(cells), alike=(True, True))


def numbered(**people: tuple[int, float, float]) -> GroupOutcomes:
    """Group to (rows, mean error, its standard deviation)."""
    cells = []
    for group, (rows, mean, deviation) in people.items():
        squares = rows * (mean**2 + deviation**2)
        moments = Moments(total=rows * mean, squares=squares)
        numbers = dict.fromkeys(("prediction", "error", "absolute_error"), moments)
        cells.append(NumberCell(groups=(group,), rows=rows, **numbers))
    return GroupOutcomes(attributes=("sex",), cells=tuple(cells))


@pytest.mark.parametrize(
    ("bound", "about", "body", "more"),
    [
        (
            bound,
            about,
            labelled(f=(700, 300, 300, 1700), m=(800, 600, 200, 1400)),
            {**OFF},
        )
        for bound, about in (
            ("max_precision_gap", "precision gap, sex"),
            ("max_accuracy_gap", "accuracy gap, sex"),
        )
    ]
    + [
        (
            bound,
            f"{bound.removeprefix('max_').replace('_', ' ').replace('auc', 'AUC')}, sex",
            scored(f=([600, 400], [100, 200]), m=([500, 500], [60, 350])),
            {"task": "ranking"},
        )
        for bound in SCORED
    ]
    + [
        (
            bound,
            f"{bound.removeprefix('max_').replace('_', ' ')}, sex",
            numbered(f=(400, 1.25, 0.5), m=(500, 1.5, 0.5)),
            {"task": "regression"},
        )
        for bound in NUMBERED
    ],
)
def test_every_other_limit_is_set_against_the_unfavourable_end(bound, about, body, more):
    def seen(limit: float):
        return findings(body, bounds(**{**more, bound: limit}))[about]

    ends = seen(0.5).interval
    assert 0 < ends.low < seen(0.5).observed < ends.high < 1
    # exactly on the bound, a hair beyond, exactly on the other end, a hair beyond that
    assert seen(ends.high).answer is Answer.WITHIN
    assert seen(ends.high - 1e-9).answer is Answer.NOT_ENOUGH_EVIDENCE
    assert seen(ends.low).answer is Answer.NOT_ENOUGH_EVIDENCE
    assert seen(ends.low - 1e-9).answer is Answer.BEYOND


def test_point_values_of_every_measure_are_exact():
    body = labelled(f=(7, 3, 3, 7), m=(8, 2, 3, 7))
    found = findings(body, bounds(max_precision_gap=1.0, max_accuracy_gap=1.0))
    assert found["precision gap, sex"].observed == 0.1  # 8/10 - 7/10, which floats make 0.1 + 1e-16
    assert found["accuracy gap, sex"].observed == 0.05
    ranked = {"task": "ranking", "max_calibration_gap": 1.0, "max_calibration_error": 1.0}
    found = findings(scored(f=([8, 8], [1, 5]), m=([8, 8], [1, 6])), bounds(**ranked))
    assert found["calibration gap, sex"].observed == 1 / 16
    assert found["calibration error, sex"].observed == 1 / 16
    numbers = {"task": "regression", "max_error_gap": 1.0}
    tenths = numbered(f=(10, 0.7, 0.1), m=(10, 0.8, 0.1))
    assert findings(tenths, bounds(**numbers))["error gap, sex"].observed == 0.1


@pytest.mark.parametrize(
    ("given_bounds", "said"),
    [
        # NOT OK: what a task cannot answer
        ({"task": "regression"}, "nothing is judged; set one of max_error_gap, max_absolute"),
        ({"task": "regression", "max_parity_gap": 0.1}, "max_parity_gap is not asked where task"),
        ({"task": "ranking"}, "nothing is judged; set one of max_parity_gap"),
        ({"task": "ranking", "max_parity_gap": 0.1}, "leave it out, or set `top`"),
        ({"task": "ranking", "max_odds_gap": 0.1}, "max_odds_gap is not asked"),
        ({"task": "multi-class", "max_auc_gap": 0.1}, "max_auc_gap is not asked"),
        ({"max_error_gap": 0.1}, "max_error_gap is not asked where task is binary"),
        ({"top": 5}, "`top` selects by rank, which binary does not"),
        ({"task": "ranking", "top": 0}, "greater than or equal to 1"),
        ({"task": "regression", "max_error_gap": -1}, "greater than or equal to 0"),
        ({"task": "clustering"}, "Input should be 'binary'"),
    ],
)
def test_a_task_is_asked_what_it_can_answer(given_bounds, said):
    with pytest.raises(ValidationError, match=said):
        bounds(**given_bounds)


@pytest.mark.parametrize(
    "given_bounds",
    [
        {"task": "ranking", "top": 5},
        {"task": "regression", "max_error_gap": 250.0, "max_parity_gap": None},
        {"task": "multi-class"},
    ],
)
def test_what_is_off_may_be_said_to_be(given_bounds):
    assert bounds(**given_bounds).asked


ONE = {"groups": ["f"], "by_person": None}
RANKED = {"truly": None, "calibration": None}
UNKNOWN = {"error": None, "absolute_error": None}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        # NOT OK: nobody; columns that are not as many as the classes, or the bins
        ({}, "nobody was counted"),
        (
            {"classes": ["a"], "cells": [{**ONE, "said": [1, 2], "truly": None, "both": None}]},
            "does not count 1 classes",
        ),
        (
            {
                "alike": [True],
                "scores": [{**ONE, "everyone": [1, 2], "truly": None, "calibration": None}],
            },
            "does not count 1 bins",
        ),
        # NOT OK: more of a part than of the whole
        (
            {"classes": ["a"], "cells": [{**ONE, "said": [1], "truly": [1], "both": [2]}]},
            "do not add up",
        ),
        (
            {"classes": ["a"], "cells": [{**ONE, "said": [1], "truly": [2], "both": [1]}]},
            "do not add up",
        ),
        (
            {"classes": ["a"], "cells": [{**ONE, "said": [1], "truly": [1], "both": None}]},
            "known together",
        ),
        (
            {
                "alike": [True],
                "scores": [{**ONE, "everyone": [1], "truly": [2], "calibration": None}],
            },
            "more people of",
        ),
        # NOT OK: persons in some cells only, or not said to be
        ({"spans": 1, "cells": [{**ONE, "selected": 1, "passed_over": 1}]}, "spans goes with"),
        (
            {
                "cells": [
                    {
                        "groups": ["f"],
                        "selected": 1,
                        "passed_over": 1,
                        "by_person": {"people": 1, "products": [[4] * 10]},
                    }
                ]
            },
            "spans goes with",
        ),
        # NOT OK: products of another number of classes
        (
            {
                "spans": 1,
                "cells": [
                    {
                        "groups": ["f"],
                        "selected": 1,
                        "passed_over": 1,
                        "by_person": {"people": 1, "products": [[4] * 10] * 2},
                    }
                ],
            },
            "not counted for 0 classes",
        ),
        # NOT OK: cells and scores of other people
        (
            {
                "cells": [{**ONE, "selected": 1, "passed_over": 1}],
                "alike": [True],
                "scores": [
                    {
                        "groups": ["m"],
                        "by_person": None,
                        "everyone": [1],
                        "truly": None,
                        "calibration": None,
                    }
                ],
            },
            "not of the same groups",
        ),
        # NOT OK: squares below nought
        (
            {"cells": [{**ONE, **UNKNOWN, "rows": 1, "prediction": {"total": 1, "squares": -1}}]},
            "greater than or equal to 0",
        ),
    ],
)
def test_tables_that_contradict_themselves_are_refused(body, said):
    with pytest.raises(ValidationError, match=said):
        GroupOutcomes.model_validate_json(canonical({"attributes": ["sex"], **body}))


def test_people_whose_rows_cannot_be_are_an_error_and_no_narrow_interval():
    cells = [
        {
            "groups": [group],
            "selected": 50,
            "passed_over": 50,
            "by_person": {"people": 50, "products": [[0] * 10]},
        }
        for group in "fm"
    ]
    body = {"attributes": ["sex"], "cells": cells, "spans": 1}
    forged = GroupOutcomes.model_validate_json(canonical(body))
    with pytest.raises(EvidenceError, match="count by person again"):
        findings(forged, bounds(**SELECTION))
