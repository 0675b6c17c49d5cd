import pytest
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.exceptions import MlflowException

# Keys that are ours, as an attacker would write them. MLflow takes every one.
DISGUISES = (
    "govgate.decision",
    "GovGate.decision",
    "govgate.status",
    " govgate.decision",
    "govgate.attestation ",
    "GOVGATE.ATTESTATION",
    "govgate.attestation\n",
    "govgate.",
    "\uff47ovgate.decision",
)


def test_an_accepted_attestation_comes_with_the_servers_own_tags(registry):
    version = registry.register()

    registry.attest(version, tags={"govgate.policy": "credit 3"})

    tags = registry.tags(version)
    assert tags["govgate.decision"] == "allowed"
    assert tags["govgate.policy"] == "credit 3"
    assert tags["govgate.recorded_by"] == "anonymous"
    assert tags["govgate.registered_by"] == "anonymous"
    assert "govgate.attestation" in tags


def test_a_new_attestation_leaves_nothing_of_the_old_one(registry):
    version = registry.register()
    registry.tag(version, "team", "risk")
    registry.attest(version, tags={"govgate.proof": "old"})

    registry.attest(version, tags={"govgate.policy": "credit 4"})

    tags = registry.tags(version)
    assert "govgate.proof" not in tags
    assert tags["govgate.registered_by"] == "anonymous"
    assert tags["team"] == "risk"


def test_the_person_the_server_signed_in_is_recorded(registry):
    import flask

    version = registry.register()
    with flask.Flask("server").test_request_context():
        flask.g.mlflow_authenticated_user = "alice"
        registry.attest(version)

    assert registry.tags(version)["govgate.recorded_by"] == "alice"
    assert registry.tags(version)["govgate.registered_by"] == "anonymous"


@pytest.mark.parametrize("key", DISGUISES)
def test_a_reserved_tag_is_refused_in_any_disguise(registry, refused, key):
    version = registry.register()

    with refused("RESERVED_TAG"):
        registry.tag(version, key, "allowed")
    with refused("RESERVED_TAG"):
        registry.store.delete_model_version_tag("credit", "1", key)
    with refused("RESERVED_TAG"):
        registry.store.set_registered_model_tag("credit", RegisteredModelTag(key, "x"))
    with refused("RESERVED_TAG"):
        registry.store.delete_registered_model_tag("credit", key)
    with refused("RESERVED_TAG"):
        registry.store.create_registered_model("other", [RegisteredModelTag(key, "x")])
    with refused("RESERVED_TAG"):
        registry.store.set_prompt_version_tag("credit", "1", key, "allowed")

    assert registry.tags(version) == {
        "govgate.registered_by": "anonymous",
        "govgate.decision": "pending",
    }


@pytest.mark.parametrize("key", ["govgate", "govgated.x", "my.govgate.x", "owner"])
def test_other_tags_are_nobodys_business(registry, key):
    version = registry.register()

    registry.tag(version, key, "x")
    assert registry.tags(version)[key] == "x"

    registry.store.delete_model_version_tag("credit", "1", key)
    registry.store.set_registered_model_tag("credit", RegisteredModelTag(key, "x"))
    assert registry.store.get_registered_model("credit").tags[key] == "x"
    registry.store.delete_registered_model_tag("credit", key)


@pytest.mark.parametrize("key", ["govgate.attestation", *DISGUISES])
def test_a_new_version_drops_reserved_tags_and_keeps_the_others(registry, key):
    tags = [ModelVersionTag(key, "forged"), ModelVersionTag("team", "risk")]

    version = registry.register(tags=tags)

    assert registry.tags(version) == {
        "team": "risk",
        "govgate.registered_by": "anonymous",
        "govgate.decision": "pending",
    }


def test_an_attestation_taken_away_cannot_be(registry, refused):
    version = registry.promoted()

    with refused("RESERVED_TAG"):
        registry.store.delete_model_version_tag("credit", "1", "govgate.attestation")

    assert "govgate.attestation" in registry.tags(version)


# What is no attestation of this version.
@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        ({"about": ["credit", "2", 0]}, "SUBJECT_MISMATCH"),
        ({"content": "sha256:" + "00" * 32}, "DIGEST_MISMATCH"),
    ],
)
def test_a_refused_attestation_writes_no_tag_at_all(registry, refused, spoiled, reason):
    version = registry.register()
    before = registry.tags(version)

    with refused(reason):
        registry.attest(version, **spoiled)

    assert registry.tags(version) == before


def test_a_forged_attestation_is_refused_before_the_models_bytes_are_read(
    registry, served, refused, monkeypatch
):
    version = registry.register()
    monkeypatch.setattr("govgate.integrations.mlflow.guarded.seal", pytest.fail)

    with refused("BAD_SIGNATURE"):
        registry.tag(version, "govgate.attestation", "forged")

    assert sorted(p.name for p in served.iterdir()) == ["1"], "nothing was frozen"


def test_an_attestation_of_another_version_is_refused_before_anything_is_frozen(
    registry, served, refused
):
    version = registry.register()

    with refused("SUBJECT_MISMATCH"):
        registry.attest(version, about=["credit", "2", 0])

    assert sorted(p.name for p in served.iterdir()) == ["1"]


def test_a_derived_tag_that_fails_takes_the_attestation_with_it(registry):
    version = registry.register()
    before = registry.tags(version)

    with pytest.raises(MlflowException):
        registry.attest(version, tags={"govgate.policy": "x" * 100_001})

    assert registry.tags(version) == before


def test_an_attestation_too_long_for_a_tag_is_malformed(registry):
    version = registry.register()

    with pytest.raises(MlflowException) as caught:
        registry.tag(version, "govgate.attestation", "x" * 100_001)

    assert caught.value.get_http_status_code() == 400


def test_a_copy_carries_no_approval(registry, refused):
    version = registry.promoted()

    copy = registry.store.copy_model_version(version, "copied")

    assert registry.tags(copy)["govgate.decision"] == "pending"
    assert "govgate.attestation" not in registry.tags(copy)
    with refused("NO_ATTESTATION"):
        registry.store.set_registered_model_alias("copied", "champion", copy.version)
