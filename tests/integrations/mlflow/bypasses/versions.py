"""Copying, renaming, deleting and making anew, so that an alias ends up on something else."""

from tests.integrations.mlflow.bypasses.lab import AJAX, API
from tests.integrations.mlflow.bypasses.probe import Step, probe


@probe("V01", "copies an allowed version with its tags, then sets the alias", "NO_ATTESTATION")
def copy_with_its_tags(side):
    first = side.promoted()
    name = f"{first.name}-copy"
    side.ok("POST", f"{API}/registered-models/create", name=name)
    tags = [{"key": key, "value": value} for key, value in side.tags(first).items()]
    source = f"models:/{first.name}/{first.version}"
    copy = side.version(name, source, tags=tags)
    return Step(lambda: side.set_alias(copy), lambda: side.alias_of(name) == copy.version)


@probe("V02", "copies it with MLflow's own client, then sets the alias", "NO_ATTESTATION")
def copy_by_the_client(side):
    from mlflow import MlflowClient

    first = side.promoted()
    name = f"{first.name}-copied"
    client = MlflowClient(side.server.url, side.server.url)
    copy = client.copy_model_version(f"models:/{first.name}/{first.version}", name)
    body = {"name": name, "version": str(copy.version), "alias": "champion"}
    return Step(
        lambda: side.ask("POST", f"{AJAX}/registered-models/alias", **body),
        lambda: side.alias_of(name) == str(copy.version),
    )


@probe("V03", "renames the model under its alias", "GOVERNED_IN_USE")
def rename_under_its_alias(side):
    first = side.promoted()
    name = f"{first.name}-renamed"
    return Step(
        lambda: side.ask("POST", f"{API}/registered-models/rename", name=first.name, new_name=name),
        lambda: side.alias_of(name) == first.version,
    )


@probe("V04", "renames a model with a free alias to where it is governed", "NO_ATTESTATION")
def rename_then_move(side):
    first = side.model()
    assert side.set_alias(first, "candidate").ok
    name = f"{first.name}-renamed"
    side.ok("POST", f"{API}/registered-models/rename", name=first.name, new_name=name)
    moved = type(first)(name, first.version, first.created_ms, first.model_id, first.path)
    return Step(lambda: side.set_alias(moved), lambda: side.alias_of(name) == first.version)


@probe("V05", "deletes the version under its alias", "GOVERNED_IN_USE")
def delete_version_under_its_alias(side):
    first = side.promoted()
    named = {"name": first.name, "version": first.version}
    return Step(
        lambda: side.ask("DELETE", f"{API}/model-versions/delete", **named),
        lambda: not side.alias_of(first.name),
    )


@probe("V06", "deletes the version under its alias, written as `01`", "GOVERNED_IN_USE")
def delete_version_with_a_zero_in_front(side):
    first = side.promoted()
    named = {"name": first.name, "version": f"0{first.version}"}
    return Step(
        lambda: side.ask("DELETE", f"{AJAX}/model-versions/delete", **named),
        lambda: not side.alias_of(first.name),
    )


@probe("V07", "deletes the model under its alias", "GOVERNED_IN_USE")
def delete_model_under_its_alias(side):
    first = side.promoted()
    return Step(
        lambda: side.ask("DELETE", f"{API}/registered-models/delete", name=first.name),
        lambda: not side.alias_of(first.name),
    )


@probe("V08", "deletes the version under its stage", "GOVERNED_IN_USE")
def delete_version_under_its_stage(side):
    first = side.promoted(aliases=("stage:Production",))
    named = {"name": first.name, "version": first.version}
    return Step(
        lambda: side.ask("DELETE", f"{API}/model-versions/delete", **named),
        lambda: side.stage_of(first) != "Production",
    )


@probe("V09", "deletes the model, makes it anew, and sets the alias", "NO_ATTESTATION")
def delete_and_make_anew(side):
    first = side.attested()
    side.ok("DELETE", f"{API}/registered-models/delete", name=first.name)
    second = side.model(first.name, {"model.bin": b"evil"})
    return Step(lambda: side.set_alias(second), lambda: bool(side.alias_of(first.name)))


@probe("V10", "registers the version from another web server", "malformed", bites=False)
def version_from_another_server(side):
    first = side.model()
    body = {"name": first.name, "source": "https://example.invalid/model"}
    return Step(
        lambda: side.ask("POST", f"{API}/model-versions/create", **body),
        lambda: len(_versions(side, first.name)) > 1,
    )


@probe("V11", "registers the version from a folder of the server's disk", "malformed", bites=False)
def version_from_the_servers_disk(side):
    first = side.model()
    body = {"name": first.name, "source": "file:///etc"}
    return Step(
        lambda: side.ask("POST", f"{API}/model-versions/create", **body),
        lambda: len(_versions(side, first.name)) > 1,
    )


def _versions(side, name):
    return side.sql("SELECT version FROM model_versions WHERE name = :name", name=name)


@probe("V12", "registers a version from an allowed one, whose bytes are allowed", "NO_ATTESTATION")
def version_from_an_allowed_one(side):
    first = side.promoted()
    second = side.version(first.name, f"models:/{first.model_id}", model_id=first.model_id)
    return Step(lambda: side.set_alias(second), lambda: side.alias_of(first.name) == second.version)
