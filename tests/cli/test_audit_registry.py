"""What people and machines are told of a registry that was held against the ledger."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from govgate.cli.main import main
from govgate.project import Drift, Reconciled, StandingAdoption

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADOPTED = StandingAdoption("models:/credit/1", ("champion",), "rami", UNTIL, "")
AUDITED = Drift("models:/trial/3 @champion", "NO_ATTESTATION", "no decision; run govgate promote")
WRONG = Drift("models:/credit/2 @prod", "NOT_SEALED", "was not sealed; run govgate promote")
AGREES = Reconciled(4, 2, 1, 2, (), (), ())


@dataclass
class Answering:
    """Stands for a project whose audit was done already."""

    found: Reconciled
    asked: dict

    def audit_registry(self, **asked):
        self.asked.update(asked)
        return self.found


@pytest.fixture
def audit(monkeypatch, capsys):
    def run(found, *words):
        asked = {}
        project = Answering(found, asked)
        monkeypatch.setattr("govgate.cli.audit_registry.opened", lambda _: project)
        return main(["audit", "registry", *words]), capsys.readouterr().out, asked

    return run


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (AGREES, 0),  # OK
        (replace(AGREES, audited=(AUDITED,)), 0),  # OK: let through, and said so
        (replace(AGREES, adopted=(ADOPTED,)), 0),  # OK
        (replace(AGREES, drift=(WRONG,)), 10),  # NOT OK
        (replace(AGREES, drift=(WRONG,), audited=(AUDITED,)), 10),  # NOT OK
    ],
)
def test_only_what_went_past_the_server_ends_it_with_ten(audit, found, code):
    assert audit(found)[0] == code


def test_people_are_told_of_adoptions_and_of_what_is_only_audited(audit):
    ended = replace(ADOPTED, about="models:/old/7", why_not="EXPIRED")
    found = replace(AGREES, adopted=(ADOPTED, ended), audited=(AUDITED,))

    said = audit(found)[1]

    rows = [line.split() for line in said.splitlines()]
    until = ["2026-03-01", "12:00"]
    assert ["models:/credit/1", "champion", "rami", *until, "yes"] in rows
    assert ["models:/old/7", "champion", "rami", *until, "EXPIRED"] in rows
    assert "models:/trial/3 @champion" in said
    assert "2 sealed copies hashed" in said


def test_machines_are_told_the_same(audit):
    found = replace(AGREES, adopted=(ADOPTED,), audited=(AUDITED,), drift=(WRONG,))

    said = json.loads(audit(found, "--json")[1])

    assert said["adopted"][0]["expires_at"] == "2026-03-01T12:00:00Z"
    assert [d["reason"] for d in said["audited"]] == ["NO_ATTESTATION"]
    assert [d["reason"] for d in said["drift"]] == ["NOT_SEALED"]


def test_all_copies_are_hashed_on_demand(audit):
    assert audit(AGREES)[2] == {"all_copies": False}
    assert audit(AGREES, "--all-copies")[2] == {"all_copies": True}
