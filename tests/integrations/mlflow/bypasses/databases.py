"""Writing rows past the server, with the database's password; then reading through the alias."""

from tests.integrations.mlflow.bypasses.lab import JUDGED
from tests.integrations.mlflow.bypasses.probe import Step, probe

OTHER = {"MLmodel": b"flavors: {}\n", "model.bin": b"evil"}
_MOVE = "UPDATE registered_model_aliases SET version = :to WHERE name = :name"


def reading(side, name, write):
    """Write rows, then read through the alias; it landed when other than judged bytes are given."""
    write()
    return Step(
        lambda: side.resolve(name),
        lambda: side.served(name) not in (None, JUDGED),
    )


@probe("B01", "adds a row for the alias", "NO_ATTESTATION")
def row_for_the_alias(side):
    version = side.model(files=OTHER)
    return reading(side, version.name, lambda: add_alias(side, version))


def add_alias(side, version, alias="champion"):
    workspace = side.sql(
        "SELECT workspace FROM registered_models WHERE name = :name", name=version.name
    )[0][0]
    side.sql(
        "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
        " VALUES (:workspace, :name, :alias, :version)",
        workspace=workspace,
        name=version.name,
        alias=alias,
        version=int(version.version),
    )


@probe("B02", "moves the alias's row to another version", "NO_ATTESTATION")
def row_moved(side):
    first = side.promoted()
    second = side.model(first.name, OTHER)
    return reading(
        side, first.name, lambda: side.sql(_MOVE, name=first.name, to=int(second.version))
    )


@probe("B03", "moves the row, and copies the attestation too", "SUBJECT_MISMATCH")
def row_and_attestation_moved(side):
    first = side.promoted()
    second = side.model(first.name, OTHER)

    def write():
        side.sql(_MOVE, name=first.name, to=int(second.version))
        copy_tags(side, first, second)

    return reading(side, first.name, write)


def copy_tags(side, first, second):
    side.sql("DELETE FROM model_version_tags WHERE name = :name AND version = :version"
             " AND key LIKE 'govgate%'", name=second.name, version=int(second.version))  # fmt: skip
    side.sql(
        "INSERT INTO model_version_tags (workspace, name, version, key, value) SELECT workspace,"
        " :name, :to, key, value FROM model_version_tags WHERE name = :old AND version = :from_"
        " AND key LIKE 'govgate%'",
        name=second.name,
        to=int(second.version),
        old=first.name,
        from_=int(first.version),
    )


@probe("B04", "writes tags that say allowed", "BAD_SIGNATURE")
def tags_that_say_allowed(side):
    version = side.model(files=OTHER)

    def write():
        add_alias(side, version)
        side.sql(
            "DELETE FROM model_version_tags WHERE name = :name AND key LIKE 'govgate%'",
            name=version.name,
        )
        for key, value in (("decision", "allowed"), ("attestation", '{"payload": "e30="}')):
            add_tag(side, version, f"govgate.{key}", value)

    return reading(side, version.name, write)


def add_tag(side, version, key, value):
    side.sql(
        "INSERT INTO model_version_tags (workspace, name, version, key, value) SELECT workspace,"
        " name, version, :key, :value FROM model_versions"
        " WHERE name = :name AND version = :version",
        name=version.name,
        version=int(version.version),
        key=key,
        value=value,
    )


@probe("B05", "points the allowed version at other bytes", "judged bytes")
def location_moved(side):
    first = side.promoted()
    other = side.model(first.name, OTHER)
    return reading(side, first.name, lambda: move_location(side, first, other))


def move_location(side, first, other):
    side.sql(
        "UPDATE model_versions SET source = (SELECT source FROM model_versions WHERE name = :name"
        " AND version = :to), storage_location = (SELECT storage_location FROM model_versions"
        " WHERE name = :name AND version = :to) WHERE name = :name AND version = :version",
        name=first.name,
        version=int(first.version),
        to=int(other.version),
    )


@probe("B06", "points the sealed copy and the version at other bytes", "NOT_SEALED")
def sealed_copy_moved(side):
    first = side.promoted()
    other = side.model(first.name, OTHER)

    def write():
        move_location(side, first, other)
        point_sealed(side, first, f"mlflow-artifacts:/{other.path}")

    return reading(side, first.name, write)


def point_sealed(side, version, uri):
    side.sql(
        "DELETE FROM model_version_tags WHERE name = :name AND version = :version"
        " AND key = 'govgate.sealed_uri'",
        name=version.name,
        version=int(version.version),
    )
    add_tag(side, version, "govgate.sealed_uri", uri)


@probe("B07", "takes the attestation's row away", "NO_ATTESTATION", bites=False)
def attestation_row_deleted(side):
    first = side.promoted()
    return reading(
        side,
        first.name,
        lambda: side.sql(
            "DELETE FROM model_version_tags WHERE name = :name"
            " AND key IN ('govgate.attestation', 'govgate.decision')",
            name=first.name,
        ),
    )


@probe("B08", "gives another version the number and age of the allowed one", "judged bytes")
def versions_exchanged(side):
    first = side.promoted()
    other = side.model(first.name, OTHER)

    def write():
        numbers = {"a": int(first.version), "b": int(other.version), "name": first.name}
        side.sql("UPDATE model_versions SET run_id = 'x', description = 'y' WHERE name = :name"
                 " AND version = :b AND :a = :a", **numbers)  # fmt: skip
        move_location(side, first, other)
        side.sql(
            "UPDATE model_versions SET storage_location = NULL WHERE name = :name"
            " AND version = :a AND :b = :b",
            **numbers,
        )

    return reading(side, first.name, write)


@probe("B09", "sets the stage's column", "NO_ATTESTATION")
def stage_column(side):
    version = side.model(files=OTHER)
    side.sql(
        "UPDATE model_versions SET current_stage = 'Production' WHERE name = :name",
        name=version.name,
    )
    return Step(
        lambda: side.download_uri(version),
        lambda: side.files_of(version) is not None,
    )


@probe("B10", "renames the alias's row from a free name to a governed one", "NO_ATTESTATION")
def free_alias_renamed(side):
    version = side.model(files=OTHER)
    assert side.set_alias(version, "candidate").ok
    return reading(
        side,
        version.name,
        lambda: side.sql(
            "UPDATE registered_model_aliases SET alias = 'champion' WHERE name = :name",
            name=version.name,
        ),
    )


@probe("B11", "marks the model as a prompt, with a row for the alias", "NO_ATTESTATION")
def prompt_flag_in_rows(side):
    version = side.model(files=OTHER)

    def write():
        add_tag(side, version, "mlflow.prompt.is_prompt", "true")
        add_alias(side, version)

    return reading(side, version.name, write)


@probe("B12", "points the sealed copy at another model's, rightly sealed", "DIGEST_MISMATCH")
def sealed_copy_of_another(side):
    first = side.promoted()
    other = side.attested(first.name, files=OTHER)
    uri = side.tags(other).get("govgate.sealed_uri", "")

    def write():
        move_location(side, first, other)
        point_sealed(side, first, uri)

    return reading(side, first.name, write)


@probe("B13", "points it at a path that leads out of the sealed place", "NOT_SEALED")
def sealed_copy_by_a_climbing_path(side):
    first = side.promoted()
    other = side.model(first.name, OTHER)
    sealed = side.tags(first).get("govgate.sealed_uri", "mlflow-artifacts:/0/models/a/b/artifacts")

    def write():
        move_location(side, first, other)
        point_sealed(side, first, f"{sealed}/../../../../../{other.path}")

    return reading(side, first.name, write)


@probe("B14", "sets the length of the ledger back in a tag", "judged bytes", bites=False)
def size_set_back(side):
    first = side.promoted()
    return reading(
        side,
        first.name,
        lambda: side.sql(
            "UPDATE model_version_tags SET value = '1' WHERE name = :name"
            " AND key = 'govgate.log.size'",
            name=first.name,
        ),
    )
