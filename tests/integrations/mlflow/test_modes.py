"""Models that are only audited, or exempt, and who must never become one of them."""

import pytest
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.exceptions import MlflowException

SCOPES = """\
scopes:
  - {models: "sandbox-live", mode: enforce}
  - {models: "sandbox-*", mode: exempt}
  - {models: "trial-*", mode: audit}
"""


@pytest.fixture
def scoped(real):
    real.amend(SCOPES)
    return real


def mark(real, name, version="1"):
    return real.store._stock.get_model_version(name, version).tags["govgate.decision"]


def test_an_exempt_model_is_never_asked(scoped):
    version = scoped.registry.register("sandbox-a")

    scoped.alias(name="sandbox-a")()
    scoped.store.transition_model_version_stage(
        "sandbox-a", "1", "Production", archive_existing_versions=False
    )

    assert scoped.store.get_model_version_by_alias("sandbox-a", "champion").version == 1
    assert scoped.store.get_model_version_download_uri("sandbox-a", "1") == version.source
    scoped.store.rename_registered_model("sandbox-a", "sandbox-b")
    scoped.store.delete_registered_model("sandbox-b")


def test_an_audited_model_is_let_through_logged_and_marked(scoped, caplog):
    version = scoped.registry.register("trial-a")

    scoped.alias(name="trial-a")()

    assert scoped.store.get_model_version_by_alias("trial-a", "champion").version == 1
    assert scoped.store.get_model_version_download_uri("trial-a", "1") == version.source
    assert mark(scoped, "trial-a") == "pending"
    assert "let through, as trial-a is only audited" in caplog.text
    assert "no decision allows it" in caplog.text


def test_an_audited_model_with_a_decision_is_marked_as_allowed(scoped):
    version = scoped.attested("trial-a")

    scoped.alias(name="trial-a")()

    assert mark(scoped, version.name) == "allowed"


def test_an_audited_model_whose_bytes_were_changed_is_marked_as_denied(scoped):
    version = scoped.attested("trial-a")
    (scoped.registry.sealed(version) / "model.bin").write_text("other")

    scoped.alias(name="trial-a")()

    assert mark(scoped, "trial-a") == "denied"


def test_reserved_tags_stay_reserved_whatever_the_mode(scoped, refused):
    for name in ("sandbox-a", "trial-a"):
        version = scoped.registry.register(name)
        with refused("RESERVED_TAG"):
            scoped.registry.tag(version, "govgate.decision", "allowed")
        with refused("BAD_SIGNATURE"):
            scoped.registry.tag(version, "govgate.attestation", "{}")


def test_an_audited_model_stays_malformed_where_mlflow_says_so(scoped):
    scoped.registry.register("trial-a")

    for step in (scoped.alias(name="trial-a", alias="v1"), scoped.alias("9", name="trial-a")):
        with pytest.raises(MlflowException) as caught:
            step()
        assert caught.value.get_http_status_code() in {400, 404}
        assert caught.value.error_class != "GOVGATE_DENIED"


def test_the_first_glob_that_fits_decides(scoped, refused):
    scoped.registry.register("sandbox-live")

    with refused("NO_ATTESTATION"):
        scoped.alias(name="sandbox-live")()


# Names that look like an exempt one, or hide one that is enforced.
@pytest.mark.parametrize(
    "name",
    [
        "\uff53andbox-a",  # a wide s
        "s\u0430ndbox-a",  # a Cyrillic a
        "sandbox\u2010a",  # another hyphen
        "sandbox-\u200ba",  # nothing to be seen
        "sandbox-a ",
        "sandbox-a\n",
        " sandbox-a",
        "sandbox-\u0661",
        "sandbox-LIVE",
        "SandBox-Live",
        "sandboxa",
        "my-sandbox-a",
    ],
)
def test_no_leniency_is_reached_by_a_disguise(scoped, refused, name):
    scoped.registry.register(name)

    with refused("NO_ATTESTATION"):
        scoped.alias(name=name)()


@pytest.mark.parametrize("lenient", ["sandbox-a", "trial-a"])
def test_an_enforced_model_is_not_renamed_into_leniency_under_its_alias(scoped, refused, lenient):
    scoped.promoted()

    with refused("GOVERNED_IN_USE"):
        scoped.store.rename_registered_model("credit", lenient)


@pytest.mark.parametrize("lenient", ["sandbox-a", "trial-a"])
def test_a_lenient_model_is_not_renamed_into_an_enforced_name_with_its_alias(
    scoped, refused, lenient
):
    scoped.registry.register(lenient)
    scoped.alias(name=lenient)()

    with refused("GOVERNED_IN_USE"):
        scoped.store.rename_registered_model(lenient, "credit")


def test_an_audited_model_is_renamed_and_deleted_and_that_is_logged(scoped, caplog):
    scoped.registry.register("trial-a")
    scoped.alias(name="trial-a")()

    scoped.store.rename_registered_model("trial-a", "trial-b")
    scoped.store.delete_model_version("trial-b", "1")

    assert "let through, as trial-b is only audited" in caplog.text


def test_the_flag_of_prompts_makes_nobody_lenient(scoped, refused):
    version = scoped.registry.register()
    scoped.registry.tag(version, "mlflow.prompt.is_prompt", "true")
    scoped.store.set_registered_model_tag(
        "credit", RegisteredModelTag("mlflow.prompt.is_prompt", "true")
    )
    scoped.registry.register(tags=[ModelVersionTag("mlflow.prompt.is_prompt", "true")])

    for number in (1, 2):
        with refused("NO_ATTESTATION"):
            scoped.store.set_prompt_alias("credit", "champion", number)


def test_an_audited_model_is_let_through_though_the_ledger_is_gone(scoped):
    scoped.registry.register("trial-a")
    (scoped.governed.folder / "ledger").rename(scoped.folder / "unmounted")

    scoped.alias(name="trial-a")()

    assert scoped.store.get_model_version_by_alias("trial-a", "champion").version == 1


def test_nobody_is_audited_when_the_policy_cannot_be_read(scoped, refused):
    scoped.registry.register("trial-a")
    (scoped.governed.folder / "policy.yaml").unlink()

    with refused("VERIFY_UNAVAILABLE"):
        scoped.alias(name="trial-a")()
