"""The credit pipeline: an unfair model is refused, the remedied one passes for good reasons."""

import pytest

from govgate.project import lint_policy
from govgate.records import Answer

UNFAIR = [
    # what is compared, what the plain model gets
    ("parity gap, sex", Answer.BEYOND),
    ("impact ratio, sex", Answer.BEYOND),
    ("parity gap, age_band", Answer.BEYOND),
    ("impact ratio, sex and age_band", Answer.BEYOND),
]


@pytest.fixture
def tables(credit):
    loans = credit.data.make_loans()
    clean = credit.data.without_identifiers
    return clean(loans.training), clean(loans.held_out)


def test_the_policy_is_in_order(credit):
    policy = lint_policy(credit.folder / "policy.yaml")
    assert [rule.gate for rule in policy.rules] == ["bias", "drift", "sign-off"]
    assert all(rule.rationale and rule.owner and rule.controls for rule in policy.rules)


def test_one_seed_makes_one_bank(credit):
    first, again, other = (credit.data.make_loans(50, 50, seed) for seed in (1, 1, 2))
    assert first.training.equals(again.training)
    assert not first.training.equals(other.training)


def test_no_identifier_leaves_the_first_step(credit, tables):
    loans = credit.data.make_loans(50, 50)
    identifiers = set(credit.data.IDENTIFIERS)
    assert identifiers <= set(loans.training.columns)
    for table in tables:
        assert not identifiers & set(table.columns)


def test_the_plain_model_is_refused(credit, tables):
    decision = credit.judge(credit.flow.train_plain(tables[0]), *tables)
    assert not decision.allowed
    assert not decision.pending
    seen = credit.findings(decision, "bias")
    for about, answer in UNFAIR:
        assert seen[about].answer is answer, about
    readme = (credit.folder / "README.md").read_text()
    assert f"| {seen['impact ratio, sex'].observed:.2f} |" in readme


def test_the_remedied_model_only_lacks_sign_offs(credit, tables):
    decision = credit.judge(credit.flow.train_remedied(tables[0]), *tables)
    assert decision.pending
    assert all(f.satisfied for f in credit.findings(decision, "bias").values())
    assert all(f.satisfied for f in credit.findings(decision, "drift").values())


def test_the_remedied_model_is_right_more_often(credit, tables):
    training, held_out = tables

    def right(trained):
        scored = credit.flow.predict(trained, held_out)
        return (scored.predicted == scored.repaid).mean()

    assert right(credit.flow.train_remedied(training)) > right(credit.flow.train_plain(training))


def test_the_gates_see_no_more_than_they_must(credit, tables):
    scored = credit.flow.predict(credit.flow.train_plain(tables[0]), tables[1])
    assert [*scored.columns] == ["sex", "age_band", "repaid", "predicted"]


def test_weights_make_decision_and_group_independent(credit, tables):
    training, _ = tables
    weighed = training.assign(weight=credit.flow.reweighed(training))
    weighed["granted_weight"] = weighed["weight"] * weighed["granted"]
    groups = weighed.groupby(["sex", "age_band"])
    rates = groups["granted_weight"].sum() / groups["weight"].sum()
    assert rates.max() - rates.min() < 1e-9
