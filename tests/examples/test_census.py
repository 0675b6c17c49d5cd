"""The census pipeline on the real data: what the gates say, whatever it is."""

import pytest

from govgate.project import lint_policy
from govgate.records import Answer


@pytest.fixture
def adult(census, adult_folder):
    return census.data.read_adult(adult_folder)


def test_the_policy_is_in_order(census):
    policy = lint_policy(census.folder / "policy.yaml")
    assert [rule.gate for rule in policy.rules] == ["bias", "drift", "sign-off"]


def test_everybody_was_read(adult):
    assert len(adult.training) == 32_561
    assert len(adult.held_out) == 16_281
    assert not adult.held_out.isna().any(axis=None)


def test_the_plain_model_is_as_good_as_published_and_refused(census, adult):
    trained = census.flow.train_plain(adult.training)
    scored = census.flow.predict(trained, adult.held_out)
    assert (scored.predicted != scored.income).mean() < 0.1554  # C4.5, in the data's own notes
    decision = census.judge(trained, adult.training, adult.held_out)
    seen = census.findings(decision, "bias")
    assert seen["parity gap, sex"].answer is Answer.BEYOND
    assert seen["impact ratio, sex"].answer is Answer.BEYOND
    assert seen["opportunity gap, race"].answer is Answer.NOT_ENOUGH_EVIDENCE
    assert not decision.pending


def test_the_remedied_model_is_fairer_and_still_refused(census, adult):
    trained = census.flow.train_remedied(adult.training)
    decision = census.judge(trained, adult.training, adult.held_out)
    seen = census.findings(decision, "bias")
    assert seen["parity gap, sex"].answer is Answer.WITHIN
    assert seen["impact ratio, sex"].answer is Answer.BEYOND
    assert not decision.pending


def test_two_small_groups_are_set_aside_by_name(census, adult):
    decision = census.judge(census.flow.train_plain(adult.training), adult.training, adult.held_out)
    aside = census.findings(decision, "bias")["people set aside, race"]
    assert aside.observed == pytest.approx(294 / 16_281)
    assert "Amer-Indian-Eskimo" in aside.remedy
    assert "Other" in aside.remedy
