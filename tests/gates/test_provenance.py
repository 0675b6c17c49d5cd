"""Provenance: one OK body, then one NOT OK body for each way to fail."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from govgate.canon import canonical
from govgate.gates.provenance import DataOrigins, DataUsed, Provenance, ProvenanceBounds
from govgate.records import DataSet, DataSets

CONTENT = "sha256:" + "ab" * 32
PLAIN = {"name": "census", "content": CONTENT, "source": "a census", "contact": "data office"}
PLAIN |= {"licence": "CC-BY-4.0", "personal": False}
PERSONAL = PLAIN | {
    "personal": True,
    "lawful_basis": "consent",
    "consent": "register 7",
    "retention_until": "2027-03-31",
}
SPECIAL = PERSONAL | {"special_categories": True, "special_basis": "research-or-statistics"}


def bounds(**more) -> ProvenanceBounds:
    given = {"licences": ["CC-BY-4.0", "MIT"]} | more
    return ProvenanceBounds.model_validate_json(canonical(given))


def record(**fields) -> DataSet:
    return DataSet.model_validate_json(canonical(fields))


def used(fields=None, *, known=True, content=CONTENT, context="training") -> DataUsed:
    made = record(**fields) if fields else None
    return DataUsed(
        name="census", context=context, content=content, record=made, licence_known=known
    )


def failures(body, limits=None) -> list[str]:
    return [f.about for f in Provenance().judge(body, limits or bounds()) if not f.satisfied]


def of(fields, **more):
    return DataOrigins(data=(used(fields, **more),))


@pytest.mark.parametrize(
    ("body", "limits", "expected"),
    [
        # OK: data of nobody; data of persons with all that is asked; article 9 where allowed
        (of(PLAIN), {}, []),
        (of(PERSONAL), {}, []),
        (of(PERSONAL), {"lawful_bases": ["consent"]}, []),
        (of(SPECIAL), {"special_categories": True}, []),
        (of(PLAIN), {"contexts": ["training"]}, []),
        # OK: a choice of licences, of which one is allowed; two that are both
        (of(PLAIN | {"licence": "GPL-3.0-only OR MIT"}), {}, []),
        (of(PLAIN | {"licence": "CC-BY-4.0 AND MIT"}), {}, []),
        # NOT OK: no data; data that cannot be followed; a context that is absent
        (DataOrigins(), {}, ["data sets in the lineage"]),
        (DataOrigins(gaps=("run r1 is gone",), data=(used(PLAIN),)), {}, ["gaps in the lineage"]),
        (of(PLAIN), {"contexts": ["evaluation"]}, ["data for evaluation"]),
        # NOT OK: no whole digest, no record
        (of(None, content=None), {}, ["whole digest, census", "record, census"]),
        (of(None), {}, ["record, census"]),
        # NOT OK: a licence that is not allowed, half allowed, in brackets, or none
        (of(PLAIN | {"licence": "GPL-3.0-only"}), {}, ["licence, census"]),
        (of(PLAIN | {"licence": "MIT AND GPL-3.0-only"}), {}, ["licence, census"]),
        (of(PLAIN | {"licence": "(MIT OR GPL-3.0-only) AND X"}), {}, ["licence, census"]),
        (of(PLAIN | {"licence": "X AND (Y OR MIT OR Z)"}), {}, ["licence, census"]),
        (of(PLAIN, known=False), {}, ["licence, census"]),
        # NOT OK: a basis the policy does not allow; special categories
        (of(PERSONAL), {"lawful_bases": ["contract"]}, ["lawful basis, census"]),
        (of(SPECIAL), {}, ["special categories, census"]),
    ],
)
def test_the_data(body, limits, expected):
    assert failures(body, bounds(**limits)) == expected


@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        # OK: nothing more is asked of data of nobody, or of a contract
        (PLAIN, ()),
        (PERSONAL | {"lawful_basis": "contract", "consent": None}, ()),
        # NOT OK: each thing left out
        (PERSONAL | {"lawful_basis": None}, ("lawful_basis",)),
        (PERSONAL | {"retention_until": None}, ("retention_until",)),
        (PERSONAL | {"consent": None}, ("consent",)),
        (SPECIAL | {"special_basis": None}, ("special_basis",)),
        (
            SPECIAL | {"lawful_basis": "contract", "special_basis": "explicit-consent"}
            | {"consent": None},
            ("consent",),
        ),
        (PLAIN | {"special_categories": True, "special_basis": "legal-claims"}, ("personal",)),
    ],
)  # fmt: skip
def test_what_the_law_asks_for_and_the_record_lacks(fields, lacks):
    assert record(**fields).lacks == lacks
    limits = bounds(special_categories=True)
    assert failures(of(fields), limits) == (["missing of the record, census"] if lacks else [])


def test_data_may_be_kept_through_their_last_day():
    (end,) = Provenance().ends(of(PERSONAL), bounds())
    assert (end.about, end.at) == ("retention, census", datetime(2027, 4, 1, tzinfo=UTC))
    assert Provenance().ends(of(PLAIN), bounds()) == ()
    assert record(**PLAIN, retention_until="2027-03-31").retention_until == date(2027, 3, 31)


@pytest.mark.parametrize(
    "broken",
    [
        # NOT OK: a short digest, words that are no basis, a day that is none, a field of ours
        {"content": "sha256:abcd"},
        {"lawful_basis": "because"},
        {"special_basis": "because"},
        {"retention_until": "2027-02-30"},
        {"licence": ""},
        {"owner": "me"},
        {"contact": " "},
    ],
)
def test_broken_records_are_refused(broken):
    with pytest.raises(ValidationError):
        record(**PLAIN | broken)


def test_two_records_of_one_digest_are_refused():
    both = {"datasets": [PLAIN, PLAIN | {"name": "other"}]}
    with pytest.raises(ValidationError, match="two records are of sha256:abab"):
        DataSets.model_validate_json(canonical(both))


def test_the_picture_counts_what_is_wanting():
    body = DataOrigins(data=(used(PLAIN), used(None, content=None)))
    (picture,) = Provenance().plots(body, bounds())
    assert picture.series == {"findings": (0.0, 2.0)}
