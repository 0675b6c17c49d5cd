"""From what a user hands over to evidence."""

import pandas as pd
import pytest

from govgate.collect.encryption import EncryptionCollector
from govgate.collect.group_outcomes import GroupOutcomesCollector
from govgate.errors import EvidenceError, PolicyError
from govgate.policy import read_policy
from govgate.project.measuring import is_measurable, measure_rule, open_inputs, options_of
from govgate.project.surroundings import Around

POLICY = """
name: p
version: "1"
rules:
  - gate: bias
    rationale: r
    owner: o
    bounds: {attributes: [sex], max_opportunity_gap: null, max_odds_gap: null}
    collect: {label: null}
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "p.parquet"
    pd.DataFrame({"sex": ["f", "m"] * 50, "prediction": [0, 1, 1, 0] * 25}).to_parquet(path)
    return path


def test_evidence_names_what_was_measured_and_how_much(request_, table):
    rule = read_policy(POLICY).rules[0]
    evidence = measure_rule(rule, request_.subject, open_inputs({"predictions": str(table)}, None))
    assert evidence.population["rows"] == 100
    assert evidence.materials["predictions"].startswith("sha256:")
    assert evidence.taken_by.startswith("group-outcomes/v1 (govgate ")


def test_a_file_swapped_while_it_is_measured_is_refused(request_, table, monkeypatch):
    real = GroupOutcomesCollector.measure

    def swap(self, *given):
        measured = real(self, *given)
        pd.DataFrame({"sex": ["f"], "prediction": [0]}).to_parquet(table)
        return measured

    monkeypatch.setattr(GroupOutcomesCollector, "measure", swap)
    with pytest.raises(EvidenceError, match="changed while it was read; hand over"):
        measure_rule(
            read_policy(POLICY).rules[0],
            request_.subject,
            open_inputs({"predictions": str(table)}, None),
        )


def test_without_its_table_a_rule_has_no_evidence(request_):
    assert measure_rule(read_policy(POLICY).rules[0], request_.subject, {}) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        # NOT OK: a misspelt option, an option of the wrong kind, options nobody reads
        (
            "label: null",
            "lable: x",
            "line 9, column 15: unknown field 'lable'; did you mean 'label'",
        ),
        ("label: null", "label: 3", "not text; put it in quotes"),
        (
            (
                "gate: bias\n    rationale: r\n    owner: o\n    bounds: {attributes: [sex], "
                "max_opportunity_gap: null, max_odds_gap: null}"
            ),
            "gate: sign-off\n    rationale: r\n    owner: o",
            "nothing collects for gate 'sign-off'; remove `collect`",
        ),
    ],
    ids=["misspelt", "kind", "unread"],
)
def test_wrong_collect_options_are_refused_with_their_place(old, new, says):
    with pytest.raises(PolicyError) as caught:
        read_policy(POLICY.replace(old, new), "policy.yaml", options_of)
    assert says in str(caught.value)


PLACES = """
name: p
version: "1"
rules:
  - gate: encryption
    rationale: r
    owner: o
    collect: {places: [data], connections: []}
"""


@pytest.fixture
def here(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_bytes(b"x")
    return Around(tmp_path, {})


def test_places_are_measured_without_a_table_and_named_by_what_is_there(request_, here, tmp_path):
    rule = read_policy(PLACES).rules[0]
    assert is_measurable(rule, {})
    one = measure_rule(rule, request_.subject, {}, around=here)
    assert one.population == {"files": 1}
    assert one.materials == measure_rule(rule, request_.subject, {}, around=here).materials
    (tmp_path / "data" / "b").write_bytes(b"x")
    assert one.materials != measure_rule(rule, request_.subject, {}, around=here).materials


def test_a_place_that_is_not_there_is_recorded_as_unknown(request_, tmp_path):
    rule = read_policy(PLACES).rules[0]
    evidence = measure_rule(rule, request_.subject, {}, around=Around(tmp_path, {}))
    assert evidence.population == {"files": 0}
    assert evidence.materials.keys() == {"data"}


def test_a_place_that_changes_while_it_is_looked_at_is_refused(
    request_, here, tmp_path, monkeypatch
):
    real = EncryptionCollector.survey

    def write(self, *given):
        measured = real(self, *given)
        (tmp_path / "data" / "b").write_bytes(b"x")
        return measured

    monkeypatch.setattr(EncryptionCollector, "survey", write)
    with pytest.raises(EvidenceError, match="changed while encryption was measured"):
        measure_rule(read_policy(PLACES).rules[0], request_.subject, {}, around=here)


def test_where_nobody_looks_around_places_have_no_evidence(request_):
    assert measure_rule(read_policy(PLACES).rules[0], request_.subject, {}) is None


def test_a_rule_without_places_is_refused_with_its_line():
    with pytest.raises(PolicyError, match="places"):
        read_policy(PLACES.replace("places: [data], ", ""), "policy.yaml", options_of)
