"""What the guard costs: each operation of the registry beside MLflow's own.

Run it as `python benchmarks/registry.py [calls]`. Two servers are started, one stock and one
guarded, on the same version of MLflow; calls alternate, so that a busy machine slows both.
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from govgate.adapters.keys import create_key
from govgate.adapters.model_files import content_of_folder
from govgate.project import Project, create_project, open_guard, open_project
from govgate.records import Meaning, Request, Subject, Target

POLICY = """\
name: bench
version: "1"
rules:
  - {gate: sign-off, rationale: r, owner: o, bounds: {threshold: {model-owner: 1, risk: 1}}}
"""
ROLES = {"tess": "trainer", "olga": "model-owner", "rami": "risk"}
ENTRIES = 2_000
"""Evidence in the ledger beside the decision."""


def project_in(folder: Path) -> Path:
    create_project(folder, name="bench")
    (folder / "policy.yaml").write_text(POLICY)
    lines = ["people:"]
    for person, role in ROLES.items():
        create_key(folder / "keys" / person, person)
        key = (folder / "keys" / f"{person}.pub").read_text().strip()
        lines.append(f'  - {{id: {person}, name: {person}, roles: [{role}], keys: ["{key}"]}}')
    (folder / "people.yaml").write_text("\n".join(lines) + "\n")
    return folder


def filled(project: Project) -> None:
    from govgate.project.book import GATE, Writing
    from govgate.records import Evidence

    subject = Subject(name="other", content="sha256:" + "00" * 32)
    now = project.now()
    more = Evidence(
        subject=subject,
        kind="k/v1",
        taken_at=now,
        taken_by="bench",
        population={"rows": 1},
        materials={},
        body={},
    )
    for _ in range(ENTRIES // 200):
        writings = [Writing("evidence/v1", subject, more)] * 200
        project.book.write(writings, project.book.gate_signer(), GATE)
    project.book.publish()


def decide(folder: Path, created_ms: int, content: str) -> str:
    project = open_project(folder)
    target = Target(
        registry=project.settings.registry.id,
        model="credit",
        version="1",
        created_ms=created_ms,
        aliases=("champion",),
    )
    subject = Subject(name="models:/credit/1", content=content)
    request = Request(subject=subject, trained_by="tess", target=target)
    project.decide(request)
    for person in ("olga", "rami"):
        draft = project.draft_sign_off(subject.name, person, ROLES[person], Meaning.APPROVAL)
        project.sign(subject.name, draft, folder / "keys" / person)
    return open_project(folder).decide(request).envelope.decode()


def model_in(folder: Path) -> Path:
    folder.mkdir()
    for n in range(7):
        (folder / f"file-{n}.bin").write_bytes(bytes([n]) * 10_000)
    return folder


def said(name: str, stock: list[float], guarded: list[float]) -> None:
    one, two = statistics.median(stock), statistics.median(guarded)
    print(f"{name:32} {one * 1e3:9.2f} {two * 1e3:9.2f} {two / one:8.2f}")


def alternate(
    calls: int, pair: list[Callable[[], object]], measure: Callable[[Callable[[], object]], float]
) -> tuple[list[float], list[float]]:
    stock, guarded = [], []
    for _ in range(calls):
        for times, call in ((stock, pair[0]), (guarded, pair[1])):
            times.append(measure(call))
    return stock, guarded


def cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def wall(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_process(folder: Path, calls: int) -> None:
    from mlflow.entities.model_registry import ModelVersionTag
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

    from govgate.integrations.mlflow.assembly import guarded

    project, model = folder / "project", model_in(folder / "model-cpu")
    stores = [SqlAlchemyStore(f"sqlite:///{folder}/stock.db")]
    stores.append(guarded(SqlAlchemyStore)(f"sqlite:///{folder}/guarded.db", open_guard(project)))
    for store in stores:
        store.create_registered_model("credit")
        store.create_model_version("credit", str(model))
    version = stores[1].get_model_version("credit", "1")
    envelope = decide(project, version.creation_timestamp, content_of_folder(model))
    for store in stores:
        tag = ModelVersionTag("govgate.attestation", envelope)
        store.set_model_version_tag("credit", "1", tag)
        store.set_registered_model_alias("credit", "champion", "1")
    tags = stores[1].get_model_version("credit", "1").tags
    for key, value in tags.items():  # the same rows on both sides
        stores[0].set_model_version_tag("credit", "1", ModelVersionTag(key, value))
    free = ModelVersionTag("team", "risk")
    work = {
        "set alias": lambda s: s.set_registered_model_alias("credit", "champion", "1"),
        "resolve by alias": lambda s: s.get_model_version_by_alias("credit", "champion"),
        "download URI": lambda s: s.get_model_version_download_uri("credit", "1"),
        "get version": lambda s: s.get_model_version("credit", "1"),
        "set a free tag": lambda s: s.set_model_version_tag("credit", "1", free),
    }
    print(f"{'in process, CPU':32} {'stock ms':>9} {'guard ms':>9} {'times':>8}")
    for name, act in work.items():
        pair = [lambda s=s, act=act: act(s) for s in stores]
        said(name, *alternate(calls, pair, cpu))


@contextmanager
def serving(folder: Path, name: str, *, scheme: str, project: Path) -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    database = f"sqlite:///{folder}/{name}-http.db"
    command = (sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1")
    command += ("--backend-store-uri", database, "--registry-store-uri", scheme + database)
    environment = {**os.environ, "GOVGATE_PROJECT": str(project)}
    environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    log = (folder / f"{name}.log").open("wb")
    server = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 180
        while time.monotonic() < until:
            try:
                requests.get(f"{url}/health", timeout=2)
                break
            except requests.ConnectionError:
                time.sleep(0.3)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(10)
        log.close()


def registered(url: str, ask: Callable[..., dict[str, Any]], model: Path) -> dict[str, Any]:
    """Log a model's files over HTTP and register them."""
    ask(url, "POST", "registered-models/create", json={"name": "credit"})
    logged = ask(url, "POST", "logged-models", json={"experiment_id": "0", "name": "m"})
    info = logged["model"]["info"]
    place = info["artifact_uri"].removeprefix("mlflow-artifacts:").lstrip("/")
    for file in model.iterdir():
        address = f"{url}/api/2.0/mlflow-artifacts/artifacts/{place}/{file.name}"
        requests.put(address, data=file.read_bytes(), timeout=60).raise_for_status()
    model_id = info["model_id"]
    named = {"name": "credit", "source": f"models:/{model_id}", "model_id": model_id}
    made: dict[str, Any] = ask(url, "POST", "model-versions/create", json=named)["model_version"]
    return made


def over_http(folder: Path, calls: int) -> None:
    project, model = folder / "project", model_in(folder / "model-http")
    with ExitStack() as running:
        urls = [
            running.enter_context(serving(folder, "stock", scheme="", project=project)),
            running.enter_context(serving(folder, "guarded", scheme="govgate+", project=project)),
        ]
        session = requests.Session()

        def ask(url: str, method: str, path: str, **body: Any) -> dict[str, Any]:
            where = f"{url}/api/2.0/mlflow/{path}"
            answer = session.request(method, where, timeout=60, **body)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

        for url in urls:
            made = registered(url, ask, model)
        named = {"name": "credit", "version": "1"}
        created, content = int(made["creation_timestamp"]), content_of_folder(model)
        envelope = decide(project, created, content)
        tag = {**named, "key": "govgate.attestation", "value": envelope}
        alias = {**named, "alias": "champion"}
        free = {**named, "key": "team", "value": "risk"}
        for url in urls:
            ask(url, "POST", "model-versions/set-tag", json=tag)
            ask(url, "POST", "registered-models/alias", json=alias)
        tags = ask(urls[1], "GET", "model-versions/get", params=named)["model_version"]["tags"]
        for one in tags:
            ask(urls[0], "POST", "model-versions/set-tag", json={**named, **one})
        asked = {"name": "credit", "alias": "champion"}
        work = {
            "set alias": ("POST", "registered-models/alias", {"json": alias}),
            "resolve by alias": ("GET", "registered-models/alias", {"params": asked}),
            "download URI": ("GET", "model-versions/get-download-uri", {"params": named}),
            "get version": ("GET", "model-versions/get", {"params": named}),
            "set a free tag": ("POST", "model-versions/set-tag", {"json": free}),
        }
        print(f"{'over HTTP, wall':32} {'stock ms':>9} {'guard ms':>9} {'times':>8}")
        for name, (method, path, body) in work.items():
            pair = [lambda u=u, m=method, p=path, b=body: ask(u, m, p, **b) for u in urls]
            said(name, *alternate(calls, pair, wall))


def run(calls: int) -> None:
    with tempfile.TemporaryDirectory(prefix="govgate-bench-") as name:
        folder = Path(name)
        filled(open_project(project_in(folder / "project")))
        print(f"a ledger of {ENTRIES:,} entries and more, {calls} calls each, medians")
        in_process(folder, calls)
        over_http(folder, calls)


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
