"""Writing what only the server writes."""

from tests.integrations.mlflow.bypasses.lab import AJAX, API
from tests.integrations.mlflow.bypasses.probe import Step, probe


def writing(side, key, value="allowed", *, api=API, version=None):
    """Set a tag; it landed when the row is there with this value."""
    version = version or side.model()
    return Step(
        lambda: side.set_tag(version, key, value, api),
        lambda: side.tags(version).get(key) == value,
    )


@probe("T01", "tags the version as allowed", "RESERVED_TAG")
def tag_that_says_allowed(side):
    return writing(side, "govgate.decision")


@probe("T02", "tags it over `/ajax-api/2.0`", "RESERVED_TAG")
def tag_over_ajax(side):
    return writing(side, "govgate.decision", api=AJAX)


@probe("T03", "writes the key in another case", "RESERVED_TAG")
def tag_in_another_case(side):
    return writing(side, "GovGate.decision")


@probe("T04", "writes the key with a space in front", "RESERVED_TAG")
def tag_with_a_space(side):
    return writing(side, " govgate.decision")


@probe("T05", "ends the key with a newline", "RESERVED_TAG")
def tag_with_a_newline(side):
    return writing(side, "govgate.decision\n")


@probe("T06", "writes the key in fullwidth letters", "RESERVED_TAG")
def tag_in_wide_letters(side):
    return writing(side, "\uff47ovgate.decision")


@probe("T07", "writes the dot of the key as a leader", "RESERVED_TAG", bites=False)
def tag_with_a_dot_leader(side):
    return writing(side, "govgate\u2024decision")


@probe("T08", "invents a key under the prefix", "RESERVED_TAG")
def tag_of_another_name(side):
    return writing(side, "govgate.status", "approved")


@probe("T09", "points the sealed copy elsewhere", "RESERVED_TAG")
def tag_that_points_elsewhere(side):
    return writing(side, "govgate.sealed_uri", "mlflow-artifacts:/0/evil")


@probe("T10", "overwrites who registered it", "RESERVED_TAG")
def tag_that_names_somebody_else(side):
    return writing(side, "govgate.registered_by", "olga")


@probe("T11", "hands over an attestation under a key in capitals", "RESERVED_TAG")
def attestation_in_capitals(side):
    version = side.model()
    return writing(side, "GOVGATE.ATTESTATION", side.decided(version), version=version)


@probe("T12", "takes the attestation off", "RESERVED_TAG")
def attestation_taken_off(side):
    version = side.promoted()
    named = {"name": version.name, "version": version.version, "key": "govgate.attestation"}
    return Step(
        lambda: side.ask("DELETE", f"{API}/model-versions/delete-tag", **named),
        lambda: "govgate.attestation" not in side.tags(version),
    )


@probe("T13", "tags the model", "RESERVED_TAG")
def tag_on_the_model(side):
    version = side.model()
    tag = {"key": "govgate.policy", "value": "none"}
    return Step(
        lambda: side.ask("POST", f"{API}/registered-models/set-tag", name=version.name, **tag),
        lambda: bool(_model_tags(side, version.name)),
    )


@probe("T14", "creates the model with a tag", "RESERVED_TAG")
def model_created_with_a_tag(side):
    name = f"{side.model().name}-tagged"
    tags = [{"key": "govgate.policy", "value": "none"}]
    return Step(
        lambda: side.ask("POST", f"{API}/registered-models/create", name=name, tags=tags),
        lambda: bool(_model_tags(side, name)),
    )


@probe("T15", "creates the version with tags that say allowed", "dropped")
def version_created_with_a_tag(side):
    version = side.model()
    tags = [
        {"key": "govgate.decision", "value": "allowed"},
        {"key": "govgate.attestation", "value": "{}"},
        {"key": "GovGate.gates", "value": "bias=passed"},
    ]
    source = f"models:/{version.model_id}"
    body = {"name": version.name, "source": source, "model_id": version.model_id, "tags": tags}
    return Step(
        lambda: side.ask("POST", f"{API}/model-versions/create", **body),
        lambda: _forged(side, version.name),
    )


def _forged(side, name):
    found = side.sql("SELECT key, value FROM model_version_tags WHERE name = :name", name=name)
    return any(tuple(row) in {("govgate.decision", "allowed"), ("govgate.attestation", "{}"),
                              ("GovGate.gates", "bias=passed")} for row in found)  # fmt: skip


def _model_tags(side, name):
    return side.sql(
        "SELECT key FROM registered_model_tags WHERE name = :name AND key LIKE 'govgate%'",
        name=name,
    )


@probe("T16", "tags the logged model, then sets the alias", "NO_ATTESTATION")
def tag_on_the_logged_model(side):
    version = side.model()
    tags = [
        {"key": "govgate.decision", "value": "allowed"},
        {"key": "govgate.attestation", "value": "{}"},
    ]
    side.ok("PATCH", f"{API}/logged-models/{version.model_id}/tags", tags=tags)
    return Step(
        lambda: side.set_alias(version),
        lambda: side.alias_of(version.name) == version.version,
    )


@probe("T17", "tags a run and registers from it, then sets the alias", "NO_ATTESTATION")
def tag_on_the_run(side):
    version = side.model()
    run = side.ok("POST", f"{API}/runs/create", experiment_id="0", start_time=1)["run"]["info"]
    tag = {"key": "govgate.decision", "value": "allowed"}
    side.ok("POST", f"{API}/runs/set-tag", run_id=run["run_id"], **tag)
    source = f"models:/{version.model_id}"
    more = {"model_id": version.model_id, "run_id": run["run_id"]}
    second = side.version(version.name, source, **more)
    return Step(
        lambda: side.set_alias(second),
        lambda: side.alias_of(version.name) == second.version,
    )


@probe("T18", "writes what it wants into the version's description", "NO_ATTESTATION")
def description_that_says_allowed(side):
    version = side.model()
    named = {"name": version.name, "version": version.version}
    said = '{"govgate.decision": "allowed"}'
    side.ok("PATCH", f"{API}/model-versions/update", **named, description=said)
    return Step(
        lambda: side.set_alias(version),
        lambda: side.alias_of(version.name) == version.version,
    )
