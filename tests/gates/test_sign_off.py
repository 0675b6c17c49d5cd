"""SignOff: a table of who signed what, and who is still missing."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from govgate.canon import canonical
from govgate.gates.sign_off import Signature, SignOff, SignOffBounds, SignOffs
from govgate.records import Meaning

PACKAGE, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BOUNDS = SignOffBounds(threshold={"owner": 1, "risk": 2})


def yes(person, role, package=PACKAGE, hour=0, meaning=Meaning.APPROVAL) -> Signature:
    return Signature(
        person=person,
        role=role,
        meaning=meaning,
        package=package,
        signed_at=NOON + timedelta(hours=hour),
    )


def no(person, role, package=PACKAGE, hour=0) -> Signature:
    return yes(person, role, package, hour, Meaning.REJECTION)


def open_points(signed, bounds=BOUNDS, trained_by="tess") -> dict[str, float]:
    body = SignOffs(package=PACKAGE, trained_by=trained_by, signatures=tuple(signed))
    findings = SignOff().judge(body, bounds)
    # A role to the people it lacks, or "rejections" to the people who said no.
    return {
        f.about.rpartition(" ")[2]: abs(f.observed - f.limit.value)
        for f in findings
        if not f.satisfied
    }


ALL = [yes("bo", "owner"), yes("cy", "risk"), yes("di", "risk")]


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        # OK: one owner and two of risk, exactly the threshold
        (ALL, {}),
        # OK: more than enough
        ([*ALL, yes("ed", "owner")], {}),
        # OK: bo could take either seat, and is moved so that all seats are filled
        ([yes("bo", "owner"), yes("bo", "risk"), yes("cy", "risk"), yes("di", "risk")], {}),
        # OK: a later yes lifts the same person's no
        ([*ALL, no("cy", "risk", hour=-1)], {}),
        # OK: a no in a role nobody asked for, a no to other bytes, a no of the trainer
        ([*ALL, no("ed", "legal")], {}),
        ([*ALL, no("cy", "risk", OTHER, hour=1)], {}),
        ([*ALL, no("tess", "risk")], {}),
        # NOT OK: nobody
        ([], {"owner": 1, "risk": 2}),
        # NOT OK: one short of the threshold
        (ALL[:2], {"risk": 1}),
        # NOT OK: one person twice is one person
        ([yes("bo", "owner"), yes("cy", "risk"), yes("cy", "risk", hour=1)], {"risk": 1}),
        # NOT OK: one person in two roles is one person
        ([yes("bo", "owner"), yes("bo", "risk"), yes("cy", "risk")], {"risk": 1}),
        # NOT OK: signed another package
        ([yes("bo", "owner"), yes("cy", "risk"), yes("di", "risk", OTHER)], {"risk": 1}),
        # NOT OK: the trainer signs off their own work
        ([yes("tess", "owner"), yes("cy", "risk"), yes("di", "risk")], {"owner": 1}),
        # NOT OK: a later no lifts the same person's yes, and vetoes
        ([*ALL, no("cy", "risk", hour=1)], {"risk": 1, "rejections": 1}),
        # NOT OK: at the same moment the no stands
        ([*ALL, no("cy", "risk")], {"risk": 1, "rejections": 1}),
        # NOT OK: one no among enough yes
        ([*ALL, no("ed", "risk")], {"rejections": 1}),
        # NOT OK: a yes in one role does not lift a no in another
        ([*ALL, no("bo", "risk", hour=-1)], {"rejections": 1}),
    ],
)
def test_who_is_missing_or_said_no(signed, expected):
    for order in (signed, signed[::-1]):
        assert open_points(order) == expected


def test_the_remedy_names_whom_to_ask_and_who_said_no():
    body = SignOffs(package=PACKAGE, trained_by="tess", signatures=(no("ed", "risk"),))
    remedies = [f.remedy for f in SignOff().judge(body, BOUNDS)]
    assert remedies[1] == "ask 2 more of role risk to run `govgate sign`"
    assert "ed (risk)" in remedies[2]


@pytest.mark.parametrize("threshold", [{}, {"risk": 0}, {"risk": -1}, {"": 1}])
def test_a_threshold_that_asks_for_nobody_is_refused(threshold):
    with pytest.raises(ValidationError):
        SignOffBounds(threshold=threshold)


def test_the_body_survives_the_ledger():
    body = SignOffs(package=PACKAGE, trained_by="tess", signatures=tuple(ALL))
    assert SignOffs.model_validate_json(canonical(body.model_dump(mode="json"))) == body


def brute_force(offers: dict[str, set[str]], threshold: dict[str, int]) -> bool:
    slots = [role for role, n in threshold.items() for _ in range(n)]
    return any(
        all(role in offers[person] for person, role in zip(people, slots, strict=True))
        for people in itertools.permutations(offers, len(slots))
    )


ROLES = st.sampled_from(["owner", "risk", "legal"])


@given(
    st.dictionaries(st.sampled_from("abcde"), st.sets(ROLES), max_size=5),
    st.dictionaries(ROLES, st.integers(1, 3), min_size=1),
)
def test_all_slots_are_filled_exactly_when_some_seating_fills_them(offers, threshold):
    signed = [yes(person, role) for person, roles in offers.items() for role in roles]
    passed = not open_points(signed, SignOffBounds(threshold=threshold))
    assert passed == brute_force(offers, threshold)
