"""Exchanging the bytes that the alias stands for."""

import gzip
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from tests.integrations.mlflow.bypasses.lab import AJAX, API, JUDGED
from tests.integrations.mlflow.bypasses.probe import Step, probe
from tests.integrations.mlflow.bypasses.requests_bent import raw

EVIL = b"import os\n"
AJAX_FILES = "ajax-api/2.0/mlflow-artifacts"
FILES = "api/2.0/mlflow-artifacts"


def exchanging(side, last, version=None):
    """Change files of a promoted version; it landed when a loader is given something else."""
    version = version or side.promoted()
    return Step(lambda: last(version), lambda: side.served(version.name) != JUDGED)


@probe("F01", "overwrites a file over `/api/2.0`", "FROZEN_ARTIFACT")
def overwrite_over_api(side):
    return exchanging(side, lambda v: side.put(f"{v.path}/model.bin", EVIL))


@probe("F02", "overwrites a file over `/ajax-api/2.0`", "FROZEN_ARTIFACT")
def overwrite_over_ajax(side):
    return exchanging(side, lambda v: side.put(f"{v.path}/model.bin", EVIL, AJAX_FILES))


@probe("F03", "adds a file", "FROZEN_ARTIFACT")
def add_a_file(side):
    return exchanging(side, lambda v: side.put(f"{v.path}/code/evil.py", EVIL))


def written(side, form, *, method="PUT"):
    """Write under an address of the attacker's own form, which nobody tidies up."""

    def last(version):
        flat, back = (version.path.replace("/", f"%{code}") for code in ("2F", "5C"))
        target = "/" + form.format(files=FILES, path=version.path, flat=flat, back=back)
        return raw(side, method, target, EVIL)

    return exchanging(side, last)


@probe("F04", "doubles the slashes of the path", "FROZEN_ARTIFACT")
def path_with_doubled_slashes(side):
    return written(side, "{files}/artifacts/{path}//model.bin")


@probe("F05", "puts `/./` into the path", "nothing", bites=False)
def path_with_a_dot(side):
    return written(side, "{files}/artifacts/{path}/./model.bin")


@probe("F06", "escapes the slashes of the path", "FROZEN_ARTIFACT")
def path_with_escaped_slashes(side):
    return written(side, "{files}/artifacts/{flat}%2Fmodel.bin")


@probe("F07", "escapes the slashes twice", "malformed", bites=False)
def path_escaped_twice(side):
    return written(side, "{files}/artifacts/{path}%252F..%252Fartifacts%252Fmodel.bin")


@probe("F08", "climbs out of another folder", "malformed", bites=False)
def path_that_climbs(side):
    return written(side, "{files}/artifacts/0/models/x/%2e%2e/%2e%2e/%2e%2e/{path}/model.bin")


@probe("F09", "writes backslashes for slashes", "nothing", bites=False)
def path_with_backslashes(side):
    return written(side, "{files}/artifacts/{back}%5Cmodel.bin")


@probe("F10", "deletes a file", "FROZEN_ARTIFACT")
def delete_a_file(side):
    return exchanging(side, lambda v: side.ask("DELETE", f"{FILES}/artifacts/{v.path}/model.bin"))


@probe("F11", "deletes the model's folder", "FROZEN_ARTIFACT")
def delete_the_folder(side):
    return exchanging(side, lambda v: side.ask("DELETE", f"{FILES}/artifacts/{v.path}"))


@probe("F12", "deletes the folder above", "FROZEN_ARTIFACT")
def delete_the_folder_above(side):
    above = lambda v: v.path.rpartition("/")[0]  # noqa: E731 -- a name for half a line
    return exchanging(side, lambda v: side.ask("DELETE", f"{AJAX_FILES}/artifacts/{above(v)}"))


@probe("F13", "overwrites a file in chunks", "FROZEN_ARTIFACT")
def overwrite_in_chunks(side):
    return exchanging(side, lambda v: side.put(f"{v.path}/model.bin", iter([EVIL[:3], EVIL[3:]])))


@probe("F14", "overwrites a file with a compressed body", "FROZEN_ARTIFACT")
def overwrite_compressed(side):
    headers = {"Content-Encoding": "gzip"}
    body = gzip.compress(EVIL)
    return exchanging(side, lambda v: side.put(f"{v.path}/model.bin", body, headers=headers))


@probe("F15", "deletes the logged model behind the version", "judged bytes", bites=False)
def delete_the_logged_model(side):
    return exchanging(side, lambda v: side.ask("DELETE", f"{API}/logged-models/{v.model_id}"))


@probe("F16", "overwrites a file on the server's disk", "judged bytes")
def overwrite_on_disk(side):
    def last(version):
        place = side.original(version) / "model.bin"
        place.chmod(0o644)
        place.write_bytes(EVIL)
        return side.resolve(version.name)

    return exchanging(side, last)


@probe("F17", "puts a link to other bytes on the server's disk", "judged bytes")
def link_on_disk(side):
    def last(version):
        place = side.original(version) / "model.bin"
        other = place.parents[1] / "other.bin"
        other.write_bytes(EVIL)
        place.unlink()
        place.symlink_to(other)
        return side.resolve(version.name)

    return exchanging(side, last)


@probe(
    "F18", "writes files for a run whose folder a version was registered from", "FROZEN_ARTIFACT"
)
def upload_to_the_run(side):
    run = side.ok("POST", f"{API}/runs/create", experiment_id="0", start_time=1)["run"]["info"]
    root = run["artifact_uri"].removeprefix("mlflow-artifacts:").lstrip("/")
    for file, data in JUDGED.items():
        assert side.put(f"{root}/model/{file}", data).ok
    name = side.model().name
    source = f"{run['artifact_uri']}/model"
    version = side.version(name, source, f"{root}/model", run_id=run["run_id"])
    assert side.attest(version, side.decided(version)).ok
    assert side.set_alias(version).ok
    address = f"{side.server.url}/{AJAX}/upload-artifact"
    asked = {"run_uuid": run["run_id"], "path": "model/model.bin"}
    return exchanging(
        side, lambda _: side.session.post(address, params=asked, data=EVIL, timeout=60), version
    )


@probe("F19", "exchanges the bytes between the handing over and the alias", "judged bytes")
def exchange_before_the_alias(side):
    version = side.attested()

    def last():
        side.put(f"{version.path}/model.bin", EVIL)
        return side.set_alias(version)

    return Step(last, lambda: side.served(version.name) not in (None, JUDGED))


@probe("F20", "exchanges the bytes over and over while the decision is handed over", "judged bytes")
def race_with_the_handing_over(side):
    version = side.model()
    envelope = side.decided(version)
    done = threading.Event()

    def exchange():
        while not done.is_set():
            for data in (EVIL, JUDGED["model.bin"]):
                with suppress(Exception):
                    side.put(f"{version.path}/model.bin", data)

    def last():
        other = threading.Thread(target=exchange)
        other.start()
        for _ in range(20):
            if side.attest(version, envelope).ok and side.set_alias(version).ok:
                break
        done.set()
        other.join()
        side.put(f"{version.path}/model.bin", EVIL)
        # Perhaps not one try met the judged bytes; then there is no alias to read.
        return side.download_uri(version)

    return Step(last, lambda: side.served(version.name) not in (None, JUDGED))


@probe("F21", "asks for an address to upload past the server", "nothing", bites=False)
def presigned_upload(side):
    run = side.ok("POST", f"{API}/runs/create", experiment_id="0", start_time=1)["run"]["info"]
    body = {"run_id": run["run_id"], "path": "model.bin"}
    return exchanging(
        side, lambda _: side.ask("POST", f"{API}/artifacts/presigned-upload-url", **body)
    )


def sealed_folder(side, version):
    """Where a version's sealed copy is; on stock MLflow, a folder that is named alike."""
    uri = side.tags(version).get("govgate.sealed_uri")
    if uri:
        return uri.removeprefix("mlflow-artifacts:/")
    folder = f"0/models/govgate-sealed-{'a' * 64}/{version.model_id[2:18]}/artifacts"
    for file, data in JUDGED.items():
        assert side.put(f"{folder}/{file}", data).ok
    return folder


def on_disk(side, path):
    return Path(side.server.stores.artifacts) / path


def vaulting(side, form):
    """Write at a form of a sealed copy's address; it landed when that file holds the bytes."""
    version = side.promoted()
    folder = sealed_folder(side, version)
    disguised = form(folder)
    place = f"{disguised}/evil.py"
    return Step(
        lambda: side.put(quote(place), EVIL),
        lambda: on_disk(side, place).is_file() or on_disk(side, f"{folder}/evil.py").is_file(),
    )


@probe("F22", "adds a file to the sealed copy", "VAULT")
def add_to_the_sealed_copy(side):
    return vaulting(side, str)


@probe("F23", "writes the sealed copy's name in another case", "VAULT")
def sealed_name_in_another_case(side):
    return vaulting(side, lambda folder: folder.replace("govgate-sealed", "GovGate-SEALED"))


@probe("F24", "writes the sealed copy's name in fullwidth letters", "VAULT")
def sealed_name_in_wide_letters(side):
    return vaulting(side, lambda folder: folder.replace("govgate", "\uff47ovgate"))


@probe("F25", "hides an invisible character in the sealed copy's name", "VAULT")
def sealed_name_with_a_joiner(side):
    return vaulting(side, lambda folder: folder.replace("govgate", "gov\u200dgate"))


@probe("F26", "overwrites a file of the sealed copy", "VAULT")
def overwrite_the_sealed_copy(side):
    version = side.promoted()
    place = f"{sealed_folder(side, version)}/model.bin"
    return Step(lambda: side.put(place, EVIL), lambda: on_disk(side, place).read_bytes() == EVIL)


@probe("F27", "deletes the sealed copy", "VAULT")
def delete_the_sealed_copy(side):
    version = side.promoted()
    folder = sealed_folder(side, version)
    return Step(
        lambda: side.ask("DELETE", f"{FILES}/artifacts/{folder}"),
        lambda: not on_disk(side, folder).exists(),
    )


@probe("F28", "deletes the mark that a folder is frozen", "VAULT")
def delete_the_mark(side):
    version = side.promoted()
    place = f"govgate-frozen/{version.path}/govgate-frozen"
    if not side.guarded:
        assert side.put(place, b"").ok
    assert on_disk(side, place).is_file()
    return Step(
        lambda: side.ask("DELETE", f"{AJAX_FILES}/artifacts/{place}"),
        lambda: not on_disk(side, place).exists(),
    )


@probe("F29", "freezes a folder of somebody else's, so that nobody can log there", "VAULT")
def freeze_anothers_folder(side):
    version = side.model()
    place = f"govgate-frozen/{version.path}/govgate-frozen"
    return Step(lambda: side.put(place, b""), lambda: on_disk(side, place).exists())


@probe(
    "F30", "makes an experiment whose folder is the judged one, and logs there", "FROZEN_ARTIFACT"
)
def experiment_in_the_judged_folder(side):
    version = side.promoted()
    where = on_disk(side, version.path).as_uri()
    return exchanging(side, lambda _: _logged_at(side, where), version)


@probe("F31", "makes an experiment whose folder is the sealed copy, and logs there", "VAULT")
def experiment_in_the_sealed_copy(side):
    version = side.promoted()
    folder = sealed_folder(side, version)
    where = on_disk(side, folder).as_uri()
    before = sorted(on_disk(side, folder).rglob("*"))
    return Step(
        lambda: _logged_at(side, where),
        lambda: sorted(on_disk(side, folder).rglob("*")) != before,
    )


def _logged_at(side, where):
    """Log a file for a run of an experiment that keeps its files there."""
    body = {"name": f"e-{uuid.uuid4().hex}", "artifact_location": where}
    made = side.ask("POST", f"{API}/experiments/create", **body)
    if not made.ok:
        return made
    asked = {"experiment_id": made.json()["experiment_id"], "start_time": 1}
    run = side.ok("POST", f"{API}/runs/create", **asked)["run"]["info"]["run_id"]
    address = f"{side.server.url}/{AJAX}/upload-artifact"
    named = {"run_uuid": run, "path": "evil.py"}
    return side.session.post(address, params=named, data=EVIL, timeout=60)


@probe("F32", "overwrites the sealed copy on the server's disk", "judged bytes", bites=False)
def overwrite_the_sealed_copy_on_disk(side):
    files = {**JUDGED, "notes.txt": uuid.uuid4().bytes}
    version = side.promoted(files=files)

    def last():
        place = on_disk(side, sealed_folder(side, version)) / "model.bin"
        place.chmod(0o644)
        place.write_bytes(EVIL)
        return side.resolve(version.name)

    return Step(last, lambda: EVIL in (side.served(version.name) or {}).values())
