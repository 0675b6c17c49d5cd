"""The gate on a release: one row for each way to fail, and one exactly on each limit."""

import pytest
from pydantic import ValidationError

from govgate.gates.anonymisation import Anonymisation, AnonymisationBounds, Anonymity
from govgate.plot import Bars
from govgate.records import Answer
from govgate.records.anonymity import (
    ClassSizes,
    IdentifierSeen,
    QuasiIdentifier,
    ReleasePopulation,
    SensitiveColumn,
)

OFF = dict.fromkeys(set(AnonymisationBounds.model_fields) - {"allowed_identifiers"})
ILL = SensitiveColumn(
    ordered=False,
    distinct=5,
    missing=0,
    l=3,
    entropy_l=2.5,
    alpha=0.5,
    t=0.25,
    beta=1.5,
    delta=0.75,
)


def release(**changes):
    column = QuasiIdentifier(distinct=9, missing=0, classes_without=3, k_without=30)
    wide = QuasiIdentifier(distinct=99, missing=0, classes_without=2, k_without=40)
    fields = {
        "rows": 100,
        "classes": 8,
        "k": 10,
        "sizes": (
            ClassSizes(size_from=10, size_to=10, classes=7, rows=70),
            ClassSizes(size_from=17, size_to=32, classes=1, rows=30),
        ),
        "quasi_identifiers": {"age": column, "zip": wide},
        "sensitive": {"ill": ILL},
        "pseudonyms": (),
        "harmless": (),
        "inspected": 3,
        "identifiers": {},
        "population": None,
    }
    return Anonymity(**fields | changes)


def people(**changes):
    fields = {"people": 900, "k": 20, "matched": 4.0, "uniques": 2.0, "uniques_high": 2.0}
    return ReleasePopulation(**fields | changes)


def found(body, **bounds):
    return [*Anonymisation().judge(body, AnonymisationBounds(**OFF | bounds))]


def passes(body, **bounds):
    return all(finding.satisfied for finding in found(body, **bounds))


LIMITS = [
    ("min_k", 10, True),  # OK: exactly on it
    ("min_k", 11, False),  # NOT OK
    ("min_l", 3, True),  # OK: exactly on it
    ("min_l", 4, False),  # NOT OK
    ("min_entropy_l", 2.5, True),  # OK: exactly on it
    ("min_entropy_l", 2.51, False),  # NOT OK
    ("max_t", 0.25, True),  # OK: exactly on it
    ("max_t", 0.24, False),  # NOT OK
    ("max_alpha", 0.5, True),  # OK: exactly on it
    ("max_alpha", 0.49, False),  # NOT OK
    ("max_beta", 1.5, True),  # OK: exactly on it
    ("max_beta", 1.49, False),  # NOT OK
    ("max_delta", 0.75, True),  # OK: exactly on it
    ("max_delta", 0.74, False),  # NOT OK
    ("max_prosecutor_risk", 0.1, True),  # OK: exactly on it
    ("max_prosecutor_risk", 0.09, False),  # NOT OK
    ("max_journalist_risk", 0.05, True),  # OK: exactly on it
    ("max_journalist_risk", 0.04, False),  # NOT OK
    ("max_marketer_risk", 0.04, True),  # OK: exactly on it
    ("max_marketer_risk", 0.03, False),  # NOT OK
    ("max_population_uniques", 0.02, True),  # OK: exactly on it
    ("max_population_uniques", 0.01, False),  # NOT OK
]


@pytest.mark.parametrize(("bound", "limit", "satisfied"), LIMITS)
def test_every_limit_admits_the_value_it_names(bound, limit, satisfied):
    assert passes(release(population=people()), **{bound: limit}) is satisfied


def test_every_limit_is_tried():
    assert {bound for bound, *_ in LIMITS} == {*OFF}


def test_without_a_population_the_release_itself_bounds_the_risks():
    assert passes(release(), max_journalist_risk=0.1)  # 1/k
    (*_, finding) = found(release(), max_journalist_risk=0.09)
    assert finding.answer is Answer.NOT_ENOUGH_EVIDENCE
    assert passes(release(), max_population_uniques=0.0)  # nobody stands alone even here
    ones = ClassSizes(size_from=1, size_to=1, classes=3, rows=3)
    body = release(sizes=(ones, *release().sizes), k=1)
    assert passes(body, max_population_uniques=0.03)
    (*_, finding) = found(body, max_population_uniques=0.02)
    assert finding.answer is Answer.NOT_ENOUGH_EVIDENCE


def test_the_marketer_without_a_population_counts_classes():
    assert passes(release(), max_marketer_risk=0.08)
    assert not passes(release(), max_marketer_risk=0.07)


def test_an_estimate_is_judged_at_its_upper_end():
    guess = people(k=None, matched=None, uniques=2.0, uniques_high=5.0)
    body = release(population=guess)
    assert passes(body, max_population_uniques=0.05)
    *_, finding = found(body, max_population_uniques=0.04)
    assert finding.answer is Answer.NOT_ENOUGH_EVIDENCE


EMAIL = IdentifierSeen(kind="email", rows=90, share=0.9, decision="identifier")
MAYBE = IdentifierSeen(kind="phone", rows=9, share=0.1, decision="suspected")


@pytest.mark.parametrize(
    ("seen", "allowed", "satisfied"),
    [
        ({}, {}, True),  # OK: nothing was found
        ({"zip": (EMAIL,)}, {"zip": ("email",)}, True),  # OK: allowed by column and kind
        ({"zip": (EMAIL,)}, {}, False),  # NOT OK: whatever k says
        ({"zip": (MAYBE,)}, {}, False),  # NOT OK: a suspicion has to be looked at
        ({"zip": (EMAIL,)}, {"age": ("email",)}, False),  # NOT OK: another column
        ({"zip": (EMAIL, MAYBE)}, {"zip": ("email",)}, False),  # NOT OK: another kind
    ],
)
def test_a_personal_identifier_is_no_good_whatever_k_says(seen, allowed, satisfied):
    body = release(identifiers=seen)
    assert passes(body, min_k=2, allowed_identifiers=allowed) is satisfied


def test_a_column_that_was_not_looked_through_fails():
    assert not passes(release(inspected=2))
    assert passes(release(inspected=3))


def test_no_sensitive_column_fails_while_a_limit_on_them_stands():
    bare = release(sensitive={}, inspected=2)
    assert passes(bare, min_k=10)
    assert not passes(bare, max_t=1.0)


def test_the_remedy_names_the_column_that_splits_most():
    failed = [f for f in found(release(), min_k=50) if not f.satisfied]
    assert "generalise zip (without it 8 classes become 2)" in failed[0].remedy


def test_every_column_is_held_to_the_limits():
    rare = ILL.model_copy(update={"t": 0.9})
    body = release(sensitive={"ill": ILL, "wage": rare}, inspected=4)
    failed = [f.about for f in found(body, max_t=0.25) if not f.satisfied]
    assert failed == ["distance to the whole (t), wage"]


def test_the_picture_shows_all_rows_by_how_many_look_alike():
    (bars,) = Anonymisation().plots(release(), AnonymisationBounds())
    assert isinstance(bars, Bars)
    assert bars.labels == ("10", "17 to 32")
    assert sum(bars.series["release"]) == 1


@pytest.mark.parametrize(
    "changes", [{"rows": 0}, {"k": 0}, {"quasi_identifiers": {}}, {"sizes": ()}, {"classes": 0}]
)
def test_a_body_that_measured_nothing_is_none(changes):
    with pytest.raises(ValidationError):
        release(**changes)


def test_nothing_is_admitted_by_not_a_number():
    for bound in ("max_t", "max_beta", "min_entropy_l"):
        with pytest.raises(ValidationError):
            AnonymisationBounds(**{bound: float("nan")})
    with pytest.raises(ValidationError):
        ILL.model_validate({**dict(ILL), "t": float("nan")})
