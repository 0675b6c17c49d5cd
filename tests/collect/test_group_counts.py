"""GroupCountsCollector: people by group, and the census beside the country it was taken in."""

import pandas as pd
import pytest

from govgate.adapters.tables import read_table
from govgate.collect import find_collector
from govgate.collect.group_counts import GroupCountsOptions
from govgate.errors import EvidenceError
from govgate.gates.representation import Representation, RepresentationBounds


def measured(train, other=None, **bounds):
    collector = find_collector("group-counts/v1").collector
    tables = {"train": read_table(train)}
    tables |= {} if other is None else {"population": read_table(other)}
    limits = RepresentationBounds(**{"attributes": ("sex",)} | bounds)
    return collector.measure(tables, GroupCountsOptions(), limits)


def test_people_are_counted_and_nobody_is_left_out():
    found = measured({"sex": ["f", "m", None, "f", " "]})
    assert found.body.people == {"sex": {"unknown": 2, "f": 2, "m": 1}}
    assert found.population == {"rows": 5, "groups": 3}


def test_numbers_and_booleans_are_groups_too():
    found = measured({"sex": [1, 2, 1], "x": [True, False, True]}, attributes=("sex", "x"))
    assert found.body.people["sex"] == {"1": 2, "2": 1}
    assert sorted(found.body.people["x"].values()) == [1, 2]


def test_the_population_is_counted_where_no_shares_are_stated():
    other = {"sex": ["f", "f", "m"]}
    assert measured({"sex": ["f"]}, other).body.population == {"sex": {"f": 2, "m": 1}}
    stated = {"sex": {"f": 0.5, "m": 0.5}}
    assert measured({"sex": ["f"]}, other, population=stated).body.population == {}


# United States, 1990 Census of Population, General Population Characteristics (CP-1-1).
CENSUS_1990 = {
    "sex": {"Female": 0.5125, "Male": 0.4875},
    "race": {
        "White": 0.8029,
        "Black": 0.1206,
        "Asian-Pac-Islander": 0.0292,
        "Amer-Indian-Eskimo": 0.0079,
        "Other": 0.0394,
    },
}


def test_the_census_sample_has_too_few_women(adult_folder):
    bounds = {"attributes": ("sex", "race"), "population": CENSUS_1990}
    body = measured(adult_folder / "adult_train.csv", **bounds).body
    assert body.people["sex"] == {"Female": 10_771, "Male": 21_790}
    found = {f.about: f for f in Representation().judge(body, RepresentationBounds(**bounds))}
    women = found["share gap, sex, Female"]
    assert women.observed == pytest.approx(0.5125 - 10_771 / 32_561)
    assert str(women.answer) == "beyond"
    assert str(found["total variation, sex"].answer) == "beyond"
    assert found["share gap, race, Black"].satisfied


@pytest.mark.parametrize(
    ("train", "said"),
    [
        # NOT OK: no such column, nobody, a name of each person, a group of a long name
        ({"x": [1]}, "the train table has no column 'sex'"),
        ({"sex": []}, "no rows"),
        ({"sex": list(range(1001))}, "1001 groups"),
        ({"sex": ["x" * 101]}, "longer than 100 characters"),
    ],
    ids=range(4),
)
def test_what_cannot_be_counted_is_refused(train, said):
    with pytest.raises(EvidenceError, match=said):
        measured(train)


def test_a_thousand_groups_are_still_an_attribute():
    assert measured(pd.DataFrame({"sex": range(1000)})).population["groups"] == 1000
