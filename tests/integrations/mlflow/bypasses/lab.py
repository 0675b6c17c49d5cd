"""Two real servers side by side, stock and guarded, as an attacker and an honest user see them."""

import itertools
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

import requests
import sqlalchemy

from govgate.project.book import GATE, Writing
from govgate.records import Registered
from govgate.tree import tree_digest
from tests.conftest import POLICY, Governed, found_project
from tests.tools.mlflow_server import (
    Server,
    Stores,
    free_port,
    guarded_server,
    in_folder,
    stock_server,
)

API = "api/2.0/mlflow"
AJAX = "ajax-api/2.0/mlflow"
FILES = "api/2.0/mlflow-artifacts"
JUDGED = {"MLmodel": b"flavors: {}\n", "model.bin": b"weights"}

POLICY_MORE = """\
adoption: {by: [risk], before: "2100-01-01T00:00:00Z", max_days: 30}
revocation: {by: [model-owner], release_by: [risk, trainer]}
scopes:
  - {models: "sandbox-*", mode: exempt}
  - {models: "trial-*", mode: audit}
rules:
"""
"""What the guarded side's policy says besides; the models of most probes are named otherwise."""

_TABLES = (
    "registered_models",
    "registered_model_tags",
    "registered_model_aliases",
    "model_versions",
    "model_version_tags",
)
_NAMES = itertools.count(1)
_WEBHOOKS = {"MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true", "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http"}
"""So that a webhook of these tests goes to this machine, where nobody listens."""


@dataclass(frozen=True)
class Version:
    """A registered version, and where its files were put."""

    name: str
    version: str
    created_ms: int
    model_id: str
    path: str
    """Of its files, as the artifact API has it."""


@dataclass
class Side:
    """One of the two servers."""

    server: Server
    governed: Governed | None
    """None on the stock side."""

    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.engine = sqlalchemy.create_engine(self.server.stores.database)

    @property
    def guarded(self) -> bool:
        return self.governed is not None

    def ask(self, method, path, /, headers=None, data=None, **body):
        """Send JSON, or exactly these bytes."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        data = json.dumps(body) if data is None else data
        address = f"{self.server.url}/{path}"
        return self.session.request(method, address, data=data, headers=headers, timeout=60)

    def ok(self, method, path, /, **body):
        answer = self.ask(method, path, **body)
        assert answer.ok, answer.text
        return answer.json()

    # What honest people do.

    def model(self, name=None, files=JUDGED, tags=()):
        """Log a model over HTTP and register it."""
        name = name or f"credit-{next(_NAMES)}"
        logged = self.ok("POST", f"{API}/logged-models", experiment_id="0", name="m")
        info = logged["model"]["info"]
        path = info["artifact_uri"].removeprefix("mlflow-artifacts:").lstrip("/")
        for file, data in files.items():
            assert self.put(f"{path}/{file}", data).ok
        self.ask("POST", f"{API}/registered-models/create", name=name)
        source = f"models:/{info['model_id']}"
        return self.version(name, source, path, model_id=info["model_id"], tags=list(tags))

    def version(self, name, source, path="", **more):
        """Register a version of what lies at a source."""
        body = {"name": name, "source": source, **more}
        found = self.ok("POST", f"{API}/model-versions/create", **body)["model_version"]
        return Version(
            name,
            found["version"],
            int(found["creation_timestamp"]),
            more.get("model_id", ""),
            path,
        )

    def put(self, path, data, api=FILES, **more):
        address = f"{self.server.url}/{api}/artifacts/{path}"
        return self.session.put(address, data=data, timeout=60, **more)

    def registered(self, version):
        """A version as orders and adoptions name it."""
        return Registered(
            registry=self.governed.project().settings.registry.id,
            model=version.name,
            version=version.version,
            created_ms=version.created_ms,
        )

    def request(self, version, aliases=("champion",), files=JUDGED):
        return self.governed.request(
            _Asked(version.name, version.version, version.created_ms), digest_of(files), aliases
        )

    def decided(self, version, aliases=("champion",), people=("olga", "rami"), files=JUDGED):
        """Have a version judged and signed; give the envelope, unsent. On stock: any text."""
        if self.governed is None:
            return "{}"
        asked = _Asked(version.name, version.version, version.created_ms)
        return self.governed.decide(asked, digest_of(files), aliases, people).envelope.decode()

    def attest(self, version, envelope):
        return self.set_tag(version, "govgate.attestation", envelope)

    def attested(self, name=None, aliases=("champion",), files=JUDGED):
        """Register a version that may carry the aliases."""
        version = self.model(name, files)
        answer = self.attest(version, self.decided(version, aliases, files=files))
        assert answer.ok, answer.text
        return version

    def promoted(self, name=None, aliases=("champion",), files=JUDGED):
        """Register a version and let it carry the aliases, rightly."""
        version = self.attested(name, aliases, files)
        for alias in aliases:
            answer = (
                self.set_stage(version, alias.removeprefix("stage:"))
                if alias.startswith("stage:")
                else self.set_alias(version, alias)
            )
            assert answer.ok, answer.text
        return version

    def written(self, record, kind, subject, person=None):
        """Put a record into the ledger, signed by a person or the gate; give its envelope."""
        return write(self.governed, record, kind, subject, person)

    # What attackers try; each gives the server's answer.

    def set_alias(self, version, alias="champion", api=API, *, number=None, **more):
        named = {"name": version.name, "version": number or version.version, "alias": alias}
        return self.ask("POST", f"{api}/registered-models/alias", **named, **more)

    def set_stage(self, version, stage="Production", api=API, **more):
        body = {"archive_existing_versions": False, **more}
        named = {"name": version.name, "version": version.version, "stage": stage}
        return self.ask("POST", f"{api}/model-versions/transition-stage", **named, **body)

    def set_tag(self, version, key, value="allowed", api=API):
        named = {"name": version.name, "version": version.version, "key": key, "value": value}
        return self.ask("POST", f"{api}/model-versions/set-tag", **named)

    def resolve(self, name, alias="champion"):
        return self.session.get(
            f"{self.server.url}/{API}/registered-models/alias",
            params={"name": name, "alias": alias},
            timeout=60,
        )

    def download_uri(self, version):
        return self.session.get(
            f"{self.server.url}/{API}/model-versions/get-download-uri",
            params={"name": version.name, "version": version.version},
            timeout=60,
        )

    # What is so, whatever the server says.

    def served(self, name, alias="champion"):
        """Files that a loader of models:/name@alias is given; None when it is given none."""
        found = self.resolve(name, alias)
        if not found.ok:
            return None
        version = found.json()["model_version"]
        return self.files_of(Version(name, version["version"], 0, "", ""))

    def files_of(self, version):
        """Files that a loader of models:/name/version is given; None when it is given none."""
        where = self.download_uri(version)
        if not where.ok:
            return None
        root = where.json()["artifact_uri"].removeprefix("mlflow-artifacts:").lstrip("/")
        return self._files(root)

    def _files(self, root):
        listed = self.session.get(
            f"{self.server.url}/{FILES}/artifacts", params={"path": root}, timeout=60
        )
        found = {}
        for entry in listed.json().get("files", ()):
            below = f"{root}/{entry['path']}"
            if entry.get("is_dir"):
                inner = self._files(below)
                found |= {f"{entry['path']}/{name}": data for name, data in inner.items()}
                continue
            address = f"{self.server.url}/{FILES}/artifacts/{quote(below)}"
            found[entry["path"]] = self.session.get(address, timeout=60).content
        return found

    def alias_of(self, name, alias="champion"):
        """Version an alias's row names, as text; "" where there is no such row."""
        rows = self.sql(
            "SELECT version FROM registered_model_aliases WHERE name = :name AND alias = :alias",
            name=name,
            alias=alias,
        )
        return str(rows[0][0]) if rows else ""

    def stage_of(self, version):
        rows = self.sql(
            "SELECT current_stage FROM model_versions WHERE name = :name AND version = :version",
            name=version.name,
            version=int(version.version),
        )
        return rows[0][0] if rows else ""

    def tags(self, version):
        rows = self.sql(
            "SELECT key, value FROM model_version_tags WHERE name = :name AND version = :version",
            name=version.name,
            version=int(version.version),
        )
        return dict(map(tuple, rows))

    def sql(self, statement, **values):
        """Do as somebody with the database's password would."""
        with self.engine.begin() as connection:
            done = connection.execute(sqlalchemy.text(statement), values)
            return done.fetchall() if done.returns_rows else []

    def rows(self):
        """Everything the registry's tables hold, but for when a row was last touched."""
        found = {}
        for table in _TABLES:
            with self.engine.connect() as connection:
                rows = connection.execute(sqlalchemy.text(f"SELECT * FROM {table}"))  # noqa: S608
                found[table] = sorted(
                    repr({k: v for k, v in row.items() if k != "last_updated_time"})
                    for row in rows.mappings()
                )
        return found

    def original(self, version):
        """Folder where a version's files were first put, on the server's disk."""
        return Path(self.server.stores.artifacts) / version.path


@dataclass(frozen=True)
class _Asked:
    """A version as `Governed.request` reads it."""

    name: str
    version: str
    created_ms: int


def digest_of(files):
    """Tree digest of files held in memory."""
    return tree_digest((name, partial(iter, [data])) for name, data in files.items())


def write(governed, record, kind, subject, person=None):
    """Append a record as the gate runner or a person would; give its envelope as text."""
    project = governed.project()
    writing = [Writing(kind, subject, record)]
    if person is None:
        index = project.book.write(writing, project.book.gate_signer(), GATE)
    else:
        index = project.write_as(writing, person, governed.key(person))
    project.book.publish()
    return next(project.book.entries(start=index)).envelope.decode()


@dataclass(frozen=True)
class Lab:
    """Both sides."""

    stock: Side
    guarded: Side


@contextmanager
def open_lab(folder: Path) -> Iterator[Lab]:
    """Start both servers.

    Args:
        folder: An empty folder. GOVGATE_LAB=postgresql keeps the rows of both in a
            PostgreSQL server of their own, instead of in SQLite.
    """
    with ExitStack() as running:
        stores = _stores(folder, running)
        port = free_port()
        policy = POLICY.replace("rules:\n", POLICY_MORE)
        governed = found_project(folder / "project", f"http://127.0.0.1:{port}", policy)
        stock = running.enter_context(stock_server(folder, stores[0], environment=_WEBHOOKS))
        guarded = running.enter_context(
            guarded_server(folder, governed.folder, stores[1], port=port, environment=_WEBHOOKS)
        )
        yield Lab(Side(stock, None), Side(guarded, governed))


def _stores(folder: Path, running: ExitStack) -> tuple[Stores, Stores]:
    places = folder / "stock", folder / "guarded"
    for place in places:
        place.mkdir(parents=True)
    first, second = map(in_folder, places)
    if os.environ.get("GOVGATE_LAB") != "postgresql":
        return first, second
    from tests.tools.postgres import postgres

    server = running.enter_context(postgres())
    names = (f"stock_{uuid.uuid4().hex}", f"guarded_{uuid.uuid4().hex}")
    return (
        Stores(server.database(names[0]), first.artifacts),
        Stores(server.database(names[1]), second.artifacts),
    )
