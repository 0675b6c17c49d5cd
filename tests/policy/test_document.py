"""The policy file: every way to write a wrong one has its own message and next step."""

import pytest

from govgate.errors import PolicyError, UnknownGateError
from govgate.policy import read_policy

RULE = """
  - gate: bias
    rationale: r
    owner: risk
    bounds: {attributes: [sex]}
"""
GOOD = 'name: credit\nversion: "1"\nrules:' + RULE


def test_a_good_policy_is_read():
    policy = read_policy(GOOD)
    assert policy.title == "credit 1"
    assert policy.rules[0].read_bounds().max_parity_gap == 0.10
    assert policy.rules[0].severity == "block"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # NOT OK: a policy with no rules
        ('name: credit\nversion: "1"\nrules: []', "line 3, column 1"),
        ('name: credit\nversion: "1"', "rules is missing"),
        # NOT OK: not a mapping at all
        ("- a", "line 1, column 1"),
        ("just words", "line 1"),
        # NOT OK: an unknown gate
        (GOOD.replace("gate: bias", "gate: bais"), "line 4, column 5: no gate is named 'bais'"),
        # NOT OK: a misspelt bound
        (
            GOOD.replace("[sex]", "[sex], max_parity_gpa: 0.2"),
            "unknown field 'max_parity_gpa'; did you mean 'max_parity_gap'?",
        ),
        # NOT OK: a bound out of range, and one of the wrong kind
        (GOOD.replace("[sex]", "[sex], max_parity_gap: 1.5"), "less than or equal to 1"),
        (GOOD.replace("[sex]", "[sex], max_parity_gap: -0.1"), "greater than or equal to 0"),
        (GOOD.replace("[sex]", '[sex], max_parity_gap: "0.1"'), "valid number"),
        # NOT OK: a bias rule that names no attribute, or judges nothing
        (GOOD.replace("{attributes: [sex]}", "{}"), "attributes is missing"),
        (GOOD.replace("[sex]", "[]"), "line 7"),
        # NOT OK: an unknown field of a rule, of the policy
        (GOOD.replace("owner: risk", "owner: risk\n    ownr: x"), "did you mean 'owner'?"),
        (GOOD + "valid_dayz: 3", "did you mean 'valid_days'?"),
        # NOT OK: a version that is a number
        (GOOD.replace('"1"', "1.10"), "not text; put it in quotes"),
        # NOT OK: nobody answers for the rule, nobody says why
        (GOOD.replace("    owner: risk\n", ""), "owner is missing"),
        (GOOD.replace("    rationale: r\n", ""), "rationale is missing"),
        # NOT OK: two rules for one gate
        (GOOD + RULE, "gate 'bias' has two rules"),
        # NOT OK: a sign-off that may be waived
        (
            GOOD.replace("gate: bias", "gate: sign-off\n    waivable_by: [risk]").replace(
                "{attributes: [sex]}", "{}"
            ),
            "line 5, column 5: sign-off is people's own word",
        ),
        # NOT OK: a severity there is not
        (GOOD.replace("owner: risk", "owner: risk\n    severity: skip"), "'block' or 'warn'"),
        # NOT OK: evidence of any age, a decision for ever
        (GOOD.replace("owner: risk", "owner: risk\n    max_age_days: 0"), "max_age_days"),
        (GOOD.replace("rules:", "valid_days: 400\nrules:"), "valid_days"),
        (GOOD.replace("rules:", "retention_days: 182\nrules:"), "retention_days"),
        (GOOD.replace("rules:", "retention_days: 36501\nrules:"), "retention_days"),
    ],
)
def test_a_wrong_policy_says_where_and_what_to_do(text, says):
    with pytest.raises(PolicyError) as caught:
        read_policy(text, "policy.yaml")
    assert says in str(caught.value)
    assert ";" in str(caught.value)
    assert str(caught.value).startswith("policy.yaml, line ")


def test_an_unknown_gate_has_its_own_error():
    with pytest.raises(UnknownGateError):
        read_policy(GOOD.replace("gate: bias", "gate: bais"))


@pytest.mark.parametrize("spelling", ["candidate", "Candidate", "\uff43andidate", " candidate\n"])
def test_a_free_alias_is_free_in_every_spelling(spelling):
    policy = read_policy(GOOD + "free_aliases: [candidate]")
    assert policy.is_free(spelling)


@pytest.mark.parametrize("alias", ["champion", "candidate2", "", "stage:Production"])
def test_every_other_alias_is_governed(alias):
    assert not read_policy(GOOD + "free_aliases: [candidate]").is_free(alias)


def test_any_change_is_another_digest():
    assert (
        read_policy(GOOD).digest != read_policy(GOOD.replace("owner: risk", "owner: legal")).digest
    )


@pytest.mark.parametrize("days", [183, 36_500])
def test_a_ledger_is_kept_for_six_months_to_a_century(days):
    text = GOOD.replace("rules:", f"retention_days: {days}\nrules:")
    assert read_policy(text).retention_days == days


def test_a_ledger_is_kept_for_ten_years_unless_told():
    assert read_policy(GOOD).retention_days == 3653
