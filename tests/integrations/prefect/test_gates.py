"""Every gate is heard out, everything is recorded, and what was not measured did not pass."""

import pickle
import sys
import threading
import time

import pytest

from govgate.errors import DeniedError, EvidenceError, ProjectError, StoreError
from govgate.project import Project
from govgate.records import Evidence, Subject

EMAIL = "jane.doe@example.com"


def crash():
    quoted = f"could not convert {EMAIL}"
    raise KeyError(quoted)


def leave():
    sys.exit(0)


def hang():
    time.sleep(4)


def quote():
    try:
        crash()
    except KeyError as why:
        msg = f"cannot read {EMAIL}"
        raise EvidenceError(msg) from why


def about_other_bytes():
    from datetime import UTC, datetime

    return Evidence(
        subject=Subject(name="models:/credit/9", content="sha256:" + "cd" * 32),
        kind="group-outcomes/v1",
        taken_at=datetime(2026, 1, 1, tzinfo=UTC),
        taken_by="a liar",
        population={"rows": 1},
        materials={},
        body={},
    )


NOT_MEASURED = [
    # what the collector does, what people are told
    pytest.param(crash, "KeyError while measuring", id="crash"),
    pytest.param(leave, "SystemExit while measuring", id="exit-0"),
    pytest.param(hang, "no answer in time", id="timeout"),
    pytest.param(quote, "KeyError while measuring", id="quotes-a-row"),
    pytest.param(lambda: True, "returned bool", id="true"),
    pytest.param(lambda: None, "returned NoneType", id="none"),
    pytest.param(about_other_bytes, "not evidence about this model", id="other-bytes"),
]


@pytest.mark.parametrize(("measure", "said"), NOT_MEASURED)
def test_what_was_not_measured_did_not_pass(bank, run, broken, measure, said):
    broken("bias", measure)
    with pytest.raises(DeniedError, match=f"bias: could not be measured: .*{said}") as denied:
        run(lambda: bank.gates(timeout_s=2 if measure is hang else 60))
    assert EMAIL not in str(denied.value)
    assert "bias" in denied.value.failed_gates
    assert "drift" not in denied.value.failed_gates
    assert bank.kinds().count("evidence/v1") == 1  # drift was measured, and recorded
    assert bank.registry.aliases == {}


def test_good_gates_leave_only_the_sign_offs_open(bank, run):
    decided = run(bank.gates)
    assert decided.pending
    assert not decided.allowed
    assert bank.kinds() == ["evidence/v1", "evidence/v1", "policy/v1", "decision/v1"]


def test_every_failing_gate_is_named_before_the_flow_stops(bank, run):
    inputs = bank.inputs(fair=False, drifted=True)
    with pytest.raises(DeniedError) as denied:
        run(lambda: bank.gates(inputs=inputs))
    assert denied.value.failed_gates == ("bias", "drift", "sign-off")
    assert denied.value.exit_code == 10
    assert bank.kinds().count("evidence/v1") == 2
    assert bank.kinds()[-1] == "decision/v1"


def test_a_denied_decision_can_be_asked_for(bank):
    decided = bank.gates(inputs=bank.inputs(fair=False), enforce=False)
    assert not decided.allowed
    assert not decided.pending


def test_a_blocked_model_stays_blocked_when_run_again(bank, run):
    for _ in range(2):
        with pytest.raises(DeniedError):
            run(lambda: bank.gates(inputs=bank.inputs(fair=False)))
    with pytest.raises(DeniedError):  # better numbers later do not wash the first ones away
        run(bank.gates)


def test_earlier_evidence_does_not_excuse_a_run_that_could_not_measure(bank, broken):
    bank.gates()
    broken("bias", crash)
    with pytest.raises(DeniedError, match="could not be measured"):
        bank.gates()
    assert bank.kinds().count("decision/v1") == 1


def test_a_rule_that_only_warns_does_not_stop_a_run(lenient_bank, broken, caplog):
    broken("drift", crash)
    decided = lenient_bank.gates()
    assert decided.pending
    assert "gate drift could not be measured" in caplog.text


def test_a_gate_handed_nothing_has_no_evidence(bank):
    inputs = {"predictions": bank.inputs()["predictions"]}
    with pytest.raises(DeniedError, match="drift: evidence column-drift/v1 is absent"):
        bank.gates(inputs=inputs)


def test_a_gate_handed_half_says_what_is_missing(bank):
    inputs = bank.inputs()
    del inputs["current"]
    with pytest.raises(DeniedError, match="gate drift needs current"):
        bank.gates(inputs=inputs)


def test_a_misspelt_input_is_refused_before_anything_is_measured(bank):
    with pytest.raises(EvidenceError, match="'prediction'"):
        bank.gates(inputs={"prediction": bank.inputs()["predictions"]})
    assert bank.kinds() == []


def test_a_ledger_that_takes_no_evidence_stops_the_flow(bank, run, monkeypatch):
    def full(*_):
        msg = "the disk is full"
        raise StoreError(msg)

    monkeypatch.setattr(Project, "record", full)
    with pytest.raises(StoreError, match="the disk is full"):
        run(bank.gates)
    assert bank.kinds() == []


def test_a_ledger_that_takes_no_decision_stops_the_flow(bank, run, monkeypatch):
    def full(*_):
        msg = "the disk is full"
        raise StoreError(msg)

    monkeypatch.setattr(Project, "decide", full)
    with pytest.raises(StoreError, match="the disk is full"):
        run(bank.gates)


def test_gates_run_side_by_side(bank, run, monkeypatch):
    both = threading.Barrier(2, timeout=30)
    honest = Project.measure_gate

    def meet(self, *asked):
        both.wait()
        return honest(self, *asked)

    monkeypatch.setattr(Project, "measure_gate", meet)
    assert run(bank.gates).pending


@pytest.mark.parametrize(
    "option",
    ["cache_policy", "cache_key_fn", "cache_expiration", "persist_result", "retry_condition_fn"],
)
def test_an_option_that_could_bring_back_an_old_verdict_is_refused(bank, option):
    with pytest.raises(ProjectError, match=option):
        bank.gates(**{option: None})


def test_decisions_and_errors_travel_between_processes(bank):
    decided = bank.gates()
    assert pickle.loads(pickle.dumps(decided)) == decided  # noqa: S301 -- our own bytes
    with pytest.raises(DeniedError) as denied:
        bank.gates(inputs=bank.inputs(fair=False))
    there = pickle.loads(pickle.dumps(denied.value))  # noqa: S301 -- our own bytes
    assert there.args == denied.value.args
    assert there.failed_gates == ("bias", "sign-off")


@pytest.mark.parametrize(("drifted", "kept"), [(True, 1), (False, 0)])
def test_drift_is_drawn_where_it_failed_and_was_asked_for(bank, drifted, kept, caplog):
    bank.gates(inputs=bank.inputs(drifted=drifted), enforce=False, draw_drift=True)
    assert bank.kinds().count("attachment/v1") == kept
    assert ("drift was drawn" in caplog.text) == bool(kept)


def test_a_drawing_that_fails_changes_no_answer(bank, monkeypatch, caplog):
    from govgate.project import Project

    monkeypatch.setattr(Project, "keep_drift_page", crash)
    decided = bank.gates(inputs=bank.inputs(drifted=True), enforce=False, draw_drift=True)
    assert not decided.allowed
    assert "drift could not be drawn" in caplog.text
