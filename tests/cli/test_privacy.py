"""govgate privacy: spends that stand in the ledger, and a budget that counts them all."""

import json

import pytest

from govgate.errors import TamperedError
from govgate.project import open_project, spending

POLICY = """\
name: dp
version: "1"
rules:
  - gate: privacy-budget
    rationale: r
    owner: privacy
    bounds: {max_epsilon: 1.0}
"""
DATA = "sha256:" + "d" * 64


@pytest.fixture
def office(desk):
    desk.policy(POLICY)
    for name in ("a", "b", "c"):
        (desk.folder / name).mkdir()
        (desk.folder / name / "MLmodel").write_text(f"flavors: {{}}  # {name}\n")
    return desk


def spend(desk, model, epsilon, *more, name="", data=DATA):
    words = ["--data", data, "--release", name or model, "--mechanism", "laplace"]
    cost = ["--epsilon", str(epsilon), "--delta", "0"]
    return desk("privacy", "spend", str(desk.folder / model), *words, *cost, *more)


def assess(desk, model):
    return desk("assess", str(desk.folder / model), "--trained-by", "tess")


def failed(desk, model):
    verdict = open_project(desk.folder).latest(str(desk.folder / model)).decision.verdicts[0]
    return [finding.about for finding in verdict.findings if not finding.satisfied]


def test_the_next_release_is_refused_when_the_budget_would_be_exceeded(office):
    assert assess(office, "a") == 10  # nobody said what it cost
    assert failed(office, "a") == ["evidence dp-spend/v1"]
    assert spend(office, "a", 0.4) == 0
    assert assess(office, "a") == 0
    assert spend(office, "b", 0.6) == 0
    assert assess(office, "b") == 0  # exactly the budget
    assert spend(office, "c", 0.001) == 0
    assert assess(office, "c") == 10
    assert failed(office, "c") == ["epsilon, sha256:dddddddddddd (3 releases)"]


def test_first_come_first_served_by_the_order_of_the_ledger(office):
    assert spend(office, "a", 0.6) == 0
    assert spend(office, "b", 0.6) == 0
    # In whatever order they are judged, and however often.
    assert [assess(office, model) for model in ("b", "a", "b", "a")] == [10, 0, 10, 0]
    # Who comes back for more stands behind all that was spent meanwhile.
    assert spend(office, "a", 0.1, name="again") == 0
    assert assess(office, "a") == 10


def test_other_peoples_data_have_a_budget_of_their_own(office, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("age\n3\n")
    assert spend(office, "a", 0.9) == 0
    assert spend(office, "b", 0.9, data=str(table)) == 0
    assert assess(office, "b") == 0


def test_living_on_another_release_is_seen(office):
    assert spend(office, "a", 0.1) == 0
    assert spend(office, "b", 0.1, name="a") == 0
    assert assess(office, "b") == 10
    assert failed(office, "b") == ["releases named twice, sha256:dddddddddddd (2 releases)"]


def test_what_is_recorded_twice_word_for_word_counts_once(office):
    for _ in range(2):
        assert spend(office, "a", 0.6) == 0
    assert assess(office, "a") == 0


@pytest.mark.parametrize("epsilon", ["nan", "inf", "0", "-1"])
def test_a_spend_without_a_number_is_refused_and_not_recorded(office, capsys, epsilon):
    assert spend(office, "a", epsilon) == 3
    assert "epsilon: Input should be" in capsys.readouterr().err
    assert office("privacy", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def evidence(office, model, body):
    project = open_project(office.folder)
    subject = project.subject(str(office.folder / model))
    file = office.folder / "evidence.json"
    whole = {
        "subject": subject.model_dump(mode="json"),
        "kind": "dp-spend/v1",
        "taken_at": project.now().isoformat(),
        "taken_by": "opacus (acme 1)",
        "population": {"releases": 1},
        "materials": {},
        "body": body,
    }
    file.write_text(json.dumps(whole))
    return str(file)


BODY = {"data_set": DATA, "release": "x", "mechanism": "dp-sgd", "epsilon": 0.5, "delta": 0.0}


def test_a_spend_may_come_as_evidence_of_a_training_tool(office):
    model = str(office.folder / "a")
    words = ("--trained-by", "tess", "--evidence", evidence(office, "a", BODY))
    assert office("check", model, *words) == 0
    assert assess(office, "a") == 10  # a check records nothing
    assert office("assess", model, *words) == 0
    assert spend(office, "b", 0.6) == 0
    assert assess(office, "b") == 10


@pytest.mark.parametrize("epsilon", [None, "0.5", -1, 1e999])
def test_evidence_that_cannot_be_counted_never_reaches_the_ledger(office, capsys, epsilon):
    file = evidence(office, "a", BODY | {"epsilon": epsilon})
    words = ("--trained-by", "tess", "--evidence", file)
    assert office("assess", str(office.folder / "a"), *words) == 3
    assert office("privacy", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_spend_that_got_into_the_ledger_unread_stops_later_releases(office, monkeypatch):
    words = ("--trained-by", "tess", "--evidence")
    monkeypatch.setattr("govgate.project.front.require_readable", lambda _: None)
    for model, body in (("b", BODY | {"epsilon": "much"}), ("c", {"data_set": "sha256:other"})):
        file = evidence(office, model, body)
        assert office("assess", str(office.folder / model), *words, file) == 10
    assert spend(office, "a", 0.1) == 0
    assert assess(office, "a") == 10
    assert failed(office, "a") == ["spends that cannot be read"]


def test_a_spend_that_is_too_long_for_an_entry_is_found_all_the_same(office):
    long = evidence(office, "a", BODY)
    record = json.loads((office.folder / "evidence.json").read_text())
    record["population"] = {f"releases {number}": 1 for number in range(4000)}
    (office.folder / "evidence.json").write_text(json.dumps(record))
    words = ("--trained-by", "tess", "--evidence", long)
    assert office("assess", str(office.folder / "a"), *words) == 0
    assert spend(office, "b", 0.6) == 0
    assert assess(office, "b") == 10


def test_a_decision_that_overlooked_a_spend_does_not_hold(office, monkeypatch):
    assert spend(office, "a", 0.6) == 0
    assert spend(office, "b", 0.6) == 0
    with monkeypatch.context() as patch:
        patch.setattr("govgate.project.front.spent_before", lambda *_, **__: ())
        assert assess(office, "b") == 0  # somebody changed the gate runner
    project = open_project(office.folder)
    with pytest.raises(TamperedError, match="does not follow from the ledger"):
        project.recheck(str(office.folder / "b"))
    assert assess(office, "a") == 0
    assert open_project(office.folder).recheck(str(office.folder / "a"))
    # What came later changes nothing of what was decided before.
    assert spend(office, "c", 0.6) == 0
    assert open_project(office.folder).recheck(str(office.folder / "a"))


def test_spends_are_listed_by_data_set(office, capsys):
    assert spend(office, "a", 0.25, "--rho", "0.01") == 0
    assert "epsilon 0.25, delta 0 of sha256:dddd" in capsys.readouterr().out
    assert office("privacy", "list") == 0
    (line,) = capsys.readouterr().out.splitlines()[1:]
    assert line.split() == ["0", "a", DATA, "a", "laplace", "0.25", "0"]
    assert [s.index for s in spending.spends_in(open_project(office.folder).book)] == [0]
