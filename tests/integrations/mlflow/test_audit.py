"""`govgate audit registry` against a real server whose database and files somebody else writes."""

import json
from pathlib import Path

import pytest

from govgate.cli.main import main
from tests.integrations.mlflow.bypasses.databases import add_alias, copy_tags, move_location
from tests.integrations.mlflow.bypasses.lab import API, JUDGED, Side
from tests.tools.mlflow_server import Server, Stores

OTHER = {**JUDGED, "evil.py": b"import os\n"}


@pytest.fixture(scope="module")
def side(mlflow_server):
    folder = mlflow_server.log.parent
    stores = Stores(f"sqlite:///{mlflow_server.database}", str(folder / "artifacts"))
    side = Side(Server(mlflow_server.url, mlflow_server.log, stores, 0, 0), mlflow_server.governed)
    yield side
    side.engine.dispose()


@pytest.fixture
def audit(side, capsys):
    """Run the verb; give its exit code, and the rows about one model."""

    def run(name):
        code = main(["audit", "registry", "--json", "--project", str(side.governed.folder)])
        found = json.loads(capsys.readouterr().out)["drift"]
        rows = [(d["about"].removeprefix(f"models:/{name}"), d["reason"]) for d in found
                if f"models:/{name}/" in d["about"]]  # fmt: skip
        return code, sorted(rows)

    return run


def test_an_honest_model_is_no_drift(side, audit):
    version = side.promoted(aliases=("champion", "stage:Production"))

    assert audit(version.name)[1] == []


def test_an_alias_written_into_the_database_is_drift(side, audit):
    version = side.model()
    add_alias(side, version)

    assert audit(version.name) == (10, [("/1 @champion", "NO_ATTESTATION")])


def test_an_attestation_carried_over_in_the_database_is_drift(side, audit):
    first = side.promoted()
    second = side.model(first.name, OTHER)
    side.sql("UPDATE registered_model_aliases SET version = 2 WHERE name = :n", n=first.name)
    copy_tags(side, first, second)

    assert audit(first.name) == (
        10,
        [("/2", "TAGS_DISAGREE"), ("/2 @champion", "SUBJECT_MISMATCH")],
    )


def test_a_location_moved_in_the_database_moves_nothing_that_is_served(side, audit):
    first = side.promoted()
    move_location(side, first, side.model(first.name, OTHER))

    assert audit(first.name)[1] == []
    assert side.served(first.name) == JUDGED


def test_a_sealed_place_forged_in_the_database_is_drift(side, audit):
    first = side.promoted()
    other = side.model(first.name, OTHER)
    forge(side, first, f"mlflow-artifacts:/{other.path}")

    assert audit(first.name) == (10, [("/1 @champion", "NOT_SEALED")])


def test_the_sealed_place_of_another_model_is_drift(side, audit):
    other = side.attested(files=OTHER)
    first = side.promoted()
    forge(side, first, side.tags(other)["govgate.sealed_uri"])

    assert audit(first.name) == (10, [("/1 @champion", "DIGEST_MISMATCH")])


def forge(side, version, uri):
    """Write the tag that says where the sealed bytes are, as somebody with the database would."""
    side.sql(
        "UPDATE model_version_tags SET value = :uri WHERE name = :n AND version = :v"
        " AND key = 'govgate.sealed_uri'",
        uri=uri,
        n=version.name,
        v=int(version.version),
    )


def test_a_sealed_file_overwritten_on_the_disk_is_drift(side, audit):
    # Bytes that nobody else has: equal ones share a copy.
    files = {**JUDGED, "notes.txt": b"of this test alone"}
    first = side.promoted(files=files)
    sealed = sealed_folder(side, first)
    sealed.chmod(0o755)
    try:
        overwrite(sealed / "model.bin", b"evil!!!")
        assert audit(first.name) == (10, [("/1 @champion", "DIGEST_MISMATCH")])
        overwrite(sealed / "model.bin", files["model.bin"])
        assert audit(first.name)[1] == []
        (sealed / "more.py").write_bytes(b"import os")
        assert audit(first.name)[1] == [("/1 @champion", "DIGEST_MISMATCH")]
    finally:
        (sealed / "more.py").unlink(missing_ok=True)


def test_the_bytes_are_hashed_although_every_stamp_holds(side, audit):
    """A disk that rots changes no ctime; sealed.json is made to agree with what is there."""
    files = {**JUDGED, "notes.txt": b"of this one alone"}
    first = side.promoted(files=files)
    sealed = sealed_folder(side, first)
    place = sealed / "model.bin"
    overwrite(place, b"weirdos")
    manifest = sealed.parent / "sealed.json"
    said = json.loads(manifest.read_bytes())
    about = place.lstat()
    stamp = f"{about.st_mode:o}.{about.st_size}.{about.st_ctime_ns}"
    said["files"] = [[*f[:3], stamp] if f[0] == "model.bin" else f for f in said["files"]]
    manifest.chmod(0o644)
    manifest.write_text(json.dumps(said))
    assert side.set_alias(first).ok  # the server believes the stamps

    assert audit(first.name) == (10, [("/1 @champion", "DIGEST_MISMATCH")])


def sealed_folder(side, version):
    uri = side.tags(version)["govgate.sealed_uri"].removeprefix("mlflow-artifacts:/")
    return Path(side.server.stores.artifacts) / uri


def overwrite(file, data):
    file.chmod(0o644)
    file.write_bytes(data)
    file.chmod(0o444)


@pytest.mark.parametrize("path", ["model-versions", "registered-models"])
def test_a_version_cannot_hide_as_a_prompt(side, audit, path):
    version = side.model()
    add_alias(side, version)
    hidden = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    # MLflow's search leaves out every version of a model of which one is called a prompt.
    side.ok("POST", f"{API}/{path}/set-tag", name=version.name, version="1", **hidden)
    side.model(version.name)

    assert audit(version.name) == (10, [("/1 @champion", "NO_ATTESTATION")])


def test_a_decoy_beside_it_hides_no_version(side, audit):
    version = side.model()
    add_alias(side, version)
    decoy = side.model(version.name)
    assert side.set_tag(decoy, "mlflow.prompt.is_prompt", "true").ok

    assert audit(version.name) == (10, [("/1 @champion", "NO_ATTESTATION")])


def test_people_read_what_drifted_and_what_to_do(side, capsys):
    version = side.model()
    add_alias(side, version)

    code = main(["audit", "registry", "--project", str(side.governed.folder)])

    said = capsys.readouterr().out
    assert code == 10
    assert f"models:/{version.name}/1 @champion" in said
    assert "run govgate promote" in " ".join(said.split())
