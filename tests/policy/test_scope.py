"""Which models a policy governs, and what its reader refuses to read."""

import pytest

from govgate.errors import PolicyError
from govgate.policy import Mode, read_policy
from govgate.policy.scope import Scope, mode_of

TEXT = """\
name: p
version: "1"
{more}
rules:
  - {{gate: sign-off, rationale: r, owner: o, bounds: {{threshold: {{risk: 1}}}}}}
"""


def scopes(*pairs):
    return tuple(Scope(models=glob, mode=Mode(mode)) for glob, mode in pairs)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("fraud", Mode.ENFORCE),  # nothing fits
        ("sandbox-a", Mode.EXEMPT),
        ("SANDBOX-A", Mode.EXEMPT),
        ("sandbox-", Mode.EXEMPT),
        ("sandbox-live", Mode.ENFORCE),  # the first that fits
        ("sandbox-LIVE", Mode.ENFORCE),
        ("a1", Mode.AUDIT),
        ("a12", Mode.ENFORCE),
        ("\uff53andbox-a", Mode.ENFORCE),
        ("sandbox-\u00e9", Mode.ENFORCE),
        ("sandbox-a\n", Mode.ENFORCE),
        ("", Mode.ENFORCE),
    ],
)
def test_the_first_glob_that_fits_decides_and_a_disguise_is_enforced(model, expected):
    given = scopes(("sandbox-live", "enforce"), ("sandbox-*", "exempt"), ("a?", "audit"))
    assert mode_of(model, given) is expected


def test_a_glob_for_all_reaches_no_disguise():
    assert mode_of("credit", scopes(("*", "audit"))) is Mode.AUDIT
    assert mode_of("cr\u0435dit", scopes(("*", "audit"))) is Mode.ENFORCE


def test_the_sections_are_read():
    more = """\
scopes: [{models: "a*", mode: audit}]
adoption: {by: [risk], before: "2026-06-01T00:00:00Z", max_days: 30}
revocation: {by: [risk], release_by: [risk]}"""
    policy = read_policy(TEXT.format(more=more))
    assert policy.mode_of("abc") is Mode.AUDIT
    assert policy.adoption is not None
    assert policy.adoption.longest.days == 30
    assert policy.revocation.release_by == ("risk",)


@pytest.mark.parametrize(
    "more",
    [
        'scopes: [{models: "[a-z]*", mode: audit}]',
        'scopes: [{models: "caf\u00e9", mode: audit}]',
        'scopes: [{models: "", mode: audit}]',
        'scopes: [{models: " a", mode: audit}]',
        'scopes: [{models: "a*", mode: lenient}]',
        'scopes: [{models: "a*"}]',
        'adoption: {by: [], before: "2026-06-01T00:00:00Z", max_days: 30}',
        'adoption: {by: [risk], before: "2026-06-01T00:00:00", max_days: 30}',  # no zone
        'adoption: {by: [risk], before: "2026-06-01T00:00:00Z", max_days: 367}',
        'adoption: {by: [risk], before: "2026-06-01T00:00:00Z", max_days: 0}',
        "adoption: {by: [risk], max_days: 3}",
        "revocation: {released_by: [risk]}",
    ],
)
def test_what_could_be_misread_is_refused(more):
    with pytest.raises(PolicyError):
        read_policy(TEXT.format(more=more))


def test_without_the_sections_everything_is_enforced_and_nobody_adopts_or_releases():
    policy = read_policy(TEXT.format(more=""))
    assert policy.mode_of("anything") is Mode.ENFORCE
    assert policy.adoption is None
    assert (policy.revocation.by, policy.revocation.release_by) == ((), ())
