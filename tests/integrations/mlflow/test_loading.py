"""Loading through a real server: only what a decision allows, and nothing of another is run."""

import gc
import shutil
import sys
from pathlib import Path

import pytest

import govgate
from govgate.errors import DeniedError, ProjectError, StoreError


@pytest.fixture(autouse=True)
def ready(temporary, mlflows_loaders):
    pass


def left(place):
    return [path for path in place.iterdir() if path.name.startswith("govgate-")]


@pytest.fixture(scope="module")
def champion(shop):
    return shop.promoted("champion-model")


def test_a_promoted_version_loads_by_alias_by_number_and_by_its_bytes(shop, champion):
    version, path, _ = champion
    for uri in (
        "models:/champion-model@champion",
        f"models:/champion-model/{version.version}",
        "models:/champion-model/latest",
        version.source,
        f"mlflow-artifacts:/{path}",
    ):
        assert shop.load(uri).predict([[1], [2]]) == [1, 1], uri


def test_the_files_go_with_the_model(shop, champion, temporary):
    assert champion
    model = shop.load("models:/champion-model@champion")
    assert [oct(path.stat().st_mode)[-3:] for path in left(temporary)] == ["700"]
    assert any(str(temporary) in entry for entry in sys.path)

    inner = model._model_impl
    del model
    gc.collect()
    assert len(left(temporary)) == 1  # the inner model may still read from it

    del inner
    gc.collect()
    assert left(temporary) == []
    assert not any(str(temporary) in entry for entry in sys.path)


def test_a_version_without_a_decision_is_refused_before_its_bytes_are_fetched(shop, temporary):
    version, _, marker = shop.register("undecided")
    assert shop.refused(f"models:/undecided/{version.version}", marker) == "NO_ATTESTATION"
    assert shop.refused("models:/undecided/latest", marker) == "NO_ATTESTATION"
    assert shop.refused(version.source, marker) == "NO_ATTESTATION"
    assert left(temporary) == []


def forge(shop, version, key, value):
    """Write a tag as somebody with the database's password would."""
    import sqlite3

    with sqlite3.connect(shop.server.database, timeout=20) as connection:
        connection.execute(
            "UPDATE model_version_tags SET value = ? WHERE name = ? AND version = ? AND key = ?",
            (value, version.name, int(version.version), key),
        )
    connection.close()


def sealed(shop, version):
    """Folder of a version's sealed copy, unlocked as its owner could."""
    uri = shop.registry.version(version.name, version.version).tags["govgate.sealed_uri"]
    folder = shop.server.artifacts / uri.removeprefix("mlflow-artifacts:/")
    for path in (folder, folder / "code", *folder.rglob("*.py")):
        path.chmod(0o755)
    return folder


def test_bytes_changed_where_they_were_logged_change_nothing_that_is_loaded(shop, temporary):
    version, path, marker = shop.promoted("swapped")
    marker.unlink(missing_ok=True)
    evil = shop.server.artifacts / path / "code" / "model_swapped.py"
    evil.write_text(shop.code(marker, 666))
    # Under no version's name, these bytes are simply unknown.
    assert shop.refused(version.source, marker) == "NO_ATTESTATION"
    assert left(temporary) == []
    for uri in ("models:/swapped@champion", f"models:/swapped/{version.version}"):
        assert shop.load(uri).predict([[1]]) == [1]


def test_sealed_bytes_changed_on_the_servers_disk_are_refused(shop, temporary):
    version, _, marker = shop.promoted("rotten")
    (sealed(shop, version) / "code" / "model_rotten.py").write_text(shop.code(marker, 666))
    for uri in ("models:/rotten@champion", f"models:/rotten/{version.version}"):
        assert shop.refused(uri, marker) == "DIGEST_MISMATCH"
    assert left(temporary) == []


def test_a_sealed_place_forged_in_the_database_is_refused(shop, temporary):
    version, _, marker = shop.promoted("forged")
    _, elsewhere, _ = shop.log("forged", answer=666)
    forge(shop, version, "govgate.sealed_uri", f"mlflow-artifacts:/{elsewhere}")
    assert shop.refused("models:/forged@champion", marker) == "NOT_SEALED"
    # At no alias the server does not ask; the consumer compares the bytes.
    shop.alias_away("forged")
    assert shop.refused(f"models:/forged/{version.version}", marker) == "DIGEST_MISMATCH"
    assert left(temporary) == []


def test_a_file_added_to_the_sealed_model_is_refused(shop):
    version, _, marker = shop.promoted("added")
    (sealed(shop, version) / "code" / "sitecustomize.py").write_text("raise SystemExit")
    assert shop.refused(f"models:/added/{version.version}", marker) == "DIGEST_MISMATCH"


def test_an_alias_the_decision_does_not_name_is_refused_although_the_database_has_it(shop):
    import sqlite3

    version, _, marker = shop.promoted("moved")
    with sqlite3.connect(shop.server.database, timeout=20) as connection:
        connection.execute(
            "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
            " VALUES ('default', 'moved', 'primary', ?)",
            (int(version.version),),
        )
    connection.close()
    assert shop.refused("models:/moved@primary", marker) == "TARGET_MISMATCH"


def test_a_registry_that_refuses_nothing_cannot_give_it_another_alias(shop, monkeypatch):
    from dataclasses import replace

    from govgate.integrations.mlflow import loading

    version, _, marker = shop.promoted("unguarded")
    uri, stock = f"models:/unguarded/{version.version}", loading.resolve
    for alias in ("primary", "stage:Production"):
        monkeypatch.setattr(
            loading, "resolve", lambda *given, a=alias: replace(stock(*given), alias=a)
        )
        assert shop.refused(uri, marker) == "TARGET_MISMATCH"
    monkeypatch.setattr(loading, "resolve", lambda *given: replace(stock(*given), alias="champion"))
    assert shop.load(uri)


def test_an_alias_that_needs_no_decision_still_needs_one_to_be_loaded(shop):
    version, _, marker = shop.register("candidates")
    shop.registry.set_alias(version, "candidate")
    assert shop.refused("models:/candidates@candidate", marker) == "NO_ATTESTATION"
    decided = shop.governed.decide(version, shop.registry.content(version))
    shop.registry.attest(version, decided.envelope)
    assert shop.load("models:/candidates@candidate").predict([[1]]) == [1]


def test_a_decision_that_lacks_signatures_is_refused_by_version_and_by_bytes(shop):
    version, _, marker = shop.register("unsigned")
    content = shop.registry.content(version)
    shop.governed.project().decide(shop.governed.request(version, content, ["champion"]))
    assert shop.refused(version.source, marker) == "PENDING"


def test_a_later_no_outweighs_an_earlier_yes_about_the_same_bytes(shop):
    from govgate.records import Meaning

    version, _, marker = shop.register("twice")
    content = shop.registry.content(version)
    shop.governed.decide(version, content)
    assert shop.load(version.source).predict([[1]]) == [1]
    marker.unlink()

    # One more alias, for which nobody has signed yet, takes nothing away.
    request = shop.governed.request(version, content, ["champion", "primary"])
    shop.governed.project().decide(request)
    assert shop.load(version.source).predict([[1]]) == [1]
    marker.unlink(missing_ok=True)
    sys.modules.pop("model_twice", None)

    shop.governed.sign(request.subject.name, "rami", meaning=Meaning.REJECTION)
    shop.governed.project().decide(request)
    assert shop.refused(version.source, marker) == "NOT_ALLOWED"


def test_an_expired_decision_is_refused(shop, monkeypatch):
    from datetime import UTC, datetime, timedelta

    from govgate.testing import SetClock

    version, _, marker = shop.promoted("old")
    later = SetClock(datetime.now(UTC) + timedelta(days=400))
    monkeypatch.setattr("govgate.project.in_force.SystemClock", lambda: later)
    assert shop.refused(f"models:/old/{version.version}", marker) == "EXPIRED"
    assert shop.refused(version.source, marker) == "EXPIRED"


def with_policy(shop, tmp_path, version):
    folder = tmp_path / "project"
    shutil.copytree(shop.governed.folder, folder)
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text().replace('version: "1"', f'version: "{version}"'))
    return folder


def test_a_policy_changed_since_takes_nothing_out_of_service(shop, tmp_path):
    version, _, _ = shop.promoted("older-policy")
    folder = with_policy(shop, tmp_path, "2")
    for uri in ("models:/older-policy@champion", f"models:/older-policy/{version.version}"):
        assert govgate.load_model(uri, project=folder).predict([[1]]) == [1]


def test_a_decision_under_a_policy_that_the_ledger_never_held_is_refused(shop):
    from govgate.project.book import GATE, Writing
    from govgate.records import Attestation

    version, _, marker = shop.register("unknown-policy")
    content = shop.registry.content(version)
    decided = shop.governed.decide(version, content)
    # The gate key signs what no policy in the ledger says.
    decision = decided.decision.model_copy(update={"policy": "sha256:" + "ab" * 32})
    project = shop.governed.project()
    record = Attestation(decision=decision, sign_offs=())
    writing = Writing("decision/v1", decision.request.subject, record)
    project.book.write([writing], project.book.gate_signer(), GATE)
    project.book.publish()
    assert shop.refused(version.source, marker) == "POLICY_OUTDATED"


@pytest.mark.parametrize("lost", ["ledger", "people.yaml", "keys/gate.pub", "govgate.yaml"])
def test_without_what_it_verifies_with_everything_is_refused(shop, champion, lost, tmp_path):
    version, _, _ = champion
    folder = tmp_path / "project"
    shutil.copytree(shop.governed.folder, folder)
    if (folder / lost).is_dir():
        shutil.rmtree(folder / lost)
    else:
        (folder / lost).unlink()
    with pytest.raises(DeniedError) as caught:
        govgate.load_model(f"models:/champion-model/{version.version}", project=folder)
    assert caught.value.reason in {"VERIFY_UNAVAILABLE", "NOT_IN_LEDGER"}


def test_private_keys_are_not_needed(shop, champion, tmp_path):
    assert champion
    folder = tmp_path / "project"
    shutil.copytree(shop.governed.folder, folder)
    for path in (folder / "keys").iterdir():
        if path.suffix != ".pub":
            path.unlink()
    assert govgate.load_model("models:/champion-model@champion", project=folder)


def test_an_attestation_of_another_registry_is_refused(shop, champion, tmp_path):
    version, _, _ = champion
    folder = tmp_path / "project"
    shutil.copytree(shop.governed.folder, folder)
    settings = folder / "govgate.yaml"
    before = shop.governed.project().settings.registry.id
    settings.write_text(settings.read_text().replace(before, "another-registry"))
    for uri in (f"models:/champion-model/{version.version}", version.source):
        with pytest.raises(DeniedError) as caught:
            govgate.load_model(uri, project=folder)
        assert caught.value.reason == "SUBJECT_MISMATCH"


def test_a_folder_loads_when_it_was_assessed_as_it_is(shop):
    folder, marker = shop.save("on-disk")
    assert shop.refused(folder, marker) == "NO_ATTESTATION"
    project = shop.governed.project()
    project.decide(project.request(str(folder), trained_by="tess"))
    assert shop.refused(folder, marker) == "PENDING"
    shop.governed.sign(str(folder), "olga", "rami")
    project.decide(project.request(str(folder)))
    assert shop.load(str(folder)).predict([[1]]) == [1]


def test_what_is_loaded_is_the_copy_that_was_verified(shop, monkeypatch):
    """The folder is changed in the very moment between the check and the load."""
    from govgate.integrations.mlflow import loading

    folder, marker = shop.save("raced")
    project = shop.governed.project()
    project.decide(project.request(str(folder), trained_by="tess"))
    shop.governed.sign(str(folder), "olga", "rami")
    project.decide(project.request(str(folder)))
    stock = loading.fetch_verified

    def raced(*given, **named):
        found = stock(*given, **named)
        evil = shop.code(marker, 666)
        (folder / "code" / "model_raced.py").write_text(evil)
        return found

    monkeypatch.setattr(loading, "fetch_verified", raced)
    assert shop.load(str(folder)).predict([[1]]) == [1]


@pytest.mark.parametrize(
    "names",
    [
        "    data: /etc\n",  # NOT OK
        "    data: ../../elsewhere\n",  # NOT OK
        "    artifacts: {weights: {path: file:///tmp/w.bin}}\n",  # NOT OK
    ],
)
def test_a_model_that_reads_outside_its_folder_is_refused_although_it_was_allowed(shop, names):
    name = f"outside-{abs(hash(names))}"
    version, _, marker = shop.promoted(name, more=names)
    assert shop.refused(f"models:/{name}/{version.version}", marker) == "READS_OUTSIDE"


def test_dst_path_would_load_another_copy(shop, champion, tmp_path):
    assert champion
    with pytest.raises(ProjectError, match="dst_path"):
        shop.load("models:/champion-model@champion", dst_path=str(tmp_path))


@pytest.mark.parametrize("flavor", ["nosuch", "os.path", "tracking", ""])
def test_a_flavour_that_is_none_is_refused_before_anything_is_fetched(shop, flavor, temporary):
    with pytest.raises(ProjectError, match="no loader"):
        shop.load("models:/champion-model@champion", flavor=flavor)
    assert left(temporary) == []


def test_another_flavours_loader_gets_the_verified_folder(shop, champion):
    from mlflow.exceptions import MlflowException

    assert champion
    with pytest.raises(MlflowException, match='"sklearn" flavor'):
        shop.load("models:/champion-model@champion", flavor="sklearn")


@pytest.mark.parametrize("uri", ["models:/nothing/1", "runs:/nope/model", "no/such/folder"])
def test_what_is_not_there_is_a_store_error(shop, uri, temporary):
    with pytest.raises(StoreError, match="cannot be fetched"):
        shop.load(uri)
    assert left(temporary) == []


def test_the_projects_registry_is_asked_unless_mlflow_was_told_another(shop, champion, tmp_path):
    import mlflow

    assert champion
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/other.db")
    with pytest.raises(StoreError):
        shop.load("models:/champion-model@champion")
    mlflow.set_tracking_uri(shop.server.url)
    assert shop.load(Path("models:/champion-model@champion").as_posix())


@pytest.mark.parametrize(
    "way",
    ["/../outside", "/../../outside", "//{place}/outside", "/code/../../outside", "/..\\outside"],
)
@pytest.mark.parametrize("asked", ["@champion", "/{number}"])
def test_a_path_that_leads_out_of_the_verified_model_is_refused(
    shop, champion, temporary, way, asked
):
    version, _, _ = champion
    folder, marker = shop.save("outside")
    shutil.copytree(folder, temporary / "outside")
    uri = "models:/champion-model" + asked.format(number=version.version)
    uri += way.format(place=str(temporary).lstrip("/"))
    assert shop.refused(uri, marker) == "MALFORMED"


def test_a_file_that_no_digest_covers_is_not_there_to_be_opened(shop):
    """MLflow's own download adds it, so the digest leaves it out; MLmodel could name it."""
    folder, marker = shop.save("uncovered", more="    data: registered_model_meta\n")
    module = folder / "code" / "model_uncovered.py"
    opens = "def _load_pyfunc(path):\n    exec(open(path).read())\n    return Model()\n"
    module.write_text(module.read_text().split("def _load_pyfunc")[0] + opens)
    project = shop.governed.project()
    project.decide(project.request(str(folder), trained_by="tess"))
    shop.governed.sign(str(folder), "olga", "rami")
    project.decide(project.request(str(folder)))
    evil = folder.parent / "evil.run"
    (folder / "registered_model_meta").write_text(f"open({str(evil)!r}, 'w').close()")
    assert marker.parent == evil.parent

    with pytest.raises(FileNotFoundError):
        shop.load(str(folder))
    assert not evil.exists()
