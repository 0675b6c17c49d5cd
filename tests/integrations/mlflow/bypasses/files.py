"""Exchanging the bytes that the alias stands for."""

import gzip
import threading
from contextlib import suppress

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


@probe("F19", "exchanges the bytes between the handing over and the alias", "FROZEN_ARTIFACT")
def exchange_before_the_alias(side):
    version = side.attested()

    def last():
        answer = side.put(f"{version.path}/model.bin", EVIL)
        side.set_alias(version)
        return answer

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
        return side.resolve(version.name)

    return Step(last, lambda: side.served(version.name) not in (None, JUDGED))


@probe("F21", "asks for an address to upload past the server", "nothing", bites=False)
def presigned_upload(side):
    run = side.ok("POST", f"{API}/runs/create", experiment_id="0", start_time=1)["run"]["info"]
    body = {"run_id": run["run_id"], "path": "model.bin"}
    return exchanging(
        side, lambda _: side.ask("POST", f"{API}/artifacts/presigned-upload-url", **body)
    )
