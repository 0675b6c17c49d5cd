"""Representation: an OK body, a NOT OK body for each way to fail, rows on the bounds."""

import pytest
from pydantic import ValidationError

from govgate.canon import canonical
from govgate.gates.representation import GroupCounts, Representation, RepresentationBounds
from govgate.records import Answer

HALVES = {"sex": {"f": 0.5, "m": 0.5}}


def bounds(**more) -> RepresentationBounds:
    whole = {"attributes": ["sex"], "population": HALVES} | more
    return RepresentationBounds.model_validate_json(canonical(whole))


def shown(population=None, **people) -> GroupCounts:
    return GroupCounts(people={"sex": people}, population=population or {})


def answers(body, limits) -> dict[str, str]:
    found = Representation().judge(body, limits)
    return {f.about: str(f.answer) for f in found if not f.satisfied}


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        # OK: as stated, of many people
        ({"f": 5000, "m": 5000}, {}),
        # NOT OK: far from it
        (
            {"f": 1000, "m": 9000},
            {
                "share gap, sex, f": "beyond",
                "share gap, sex, m": "beyond",
                "total variation, sex": "beyond",
            },
        ),
        # NOT OK: as stated, but of too few people to say so
        (
            {"f": 50, "m": 50},
            {
                "people, sex": "beyond",
                "share gap, sex, f": "not enough evidence",
                "share gap, sex, m": "not enough evidence",
                "total variation, sex": "not enough evidence",
            },
        ),
        # NOT OK: a group nobody stated, and one that is stated and absent
        (
            {"f": 5000, "x": 5000},
            {
                "share gap, sex, m": "beyond",
                "share gap, sex, x": "beyond",
                "total variation, sex": "beyond",
            },
        ),
        # NOT OK: nobody
        ({"f": 0}, {"people, sex": "beyond", "representation, sex": "beyond"}),
        ({}, {"people, sex": "beyond", "representation, sex": "beyond"}),
    ],
)
def test_groups(people, expected):
    assert answers(shown(**people), bounds()) == expected


def test_an_attribute_that_was_not_counted_or_has_no_population_fails():
    assert answers(shown(f=500), bounds(attributes=["race"])) == {
        "people, race": "beyond",
        "representation, race": "beyond",
    }
    assert answers(shown(f=5000, m=5000), bounds(population={})) == {
        "representation, sex": "beyond"
    }


def test_the_limit_is_set_against_the_unfavourable_end():
    def gap(limit):
        found = Representation().judge(shown(f=5200, m=4800), bounds(max_share_gap=limit))
        return next(f for f in found if f.about == "share gap, sex, f")

    ends = gap(0.5).interval
    assert gap(0.5).observed == pytest.approx(0.02)
    assert gap(ends.high).answer is Answer.WITHIN
    assert gap(ends.high - 1e-9).answer is Answer.NOT_ENOUGH_EVIDENCE
    assert gap(ends.low).answer is Answer.NOT_ENOUGH_EVIDENCE
    assert gap(ends.low - 1e-9).answer is Answer.BEYOND


@pytest.mark.parametrize(("people", "expected"), [(200, False), (199, True)])
def test_fewest_people(people, expected):
    limits = bounds(max_share_gap=1.0)
    assert (
        "people, sex" in answers(shown(f=people // 2, m=people - people // 2), limits)
    ) == expected


@pytest.mark.parametrize(
    ("half", "expected"),
    [
        # OK: shares rounded to whole percent, and exactly on the bound
        (0.495, []),
        # NOT OK: half the population is missing
        (0.25, ["stated shares, sex"]),
    ],
)
def test_stated_shares_add_up(half, expected):
    limits = bounds(population={"sex": {"f": half, "m": 0.5}}, max_share_gap=1.0)
    found = Representation().judge(shown(f=5000, m=5000), limits)
    assert [
        f.about for f in found if f.about == "stated shares, sex" and not f.satisfied
    ] == expected


def test_a_sample_of_the_population_is_as_uncertain_as_it_is_small():
    few, many = ({"sex": {"f": n, "m": n}} for n in (100, 100_000))
    limits = bounds(population={})
    assert answers(shown(many, f=10_000, m=10_000), limits) == {}
    assert set(answers(shown(few, f=10_000, m=10_000), limits).values()) == {"not enough evidence"}


def test_the_picture_shows_each_group_around_nothing():
    (picture,) = Representation().plots(shown(f=6000, m=4000), bounds())
    assert [(s.label, round(s.value, 3)) for s in picture.spans] == [("f", 0.1), ("m", -0.1)]
    assert picture.limits == (-0.05, 0.05)
    assert Representation().plots(shown(), bounds()) == ()


def test_bounds_that_judge_nothing_are_refused():
    with pytest.raises(ValidationError, match="nothing is judged"):
        bounds(max_share_gap=None, max_total_variation=None)
