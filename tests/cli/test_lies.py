"""Somebody with a key of their own, or with the gate's, writes what is not theirs to write."""

from datetime import timedelta

import pytest

from govgate.adapters.keys import FileSigner
from govgate.engine import sentence
from govgate.errors import AuthorityError
from govgate.ledger import Actor, ActorKind
from govgate.project import open_project
from govgate.project.book import Writing
from govgate.records import Meaning, SignOff, Waiver


@pytest.fixture
def project(desk, frame, policy_text):
    desk.policy(policy_text.replace("owner: risk", "owner: risk\n    waivable_by: [risk]", 1))
    desk.assess(frame(f=500))
    return open_project(desk.folder)


def write(desk, project, record, kind, person):
    subject = project.latest(desk.model).decision.request.subject
    signer = FileSigner(desk.folder / "people" / person)
    actor = Actor(kind=ActorKind.HUMAN, id=person)
    project.book.write([Writing(kind, subject, record)], signer, actor)
    project.book.publish()


def waiver(project, desk, granted_by):
    return Waiver(
        subject_content=project.latest(desk.model).decision.request.subject.content,
        gate="bias",
        reason="r",
        granted_by=granted_by,
        granted_at=project.now(),
        expires_at=project.now() + timedelta(days=1),
    )


def test_a_sign_off_in_anothers_name_counts_for_nobody(desk, project):
    request = project.latest(desk.model).decision.request
    package = project.judge(request).package
    forged = SignOff(
        package=package.digest,
        signed_by="olga",
        role="model-owner",
        meaning=Meaning.APPROVAL,
        sentence=sentence(package, Meaning.APPROVAL, "model-owner"),
        signed_at=project.now(),
    )
    write(desk, project, forged, "sign-off/v1", "rami")
    assert project.judge(request).sign_offs == ()
    write(desk, project, forged, "sign-off/v1", "olga")
    assert project.judge(request).sign_offs == (forged.digest,)


def test_a_waiver_in_anothers_name_waives_nothing(desk, project):
    request = project.latest(desk.model).decision.request
    write(desk, project, waiver(project, desk, "rami"), "waiver/v1", "olga")
    assert project.judge(request).outcomes["bias"] == "failed"
    write(desk, project, waiver(project, desk, "rami"), "waiver/v1", "rami")
    assert project.judge(request).outcomes["bias"] == "waived"


@pytest.mark.usefixtures("project")
def test_a_trainer_waives_nothing_whatever_the_role(desk):
    people = desk.folder / "people.yaml"
    people.write_text(people.read_text().replace("roles: [trainer]", "roles: [trainer, risk]"))
    again = open_project(desk.folder)
    with pytest.raises(AuthorityError, match="trained"):
        again.waive(desk.model, waiver(again, desk, "tess"), desk.folder / "people" / "tess")


def test_evidence_that_came_after_a_decision_does_not_belie_it(desk, project, frame):
    request = project.latest(desk.model).decision.request
    frame().to_parquet(desk.folder / "later.parquet")
    later = project.measure(request, {"predictions": str(desk.folder / "later.parquet")})
    project.record(later)
    assert desk("verify", desk.model) == 0


def test_a_person_with_the_gates_key_is_refused(desk, capsys):
    gate = (desk.folder / "keys" / "gate.pub").read_text().strip()
    people = desk.folder / "people.yaml"
    people.write_text(people.read_text() + f'  - {{id: eve, name: Eve, keys: ["{gate}"]}}\n')
    assert desk("ledger", "verify") == 11
    assert "eve holds a gate runner's key" in capsys.readouterr().err


def test_the_trainer_does_not_change_once_it_is_recorded(desk, project, capsys):
    assert desk("assess", desk.model, "--trained-by", "rami") == 2
    assert "the ledger says that tess trained" in capsys.readouterr().err
    assert project.request(desk.model).trained_by == "tess"


def test_the_same_bytes_under_another_name_keep_their_trainer(desk, project, capsys):
    (desk.folder / "model").rename(desk.folder / "renamed")
    assert desk("assess", str(desk.folder / "renamed"), "--trained-by", "rami") == 2
    assert "the ledger says that tess trained renamed" in capsys.readouterr().err
    assert project.request(str(desk.folder / "renamed")).trained_by == "tess"
