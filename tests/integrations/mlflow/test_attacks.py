"""Attacks on a registry behind a real guard, each refused, and the one way through.

Each attack prepares what it needs, and gives the last step, which must be
refused with the reason beside its name. Without the guard MLflow 3.17.2 lets
every one of them through.
"""

import json
import shutil
from base64 import b64decode, b64encode
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from mlflow.entities.model_registry import RegisteredModelTag
from mlflow.exceptions import MlflowException

from govgate.adapters.clock import SystemClock
from govgate.project.book import GATE, Writing
from govgate.records import Attestation, Meaning
from govgate.testing import SetClock

ATTACKS = []


def attack(number, reason):
    def add(function):
        ATTACKS.append(pytest.param(function, reason, id=f"{number}-{function.__name__}"))
        return function

    return add


def test_there_is_a_way_through(real):
    version = real.registry.register()
    real.attest(version, real.decided(version, ("champion", "stage:Production")))

    real.alias()()
    real.stage("Production")()

    assert real.store.get_model_version_by_alias("credit", "champion").version == 1
    assert real.store.get_latest_versions("credit", ["Production"])[0].version == 1
    tags = real.registry.tags(version)
    assert real.store.get_model_version_download_uri("credit", "1") == tags["govgate.sealed_uri"]
    assert tags["govgate.decision"] == "allowed"
    assert tags["govgate.policy"] == "two-signatures 1"
    assert tags["govgate.gates"] == "sign-off=passed"
    assert tags["govgate.signers"] == "olga (model-owner), rami (risk)"
    assert int(tags["govgate.log.size"]) > int(tags["govgate.log.index"])
    assert tags["govgate.recorded_by"] == "anonymous"
    page = (Path(__file__).parents[3] / "docs" / "spec" / "registry-tags.md").read_text()
    assert [key for key in tags if f"`{key}`" not in page] == []


def test_a_version_allowed_once_can_be_rolled_back_to(real):
    real.promoted()
    second = real.attested(text="better weights")
    real.alias(str(second.version))()

    real.alias("1")()

    assert real.store.get_model_version_by_alias("credit", "champion").version == 1


def test_a_free_alias_of_the_policy_needs_nothing(real):
    real.registry.register()

    real.alias(alias="candidate")()
    real.alias(alias="CANDIDATE")()

    assert real.store.get_model_version_by_alias("credit", "candidate").version == 1


@attack("B01", "NO_ATTESTATION")
def alias_without_a_decision(real):
    real.registry.register()
    return real.alias()


@attack("B03", "MALFORMED")
def alias_in_wide_letters(real):
    real.attested()
    return real.alias(alias="\uff23\uff28\uff21\uff2d\uff30\uff29\uff2f\uff2e")


@attack("B04", "MALFORMED")
def alias_with_a_newline(real):
    real.attested()
    return real.alias(alias="champion\n")


@attack("B04b", "NO_ATTESTATION")
def alias_in_capitals(real):
    real.registry.register()
    return real.alias(alias="Champion")


@attack("B05", "NO_ATTESTATION")
def version_with_a_zero_in_front(real):
    real.attested()
    real.registry.register()
    return real.alias("02")


@attack("B06", "NO_ATTESTATION")
def stage_in_capitals(real):
    real.registry.register()
    return real.stage("PRODUCTION")


@attack("B06b", "TARGET_MISMATCH")
def stage_with_a_decision_for_an_alias(real):
    real.attested()
    return real.stage("Production")


@attack("B06c", "TARGET_MISMATCH")
def another_alias_than_the_decision_names(real):
    real.attested(aliases=("challenger",))
    return real.alias()


@attack("B07", "RESERVED_TAG")
def a_tag_that_says_allowed(real):
    return real.tag(real.registry.register(), "GovGate.decision", "allowed")


@attack("B08", "BAD_SIGNATURE")
def envelope_without_signatures(real):
    version = real.registry.register()
    envelope = json.loads(real.decided(version))
    return real.tag(version, "govgate.attestation", json.dumps({**envelope, "signatures": []}))


@attack("B08b", "BAD_SIGNATURE")
def envelope_whose_statement_was_edited(real):
    version = real.registry.register()
    envelope = json.loads(real.decided(version))
    statement = b64decode(envelope["payload"]).replace(b"two-signatures", b"one-signatures")
    envelope["payload"] = b64encode(statement).decode()
    return real.tag(version, "govgate.attestation", json.dumps(envelope))


@attack("B08c", "BAD_SIGNATURE")
def what_is_no_envelope_at_all(real):
    return real.tag(real.registry.register(), "govgate.attestation", '{"decision": "allowed"}')


@attack("B09", "BAD_SIGNATURE")
def decision_signed_by_a_key_of_ones_own(real):
    from govgate.adapters.keys import create_key

    version = real.registry.register()
    rogue = real.elsewhere(str)
    for name in ("gate", "gate.pub"):
        (rogue.governed.folder / "keys" / name).unlink()
    create_key(rogue.governed.folder / "keys" / "gate", "gate")
    shutil.rmtree(rogue.governed.folder / "ledger")
    shutil.copytree(real.governed.folder / "ledger", rogue.governed.folder / "ledger")
    return real.tag(version, "govgate.attestation", rogue.decided(version))


@attack("B10", "SUBJECT_MISMATCH")
def decision_about_another_version(real):
    first, second = real.registry.register(), real.registry.register()
    return real.tag(second, "govgate.attestation", real.decided(first))


@attack("B10b", "SUBJECT_MISMATCH")
def decision_about_another_model_with_the_same_bytes(real):
    credit, other = real.registry.register(), real.registry.register("other")
    return real.tag(other, "govgate.attestation", real.decided(credit))


@attack("B11", "SUBJECT_MISMATCH")
def decision_for_another_registry(real):
    version = real.registry.register()
    other = real.elsewhere(lambda settings: settings.replace("id: mlflow-", "id: other-"))
    return real.tag(version, "govgate.attestation", other.decided(version))


@attack("B12", "PENDING")
def decision_that_lacks_a_signature(real):
    version = real.registry.register()
    return real.tag(version, "govgate.attestation", real.decided(version, people=("olga",)))


@attack("B12b", "NOT_ALLOWED")
def decision_that_somebody_rejected(real):
    version = real.registry.register()
    real.decided(version)
    real.governed.sign("models:/credit/1", "rami", meaning=Meaning.REJECTION)
    request = real.governed.project().latest("models:/credit/1").decision.request
    envelope = real.governed.project().decide(request).envelope.decode()
    return real.tag(version, "govgate.attestation", envelope)


@attack("B13", "EXPIRED")
def decision_of_last_month(real):
    real.attested()
    real.registry.guard.watch.clock = SetClock(SystemClock().now() + timedelta(days=31))
    return real.alias()


@attack("B13b", "EXPIRED")
def alias_that_outlived_its_decision(real):
    real.promoted()
    real.registry.guard.watch.clock = SetClock(SystemClock().now() + timedelta(days=31))
    return partial(real.store.get_model_version_by_alias, "credit", "champion")


@attack("B14", "DIGEST_MISMATCH")
def bytes_swapped_before_the_decision_is_handed_over(real):
    version = real.registry.register()
    envelope = real.decided(version)
    (Path(version.source) / "model.bin").write_text("poisoned")
    return real.tag(version, "govgate.attestation", envelope)


@attack("B14b", "DIGEST_MISMATCH")
def sealed_bytes_swapped(real):
    version = real.attested()
    (real.registry.sealed(version) / "evil.py").write_text("import os")
    return real.alias()


@attack("B14c", "VERIFY_UNAVAILABLE")
def sealed_bytes_replaced_by_a_link_to_the_judged_ones(real):
    version = real.attested()
    model = real.registry.sealed(version) / "model.bin"
    model.rename(real.folder / "judged.bin")
    model.symlink_to(real.folder / "judged.bin")
    return real.alias()


@attack("B15", "NO_ATTESTATION")
def version_created_with_a_valid_looking_tag(real):
    from mlflow.entities.model_registry import ModelVersionTag

    envelope = real.decided(real.registry.register())
    real.registry.register(tags=[ModelVersionTag("govgate.attestation", envelope)])
    return real.alias("2")


@attack("B16", "RESERVED_TAG")
def tag_on_the_model(real):
    real.registry.register()
    tag = RegisteredModelTag("govgate.policy", "none")
    return partial(real.store.set_registered_model_tag, "credit", tag)


@attack("B17", "RESERVED_TAG")
def model_created_with_a_tag(real):
    tag = RegisteredModelTag("govgate.policy", "none")
    return partial(real.store.create_registered_model, "credit", [tag])


@attack("C01", "NO_ATTESTATION")
def alias_moved_to_the_next_version(real):
    real.promoted()
    real.registry.register()
    return real.alias("2")


@attack("C02", "SUBJECT_MISMATCH")
def decision_replayed_on_the_next_version(real):
    envelope = real.registry.tags(real.promoted())["govgate.attestation"]
    return real.tag(real.registry.register(), "govgate.attestation", envelope)


@attack("C03", "RESERVED_TAG")
def decision_taken_off(real):
    real.promoted()
    return partial(real.store.delete_model_version_tag, "credit", "1", "govgate.attestation")


@attack("C04", "GOVERNED_IN_USE")
def model_renamed_under_its_alias(real):
    real.promoted()
    return partial(real.store.rename_registered_model, "credit", "other")


@attack("C05", "GOVERNED_IN_USE")
def version_deleted_under_its_alias(real):
    real.promoted()
    return partial(real.store.delete_model_version, "credit", "1")


@attack("C06", "GOVERNED_IN_USE")
def model_deleted_under_its_alias(real):
    real.promoted()
    return partial(real.store.delete_registered_model, "credit")


@attack("C18", "NO_ATTESTATION")
def version_disguised_as_a_prompt(real):
    version = real.registry.register()
    real.registry.tag(version, "mlflow.prompt.is_prompt", "true")
    return real.alias()


@attack("C19", "NO_ATTESTATION")
def model_disguised_as_a_prompt(real):
    real.registry.register()
    tag = RegisteredModelTag("mlflow.prompt.is_prompt", "true")
    real.store.set_registered_model_tag("credit", tag)
    return partial(real.store.set_prompt_alias, "credit", "champion", 1)


@attack("C20", "NO_ATTESTATION")
def copy_of_a_promoted_version(real):
    real.store.copy_model_version(real.promoted(), "copied")
    return real.alias(name="copied")


@attack("D01", "NO_ATTESTATION")
def alias_moved_in_the_database(real):
    real.promoted()
    real.registry.register()
    real.registry.sql("UPDATE registered_model_aliases SET version = 2")
    return partial(real.store.get_model_version_by_alias, "credit", "champion")


@attack("D02", "SUBJECT_MISMATCH")
def alias_and_decision_moved_in_the_database(real):
    real.promoted()
    real.registry.register()
    real.registry.sql("UPDATE registered_model_aliases SET version = 2")
    real.registry.sql(
        "INSERT INTO model_version_tags (workspace, name, version, key, value) SELECT workspace,"
        " name, 2, key, value FROM model_version_tags WHERE key = 'govgate.attestation'"
    )
    return partial(real.store.get_model_version_by_alias, "credit", "champion")


@attack("D03", "NO_ATTESTATION")
def stage_set_in_the_database(real):
    real.registry.register()
    real.registry.sql("UPDATE model_versions SET current_stage = 'Production'")
    return partial(real.store.get_latest_versions, "credit", ["Production"])


@attack("R1", "SUBJECT_MISMATCH")
def model_deleted_and_made_again_with_the_same_bytes(real):
    envelope = real.decided(real.registry.register())
    real.store.delete_registered_model("credit")
    return real.tag(real.registry.register(), "govgate.attestation", envelope)


@attack("20", "POLICY_OUTDATED")
def decision_under_last_weeks_policy(real):
    real.attested()
    real.rewrite('version: "1"', 'version: "2"')
    return real.alias()


@attack("20b", "POLICY_OUTDATED")
def decision_by_people_who_no_longer_hold_the_role(real):
    real.attested()
    people = real.governed.folder / "people.yaml"
    people.write_text(people.read_text().replace("roles: [risk]", "roles: []"))
    return real.alias()


@attack("21", "SIGN_OFF")
def decision_by_a_stolen_gate_key_without_the_signatures(real):
    version = real.registry.register()
    real.decided(version)
    project = real.governed.project()
    decision = project.latest("models:/credit/1").decision
    forged = Attestation(decision=decision, sign_offs=())
    writing = Writing("decision/v1", decision.request.subject, forged)
    project.book.write([writing], project.book.gate_signer(), GATE)
    project.book.publish()
    envelope = project.latest("models:/credit/1").envelope.decode()
    return real.tag(version, "govgate.attestation", envelope)


@attack("X1", "NOT_IN_LEDGER")
def decision_kept_out_of_the_ledger(real):
    version = real.registry.register()
    return real.tag(version, "govgate.attestation", real.elsewhere(str).decided(version))


@attack("X2", "VERIFY_UNAVAILABLE")
def policy_deleted_while_the_server_runs(real):
    real.attested()
    (real.governed.folder / "policy.yaml").unlink()
    return real.alias()


@attack("X3", "VERIFY_UNAVAILABLE")
def policy_broken_while_the_server_runs(real):
    real.promoted()
    (real.governed.folder / "policy.yaml").write_text("free_aliases: [champion]\n")
    return partial(real.store.get_model_version_by_alias, "credit", "champion")


@attack("X4", "NO_ATTESTATION")
def stage_name_given_as_an_alias_is_free(real):
    real.rewrite("[candidate]", '[candidate, "stage:Staging"]')
    real.registry.register()
    return real.stage("Production")


@attack("X5", "NO_ATTESTATION")
def alias_set_while_the_policy_left_it_free(real):
    real.registry.register()
    real.alias(alias="candidate")()
    real.rewrite("[candidate]", "[]")
    return partial(real.store.get_model_version_by_alias, "credit", "candidate")


@attack("X6", "DIGEST_MISMATCH")
def sealed_place_moved_in_the_database(real):
    real.promoted()
    other = real.attested(text="poisoned")
    elsewhere = real.registry.tags(other)["govgate.sealed_uri"]
    real.registry.sql(
        "UPDATE model_version_tags SET value = ? WHERE key = 'govgate.sealed_uri'", elsewhere
    )
    return partial(real.store.get_model_version_download_uri, "credit", "1")


@attack("X7", "NOT_SEALED")
def sealed_place_pointed_at_another_host(real):
    real.promoted()
    real.registry.sql(
        "UPDATE model_version_tags SET value = 'https://example.invalid/m'"
        " WHERE key = 'govgate.sealed_uri'"
    )
    return partial(real.store.get_model_version_download_uri, "credit", "1")


@attack("X8", "NOT_SEALED")
def sealed_place_struck_out_and_the_source_moved(real):
    real.promoted()
    other = real.registry.register(text="poisoned")
    real.registry.sql("DELETE FROM model_version_tags WHERE key = 'govgate.sealed_uri'")
    real.registry.sql("UPDATE model_versions SET storage_location = ?", other.source)
    return partial(real.store.get_model_version_download_uri, "credit", "1")


def test_a_decision_about_another_version_freezes_nothing(real, served, refused):
    envelope = real.decided(real.registry.register())
    other = real.registry.register(text="somebody else's")

    with refused("SUBJECT_MISMATCH"):
        real.attest(other, envelope)

    assert not (served / "govgate-frozen").exists()


def test_a_stage_that_is_no_stage_stays_malformed(real):
    real.registry.register()

    with pytest.raises(MlflowException) as caught:
        real.stage("\uff30roduction")()

    assert caught.value.get_http_status_code() == 400


@pytest.mark.parametrize(("prepare", "reason"), ATTACKS)
def test_an_attack_is_refused(real, refused, prepare, reason):
    last_step = prepare(real)

    with refused(reason):
        last_step()
