"""Assess, sign, assess again, verify: the main job on a model folder, through the words."""

import json
import shutil

import pytest

from govgate.errors import DeniedError
from govgate.project import Project, open_project
from govgate.project.book import GATE, Writing
from govgate.records import Attestation


def outcome(desk, capsys) -> tuple[int, dict]:
    capsys.readouterr()
    code = desk("check", desk.model, "--json")
    return code, json.loads(capsys.readouterr().out)


def test_a_new_project_is_healthy_and_its_ledger_empty(desk, capsys):
    assert desk("ledger", "verify") == 0
    assert "nothing is published yet" in capsys.readouterr().out


def test_an_emptied_ledger_is_no_new_one(desk, frame):
    desk.assess(frame())
    for name in ("commits", "tile", "checkpoints", "checkpoint"):
        path = desk.folder / "ledger" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert desk("ledger", "verify") == 20
    assert desk("check", desk.model) == 20


def test_two_signatures_of_the_right_people_allow(desk, frame, capsys):
    assert desk.assess(frame()) == 10
    assert "PENDING sign-off" in capsys.readouterr().out
    assert desk.sign("olga") == 0
    assert outcome(desk, capsys)[0] == 10
    assert desk.sign("rami") == 0
    assert outcome(desk, capsys)[0] == 0
    assert desk.assess() == 0
    assert desk("ledger", "verify") == 0
    assert desk("verify", desk.model) == 0
    assert "the same answer to the byte" in capsys.readouterr().out


def test_a_model_in_quarantine_is_not_explained_as_free(desk, frame, capsys, monkeypatch):
    desk.assess(frame())
    desk.sign("olga")
    desk.sign("rami")
    desk("explain", desk.model)
    assert "nothing blocks it" in capsys.readouterr().out

    def stopped(*_):
        msg = "in quarantine by gate (leaks)"
        raise DeniedError(msg, "QUARANTINED", "")

    monkeypatch.setattr(Project, "require_unstopped", stopped)
    desk("explain", desk.model)
    said = capsys.readouterr().out
    assert "in quarantine by gate (leaks)" in said
    assert "nothing blocks it" not in said
    desk("explain", desk.model, "--json")
    assert "in quarantine" in json.loads(capsys.readouterr().out)["quarantine"]


def test_an_unfair_model_stays_denied_whoever_signs(desk, frame, capsys):
    assert desk.assess(frame(f=800)) == 10
    desk.sign("olga")
    desk.sign("rami")
    code, said = outcome(desk, capsys)
    assert code == 10
    gap = next(f for f in said["verdicts"][0]["findings"] if f["about"] == "parity gap, sex")
    assert gap["observed"] == 0.1
    assert gap["interval"]["high"] > gap["limit"]["value"]
    desk("explain", desk.model)
    assert "next step" in capsys.readouterr().out


def test_measuring_again_does_not_clear_a_bad_measurement(desk, frame, capsys):
    desk.assess(frame(f=800))
    desk.assess(frame())
    desk.sign("olga")
    desk.sign("rami")
    assert outcome(desk, capsys)[0] == 10


def test_new_evidence_needs_new_signatures(desk, frame, capsys):
    desk.assess(frame())
    desk.sign("olga")
    desk.sign("rami")
    assert outcome(desk, capsys)[0] == 0
    desk.assess(frame(f=1001))
    assert outcome(desk, capsys)[0] == 10
    desk.sign("olga")
    desk.sign("rami")
    assert outcome(desk, capsys)[0] == 0


def test_a_rejection_vetoes_until_the_same_person_approves(desk, frame, capsys):
    desk.assess(frame())
    desk.sign("olga")
    desk.sign("rami", "--reject")
    assert outcome(desk, capsys)[0] == 10
    desk.sign("rami")
    assert outcome(desk, capsys)[0] == 0


def waive(desk, person="rami", gate="bias", days="14", reason="a pilot of ten people"):
    words = ["--as", person, "--gate", gate, "--days", days, "--reason", reason]
    return desk("waive", desk.model, *words, "--key", str(desk.folder / "people" / person))


def test_a_waiver_passes_one_gate_hides_nothing_and_needs_new_signatures(
    desk, frame, capsys, policy_text
):
    desk.policy(policy_text.replace("owner: risk", "owner: risk\n    waivable_by: [risk]", 1))
    desk.assess(frame(f=500))
    desk.sign("olga")
    desk.sign("rami")
    assert waive(desk) == 0
    code, said = outcome(desk, capsys)
    assert code == 10
    desk.sign("olga")
    desk.sign("rami")
    code, said = outcome(desk, capsys)
    assert code == 0
    assert said["verdicts"][0]["waiver"]
    assert any(f["observed"] > f["limit"]["value"] for f in said["verdicts"][0]["findings"][2:3])


@pytest.mark.parametrize(
    ("who", "code"),
    [
        # NOT OK: another role, the trainer, no end, too long, no reason, a gate nobody may waive
        ({"person": "olga"}, 11),
        ({"person": "tess"}, 11),
        ({"days": "0"}, 11),
        ({"days": "367"}, 11),
        ({"days": "-3"}, 11),
        ({"days": "99999999999"}, 11),
        ({"reason": " "}, 11),
        ({"gate": "sign-off"}, 11),
        ({"gate": "*"}, 11),
    ],
    ids=str,
)
def test_who_may_not_waive_is_told_so(desk, frame, capsys, policy_text, who, code):
    desk.policy(policy_text.replace("owner: risk", "owner: risk\n    waivable_by: [risk]", 1))
    desk.assess(frame(f=500))
    assert waive(desk, **who) == code
    assert ";" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--as", "tess", "--role", "risk"], "does not hold role risk"),
        (["--as", "tess", "--role", "trainer"], "trained"),
        (["--as", "olga", "--role", "risk"], "does not hold role risk"),
        (["--as", "mallory", "--role", "risk"], "does not hold role risk"),
    ],
)
def test_who_may_not_sign_is_told_so(desk, frame, capsys, words, says):
    desk.assess(frame())
    key = str(desk.folder / "people" / "tess")
    assert desk("sign", desk.model, *words, "--key", key, "--yes") == 11
    assert says in capsys.readouterr().err


def test_another_persons_key_is_refused(desk, frame, capsys):
    desk.assess(frame())
    assert desk.sign("olga", key="rami") == 11
    assert "is the key of rami" in capsys.readouterr().err


def test_a_key_that_others_can_read_is_refused(desk, frame, capsys):
    desk.assess(frame())
    (desk.folder / "people" / "olga").chmod(0o644)
    assert desk.sign("olga") == 11
    assert "chmod 600" in capsys.readouterr().err


def test_nobody_signs_by_accident(desk, frame, capsys, monkeypatch):
    desk.assess(frame())
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    key = str(desk.folder / "people" / "olga")
    assert desk("sign", desk.model, "--as", "olga", "--role", "model-owner", "--key", key) == 11
    assert "--yes" in capsys.readouterr().err


def test_one_changed_byte_of_the_ledger_is_found(desk, frame, capsys):
    desk.assess(frame())
    assert desk("ledger", "verify") == 0
    victim = next((desk.folder / "ledger" / "commits").iterdir())
    data = bytearray(victim.read_bytes())
    data[-20] ^= 1
    victim.chmod(0o600)
    victim.write_bytes(data)
    assert desk("ledger", "verify") == 20
    assert ";" in capsys.readouterr().err


def test_a_ledger_put_back_to_an_older_state_is_found(desk, frame, capsys, tmp_path):
    desk.assess(frame())
    shutil.copytree(desk.folder / "ledger", tmp_path / "old")
    desk.sign("olga")
    shutil.rmtree(desk.folder / "ledger")
    shutil.copytree(tmp_path / "old", desk.folder / "ledger")
    assert desk("ledger", "verify") == 20
    assert "had 4 entries when the pinned checkpoint was taken" in capsys.readouterr().err
    assert desk.assess() == 20
    assert desk.sign("rami") == 20
    assert len(list((desk.folder / "ledger" / "checkpoints").iterdir())) == 1


def test_a_forked_ledger_is_neither_read_nor_published(desk, frame, capsys, tmp_path):
    desk.assess(frame())
    shutil.copytree(desk.folder / "ledger", tmp_path / "old")
    desk.sign("olga")
    head = (desk.folder / ".govgate" / "head").read_bytes()
    shutil.rmtree(desk.folder / "ledger")
    shutil.copytree(tmp_path / "old", desk.folder / "ledger")
    (desk.folder / ".govgate" / "head").unlink()
    desk.sign("rami")
    desk.sign("olga")
    (desk.folder / ".govgate" / "head").write_bytes(head)
    capsys.readouterr()
    for words in (("ledger", "verify"), ("check", desk.model), ("assess", desk.model)):
        assert desk(*words) == 20
        assert "it was forked" in capsys.readouterr().err


def test_a_junk_commit_stops_nothing_and_judges_nothing(desk, frame, capsys):
    desk.assess(frame())
    (desk.folder / "ledger" / "commits" / f"{3:020d}").write_bytes(b"junk")
    assert desk.sign("olga") == 0
    assert desk.sign("rami") == 0
    assert desk.assess() == 0
    assert desk("ledger", "verify") == 0
    assert "is no commit" in capsys.readouterr().out


def test_a_decision_that_hides_evidence_fails_its_recheck(desk, frame, capsys):
    desk.assess(frame(f=800))
    project = open_project(desk.folder)
    lie = project.latest(desk.model).decision
    hidden = lie.model_copy(update={"considered": (), "verdicts": lie.verdicts[1:]})
    attestation = Attestation(decision=hidden, sign_offs=())
    writing = Writing("decision/v1", lie.request.subject, attestation)
    project.book.write([writing], project.book.gate_signer(), GATE)
    project.book.publish()
    assert desk("verify", desk.model) == 20
    assert "does not follow from the ledger" in capsys.readouterr().err
