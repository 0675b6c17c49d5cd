"""Pictures are drawn from the evidence a decision considered; a broken one changes nothing."""

import pytest

from govgate.gates.bias import Bias
from govgate.plot import Bars
from govgate.project import create_project, open_project
from govgate.records import Request, Subject

CONTENT = "sha256:" + "ab" * 32
POLICY = """\
name: p
version: "1"
rules:
  - gate: bias
    rationale: r
    owner: o
    bounds: {attributes: [sex], max_opportunity_gap: null, max_odds_gap: null}
    collect: {label: null}
"""
REQUEST = Request(subject=Subject(name="m", content=CONTENT), trained_by="tess")


@pytest.fixture
def project(tmp_path):
    create_project(tmp_path / "p", name="p")
    (tmp_path / "p" / "policy.yaml").write_text(POLICY)
    return open_project(tmp_path / "p")


def measured(project, fair=50):
    chosen = [1] * fair + [0] * (100 - fair) + [1] * 50 + [0] * 50
    people = {"sex": ["f"] * 100 + ["m"] * 100, "prediction": chosen}
    return project.measure(REQUEST, {"predictions": people})


def people_of(_gate, body, bounds):
    assert bounds.attributes == (("sex",),)
    groups = {cell.groups[0]: float(cell.selected) for cell in body.cells}
    return (Bars("selected", tuple(groups), {"people": tuple(groups.values())}, "{person}"),)


def test_a_gate_draws_the_newest_evidence_that_was_considered(project, monkeypatch):
    monkeypatch.setattr(Bias, "plots", people_of)
    project.record(measured(project, 10))
    later = measured(project, 20)
    decision = project.judge(REQUEST, later)
    (picture,) = project.pictures(decision, later)["bias"]
    assert picture.series["people"] == (20.0, 50.0)
    # what was not judged is not drawn, though it is newer
    (picture,) = project.pictures(decision, [*later, *measured(project, 30)])["bias"]
    assert picture.series["people"] == (20.0, 50.0)


def broken(*_):
    msg = "a name of a person"
    raise RuntimeError(msg)


@pytest.mark.parametrize(
    "plots", [broken, lambda *_: None, lambda *_: [3]], ids=["raises", "none", "odd"]
)
def test_a_picture_that_fails_is_left_out_and_its_words_are_not_logged(
    project, monkeypatch, caplog, plots
):
    evidence = measured(project)
    before = project.judge(REQUEST, evidence)
    monkeypatch.setattr(Bias, "plots", plots)
    decision = project.judge(REQUEST, evidence)
    assert decision.verdicts == before.verdicts
    assert project.pictures(decision, evidence) == {}
    assert "a name of a person" not in caplog.text
    assert ("bias" in caplog.text) == (plots is broken)
