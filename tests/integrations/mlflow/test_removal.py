import pytest


def gone(registry):
    return not registry.store.search_registered_models()


# Whatever would take a version from under its alias.
@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("rename_registered_model", ("credit", "scoring")),
        ("delete_registered_model", ("credit",)),
        ("delete_prompt", ("credit",)),
        ("delete_model_version", ("credit", "1")),
        ("delete_model_version", ("credit", "01")),
        ("delete_prompt_version", ("credit", "1")),
    ],
)
@pytest.mark.parametrize("place", ["alias", "stage"])
def test_a_version_in_use_stays(registry, refused, operation, arguments, place):
    version = registry.register()
    registry.attest(version, ("champion", "stage:Production"))
    if place == "alias":
        registry.store.set_registered_model_alias("credit", "champion", "1")
    else:
        registry.store.transition_model_version_stage(
            "credit", "1", "Production", archive_existing_versions=False
        )

    with refused("GOVERNED_IN_USE"):
        getattr(registry.store, operation)(*arguments)

    assert registry.store.get_model_version("credit", "1").current_stage != "Deleted_Internal"


def test_a_version_beside_the_one_in_use_can_go(registry):
    registry.promoted()
    registry.register()

    registry.store.delete_model_version("credit", "2")

    assert [v.version for v in registry.store.search_model_versions("name='credit'")] == [1]


def test_a_model_at_free_places_only_can_go(registry):
    registry.register()
    registry.store.set_registered_model_alias("credit", "dev", "1")

    registry.store.delete_registered_model("credit")

    assert gone(registry)


def test_a_model_whose_aliases_were_taken_away_can_be_renamed(registry):
    registry.promoted()
    registry.store.delete_registered_model_alias("credit", "champion")

    assert registry.store.rename_registered_model("credit", "scoring").name == "scoring"


def test_a_rename_cannot_carry_a_free_alias_into_a_governed_name(registry, refused, monkeypatch):
    monkeypatch.setattr(registry.guard, "is_free", lambda model, _: model == "sandbox")
    registry.register("sandbox")
    registry.store.set_registered_model_alias("sandbox", "champion", "1")

    with refused("GOVERNED_IN_USE"):
        registry.store.rename_registered_model("sandbox", "credit")


def test_a_model_made_again_does_not_inherit_its_decision(registry, refused):
    version = registry.register()
    envelope = registry.envelope(version)
    registry.store.delete_registered_model("credit")
    registry.sql("DELETE FROM model_versions")
    again = registry.register()
    registry.sql("UPDATE model_versions SET creation_time = creation_time + 1")

    assert again.version == version.version
    with refused("SUBJECT_MISMATCH"):
        registry.tag(again, "govgate.attestation", envelope)
