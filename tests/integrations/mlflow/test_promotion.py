import shutil
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException

from govgate.errors import StoreError
from govgate.integrations.mlflow import guarded


def test_a_version_with_a_decision_takes_the_alias_and_resolves(registry):
    version = registry.promoted()

    found = registry.store.get_model_version_by_alias("credit", "champion")

    assert found.version == version.version
    served = registry.store.get_model_version_download_uri("credit", "1")
    assert served == registry.tags(version)["govgate.sealed_uri"]
    assert served.startswith("mlflow-artifacts:/1/models/govgate-sealed-")


def test_a_version_without_a_decision_takes_no_alias(registry, refused):
    registry.register()

    with refused("NO_ATTESTATION"):
        registry.store.set_registered_model_alias("credit", "champion", "1")

    assert registry.store.get_registered_model("credit").aliases == {}


def test_a_free_alias_needs_no_decision(registry):
    registry.register()

    registry.store.set_registered_model_alias("credit", "dev", "1")

    assert registry.store.get_model_version_by_alias("credit", "dev").version == 1


@pytest.mark.parametrize("stage", ["Staging", "Production", "PRODUCTION", "staging"])
def test_a_governed_stage_needs_a_decision_in_any_case(registry, refused, stage):
    registry.register()

    with refused("NO_ATTESTATION"):
        registry.store.transition_model_version_stage(
            "credit", "1", stage, archive_existing_versions=False
        )


@pytest.mark.parametrize("stage", ["Archived", "None"])
def test_leaving_production_needs_no_decision_and_is_logged(registry, caplog, stage):
    registry.promoted()
    registry.store.transition_model_version_stage(
        "credit", "1", "Production", archive_existing_versions=False
    )

    moved = registry.store.transition_model_version_stage(
        "credit", "1", stage, archive_existing_versions=False
    )

    assert moved.current_stage == stage
    assert f"moved Place(model='credit', version='1', alias='stage:{stage}')" in caplog.text


def test_a_refused_transition_archives_nobody(registry, refused):
    registry.promoted()
    registry.store.transition_model_version_stage(
        "credit", "1", "Production", archive_existing_versions=False
    )
    registry.register()

    with refused("NO_ATTESTATION"):
        registry.store.transition_model_version_stage(
            "credit", "2", "Production", archive_existing_versions=True
        )

    assert registry.store.get_model_version("credit", "1").current_stage == "Production"


@pytest.mark.parametrize("version", ["01", " 1", "+1", "\uff11"])
def test_a_version_in_disguise_is_judged_as_the_version_it_is(registry, refused, version):
    registry.register()

    with refused("NO_ATTESTATION") as caught:
        registry.store.set_registered_model_alias("credit", "champion", version)

    assert caught.value.json_kwargs["govgate"]["version"] == "1"


@pytest.mark.parametrize("version", ["", "x", "1.0", "0", "-1", "2147483648", "9" * 5000])
def test_what_is_no_version_is_malformed(registry, version):
    registry.register()

    with pytest.raises(MlflowException) as caught:
        registry.store.set_registered_model_alias("credit", "champion", version)

    assert caught.value.get_http_status_code() == 400


# Aliases MLflow lets through that are not what they look like.
@pytest.mark.parametrize(
    "alias", ["\uff23HAMPION", "champion\n", "\u0441hampion", "champion\u0967"]
)
def test_an_alias_that_is_not_plain_is_refused_even_with_a_decision(registry, refused, alias):
    version = registry.register()
    registry.attest(version, ("champion", alias))

    with refused("MALFORMED"):
        registry.store.set_registered_model_alias("credit", alias, "1")


@pytest.mark.parametrize("alias", ["latest", "v1", "", "a b"])
def test_an_alias_mlflow_forbids_stays_malformed(registry, alias):
    registry.register()

    with pytest.raises(MlflowException) as caught:
        registry.store.set_registered_model_alias("credit", alias, "1")

    assert caught.value.get_http_status_code() == 400


def test_bytes_changed_after_the_decision_are_not_the_ones_served(registry):
    version = registry.register()
    registry.attest(version)
    (Path(version.source) / "model.bin").write_text("poisoned")

    registry.store.set_registered_model_alias("credit", "champion", "1")

    assert (registry.sealed(version) / "model.bin").read_text() == "weights"


def test_a_sealed_copy_that_was_changed_is_refused(registry, refused):
    version = registry.register()
    registry.attest(version)
    (registry.sealed(version) / "model.bin").write_text("poisone")

    with refused("DIGEST_MISMATCH"):
        registry.store.set_registered_model_alias("credit", "champion", "1")


def test_a_sealed_copy_that_is_gone_is_refused(registry, refused):
    version = registry.register()
    registry.attest(version)
    shutil.rmtree(registry.sealed(version))

    with refused("VERIFY_UNAVAILABLE"):
        registry.store.set_registered_model_alias("credit", "champion", "1")


@pytest.mark.parametrize("fault", [RuntimeError("boom"), StoreError("no ledger"), MemoryError()])
def test_a_guard_that_fails_refuses(registry, refused, fault):
    version = registry.register()
    registry.attest(version)
    registry.guard.broken = fault

    with refused("VERIFY_UNAVAILABLE"):
        registry.store.set_registered_model_alias("credit", "champion", "1")


def test_a_row_written_into_the_database_does_not_resolve(registry, refused):
    registry.promoted()
    registry.register()
    registry.sql("UPDATE registered_model_aliases SET version = 2")

    with refused("NO_ATTESTATION"):
        registry.store.get_model_version_by_alias("credit", "champion")
    with refused("NO_ATTESTATION"):
        registry.store.get_model_version_download_uri("credit", "2")


def test_a_stage_written_into_the_database_does_not_resolve(registry, refused):
    registry.register()
    registry.sql("UPDATE model_versions SET current_stage = 'Production'")

    for stages in (["Production"], None):
        with refused("NO_ATTESTATION"):
            registry.store.get_latest_versions("credit", stages)
    with refused("NO_ATTESTATION"):
        registry.store.get_model_version_by_alias("credit", "latest")


def test_one_place_a_version_may_be_at_is_enough_to_load_it(registry):
    version = registry.promoted()
    registry.sql(
        "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
        " VALUES ('default', 'credit', 'forged', 1)"
    )

    served = registry.store.get_model_version_download_uri("credit", "1")
    assert served == registry.tags(version)["govgate.sealed_uri"]


def test_a_large_model_is_not_read_for_somebody_without_a_decision(registry, refused, monkeypatch):
    registry.register()
    monkeypatch.setattr("govgate.integrations.mlflow.guarded.check", pytest.fail)

    with refused("NO_ATTESTATION"):
        registry.store.set_registered_model_alias("credit", "champion", "1")


@pytest.mark.parametrize("step", ["admit", "check"])
def test_nobody_writes_between_the_check_and_the_move(registry, monkeypatch, step):
    import sqlite3

    version = registry.register()
    registry.attest(version)
    at = registry.guard if step == "admit" else guarded
    judged, tried = getattr(at, step), []

    def interfere(*words):
        rival = sqlite3.connect(registry.database, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            rival.execute("UPDATE model_version_tags SET value = 'elsewhere'")
        rival.close()
        tried.append(step)
        return judged(*words)

    monkeypatch.setattr(at, step, interfere)

    registry.store.set_registered_model_alias("credit", "champion", "1")

    assert tried == [step]


def test_taking_an_alias_away_is_allowed_and_logged(registry, caplog):
    registry.promoted()

    registry.store.delete_registered_model_alias("credit", "champion")

    assert registry.store.get_registered_model("credit").aliases == {}
    assert "removed" in caplog.text
