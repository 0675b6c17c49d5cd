"""Handing over a decision that does not hold for this version, here and now."""

import json
import shutil
import time
from base64 import b64decode, b64encode
from datetime import timedelta
from pathlib import Path

from govgate.adapters.clock import SystemClock
from govgate.adapters.keys import create_key
from govgate.project import create_ledger
from govgate.project.book import GATE, Writing
from govgate.records import Attestation, Meaning
from govgate.testing import SetClock
from tests.conftest import Governed
from tests.integrations.mlflow.bypasses.lab import JUDGED, digest_of
from tests.integrations.mlflow.bypasses.probe import Step, probe

_SOON_S = 4.0
"""Long enough to hand a decision over and to set its alias, on a busy machine."""


def handing(side, version, envelope):
    """Hand over an envelope, and set the alias; it landed when the alias names the version."""

    def last():
        answer = side.attest(version, envelope)
        side.set_alias(version)
        return answer

    return Step(last, lambda: side.alias_of(version.name) == version.version)


def edited(side, version, edit):
    """A rightly signed envelope, changed afterwards."""
    text = side.decided(version)
    return edit(json.loads(text)) if side.guarded else text


def elsewhere(side, change=lambda _: None):
    """A copy of the project, with its keys and ledger, changed there."""
    folder = (
        side.governed.folder.parent / f"copy-{len(list(side.governed.folder.parent.iterdir()))}"
    )
    shutil.copytree(side.governed.folder, folder)
    change(folder)
    return Governed(Path(folder))


def decided_by(side, governed, version):
    """Have a version decided in another project than the server's."""
    if not side.guarded:
        return "{}"
    asked = governed.request(version, digest_of(JUDGED), ("champion",))
    governed.project().decide(asked)
    governed.sign(asked.subject.name, "olga", "rami")
    return governed.project().decide(asked).envelope.decode()


@probe("D01", "hands over an envelope without signatures", "BAD_SIGNATURE")
def envelope_without_signatures(side):
    version = side.model()
    return handing(
        side, version, edited(side, version, lambda e: json.dumps({**e, "signatures": []}))
    )


@probe("D02", "edits the signed statement", "BAD_SIGNATURE")
def statement_edited(side):
    def edit(envelope):
        statement = b64decode(envelope["payload"]).replace(b"two-signatures", b"one-signatures")
        return json.dumps({**envelope, "payload": b64encode(statement).decode()})

    version = side.model()
    return handing(side, version, edited(side, version, edit))


@probe("D03", "hands over what is no envelope", "BAD_SIGNATURE")
def no_envelope(side):
    return handing(side, side.model(), '{"decision": "allowed"}')


@probe("D04", "signs with a key of the attacker's own", "BAD_SIGNATURE")
def key_of_ones_own(side):
    version = side.model()
    if not side.guarded:
        return handing(side, version, "{}")

    def rogue(folder):
        for name in ("gate", "gate.pub"):
            (folder / "keys" / name).unlink()
        create_key(folder / "keys" / "gate", "gate")
        shutil.rmtree(folder / "ledger")
        shutil.rmtree(folder / ".govgate", ignore_errors=True)
        create_ledger(folder)

    return handing(side, version, decided_by(side, elsewhere(side, rogue), version))


@probe("D05", "adds spaces to a good envelope", "BAD_SIGNATURE")
def envelope_with_spaces(side):
    version = side.model()
    return handing(side, version, edited(side, version, lambda e: json.dumps(e, indent=1)))


@probe("D06", "gives the statement twice under one key", "BAD_SIGNATURE")
def statement_given_twice(side):
    def edit(envelope):
        good = json.dumps(envelope)
        evil = json.dumps(b64encode(b'{"decision": "allowed"}').decode())
        return good[:-1] + f', "payload": {evil}}}'

    version = side.model()
    return handing(side, version, edited(side, version, edit))


@probe("D07", "hands over the decision about another version", "SUBJECT_MISMATCH")
def decision_about_another_version(side):
    first = side.model()
    return handing(side, side.model(first.name), side.decided(first))


@probe("D08", "hands over the decision about another model", "SUBJECT_MISMATCH")
def decision_about_another_model(side):
    first = side.model()
    return handing(side, side.model(), side.decided(first))


@probe("D09", "hands over a decision made for another registry", "SUBJECT_MISMATCH")
def decision_for_another_registry(side):
    version = side.model()
    if not side.guarded:
        return handing(side, version, "{}")

    def rename(folder):
        settings = folder / "govgate.yaml"
        settings.write_text(settings.read_text().replace("id: mlflow-", "id: other-"))

    return handing(side, version, decided_by(side, elsewhere(side, rename), version))


@probe("D10", "deletes the model, makes it anew, and replays its decision", "SUBJECT_MISMATCH")
def decision_replayed_on_a_new_life(side):
    from tests.integrations.mlflow.bypasses.lab import API

    first = side.model()
    envelope = side.decided(first)
    side.ok("DELETE", f"{API}/registered-models/delete", name=first.name)
    return handing(side, side.model(first.name), envelope)


@probe("D11", "replays an allowed version's decision on the next one", "SUBJECT_MISMATCH")
def decision_replayed_on_the_next_version(side):
    first = side.promoted()
    envelope = side.tags(first).get("govgate.attestation", "{}")
    return handing(side, side.model(first.name), envelope)


@probe("D12", "hands over a decision that lacks a signature", "PENDING")
def decision_that_lacks_a_signature(side):
    version = side.model()
    return handing(side, version, side.decided(version, people=("olga",)))


@probe("D13", "hands over a decision that somebody rejected", "NOT_ALLOWED")
def decision_that_was_rejected(side):
    version = side.model()
    envelope = side.decided(version)
    if side.guarded:
        model = f"models:/{version.name}/{version.version}"
        side.governed.sign(model, "rami", meaning=Meaning.REJECTION)
        project = side.governed.project()
        envelope = project.decide(side.request(version)).envelope.decode()
    return handing(side, version, envelope)


@probe("D14", "hands over a decision that has expired", "EXPIRED")
def decision_of_last_month(side):
    version = side.model()
    return handing(side, version, decided_before(side, version, timedelta(days=31)))


def decided_before(side, version, ago):
    """Have a version decided as if so long ago; a decision allows for 30 days."""
    if not side.guarded:
        return "{}"
    project = side.governed.project()
    project._clock = SetClock(SystemClock().now() - ago)
    request = side.request(version)
    project.decide(request)
    for person, role in (("olga", "model-owner"), ("rami", "risk")):
        model = request.subject.name
        draft = project.draft_sign_off(model, person, role, Meaning.APPROVAL)
        project.sign(model, draft, side.governed.key(person))
    return project.decide(request).envelope.decode()


@probe("D25", "reads through an alias whose decision has expired since", "EXPIRED")
def alias_that_outlived_its_decision(side):
    version = side.model()
    envelope = decided_before(side, version, timedelta(days=30) - timedelta(seconds=_SOON_S))
    until = time.monotonic() + (_SOON_S if side.guarded else 0.0)
    assert side.attest(version, envelope).ok
    assert side.set_alias(version).ok
    time.sleep(max(0.0, until - time.monotonic()))
    return Step(lambda: side.resolve(version.name), lambda: side.served(version.name) is not None)


@probe("D15", "hands over a decision under another policy", "POLICY_OUTDATED")
def decision_under_another_policy(side):
    version = side.model()
    if not side.guarded:
        return handing(side, version, "{}")

    def loosen(folder):
        policy = folder / "policy.yaml"
        text = policy.read_text().replace('version: "1"', 'version: "0"')
        policy.write_text(text.replace("{model-owner: 1, risk: 1}", "{model-owner: 1}"))

    return handing(side, version, decided_by(side, elsewhere(side, loosen), version))


@probe("D16", "hands over a decision under another people file", "POLICY_OUTDATED")
def decision_under_other_people(side):
    version = side.model()
    if not side.guarded:
        return handing(side, version, "{}")

    def enlist(folder):
        people = folder / "people.yaml"
        people.write_text(people.read_text().replace("roles: [risk]", "roles: [risk, boss]"))

    return handing(side, version, decided_by(side, elsewhere(side, enlist), version))


@probe("D17", "with a stolen gate key, allows what people did not sign", "SIGN_OFF")
def stolen_gate_key(side):
    version = side.model()
    return handing(side, version, forged(side, version))


def forged(side, version):
    """An allowing decision that the gate key signs and the ledger holds, without its sign-offs."""
    if not side.guarded:
        return "{}"
    side.decided(version)
    project = side.governed.project()
    model = f"models:/{version.name}/{version.version}"
    decision = project.latest(model).decision
    writing = Writing(
        "decision/v1", decision.request.subject, Attestation(decision=decision, sign_offs=())
    )
    project.book.write([writing], project.book.gate_signer(), GATE)
    project.book.publish()
    return project.latest(model).envelope.decode()


@probe("D18", "with a stolen gate key, lets the trainer's own signature count", "SIGN_OFF")
def signature_of_the_trainer(side):
    version = side.model()
    if not side.guarded:
        return handing(side, version, "{}")
    project = side.governed.project()
    decided = project.latest(_signed_by(side, version)).decision
    attestation = Attestation(decision=decided, sign_offs=())
    trained = decided.request.model_copy(update={"trained_by": "olga"})
    attestation = attestation.model_copy(
        update={"decision": decided.model_copy(update={"request": trained})}
    )
    writing = Writing("decision/v1", decided.request.subject, attestation)
    project.book.write([writing], project.book.gate_signer(), GATE)
    project.book.publish()
    return handing(side, version, list(project.book.entries())[-1].envelope.decode())


def _signed_by(side, version):
    side.decided(version)
    return f"models:/{version.name}/{version.version}"


@probe("D19", "with stolen keys, keeps the decision out of the ledger", "NOT_IN_LEDGER")
def decision_kept_out_of_the_ledger(side):
    version = side.model()
    if not side.guarded:
        return handing(side, version, "{}")
    return handing(side, version, decided_by(side, elsewhere(side), version))


@probe("D20", "hands over the decision about other bytes than are there", "DIGEST_MISMATCH")
def decision_about_other_bytes(side):
    version = side.model(files={**JUDGED, "evil.py": b"import os\n"})
    return handing(side, version, side.decided(version))


@probe("D21", "swaps the bytes between the judgement and the handing over", "DIGEST_MISMATCH")
def bytes_swapped_before_the_handing_over(side):
    version = side.model()
    envelope = side.decided(version)
    assert side.put(f"{version.path}/evil.py", b"import os\n").ok
    return handing(side, version, envelope)


@probe("D22", "hands over a sign-off instead of a decision", "MALFORMED")
def sign_off_instead_of_a_decision(side):
    version = side.model()
    if not side.guarded:
        return handing(side, version, "{}")
    side.decided(version)
    entries = side.governed.project().book.entries(digest_of(JUDGED).removeprefix("sha256:"))
    signed = [e for e in entries if e.kind == "sign-off/v1"]
    return handing(side, version, signed[-1].envelope.decode())


@probe("D23", "hands over an envelope nested 20,000 deep", "BAD_SIGNATURE")
def envelope_nested_deep(side):
    return handing(side, side.model(), "[" * 20_000)


@probe("D24", "hands over an envelope of a million letters", "malformed")
def envelope_too_long(side):
    return handing(side, side.model(), "x" * 1_000_000)
