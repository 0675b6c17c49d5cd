"""The project file `govgate.yaml`: where things are, and whose keys are trusted."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from govgate.errors import ProjectError
from govgate.policy import read_record
from govgate.records import Record, Word

FILE = "govgate.yaml"


_Path = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"),
]


class S3Settings(Record):
    """A bucket that holds the ledger; credentials are found as every AWS tool finds them."""

    bucket: Word
    prefix: _Path | None = None
    """Put before every key, with a slash between."""

    region: Word | None = None
    endpoint: Word | None = None
    """Address of a store that is not AWS; https, but on this machine."""

    kms_key: Word | None = None
    expected_owner: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | None = None
    object_lock: bool = False
    """Lock commits, checkpoints, full tiles and evidence in COMPLIANCE mode, for as long as the
    policy's `retention_days`."""

    mutable_bucket: Word | None = None
    """Where commits are settled, when `bucket` cannot refuse a second write of a key."""

    single_writer: bool = False
    """Only this machine writes: a lock file stands in for what the bucket cannot refuse."""

    @model_validator(mode="after")
    def _require_safe(self) -> Self:
        if self.endpoint is not None and not _is_safe(self.endpoint):
            msg = f"endpoint {self.endpoint} is not https; anybody on the way could change bytes"
            raise ValueError(msg)
        if self.mutable_bucket == self.bucket:
            msg = "mutable_bucket is bucket; name another, or leave it out"
            raise ValueError(msg)
        return self


def _is_safe(endpoint: str) -> bool:
    """Tell whether nobody can listen on the way: TLS, or this very machine."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and here))


class LedgerSettings(Record):
    """Where the ledger is, and its name for ever."""

    folder: Word = "ledger"
    s3: S3Settings | None = None
    """A bucket in place of the folder."""

    origin: Word
    """First line of every checkpoint; never change it."""

    on_unavailable: Literal["block", "spool"] = "block"
    """When the store does not answer: fail, or keep evidence in the outbox and go on."""

    @model_validator(mode="after")
    def _require_one_place(self) -> Self:
        if self.s3 is not None and "folder" in self.model_fields_set:
            msg = "ledger has both folder and s3; keep one"
            raise ValueError(msg)
        return self


class KeySettings(Record):
    """Private keys, as files or URIs (docs/spec/keys.md); who only reads needs none of them."""

    gate: Word = "keys/gate"
    log: tuple[Word, ...] = Field(default=("keys/log",), min_length=1)
    """The log's; two while one replaces the other."""

    erasable: Word = "erasable-keys"
    """Folder of the keys of files with personal data; see docs/spec/evidence-store.md."""


class TrustSettings(Record):
    """Public keys, as OpenSSH files, that signatures are checked against."""

    gate: tuple[Word, ...] = ("keys/gate.pub",)
    """Gate runners that may sign evidence and decisions."""

    log: tuple[Word, ...] = Field(default=("keys/log.pub",), min_length=1)
    """Those of the log: in force in the order of `keys.log`, and "PATH until SIZE" where one was
    retired at that many entries."""

    witnesses: tuple[Word, ...] = ()
    """Verifier keys of witnesses, as `govgate ledger witness` prints them."""

    witness_quorum: int = Field(default=0, ge=0)
    """How many of them must have cosigned the newest checkpoint."""


class RegistrySettings(Record):
    """The MLflow registry that govgate guards."""

    id: Word
    """Part of every decision, so that none can be carried to another registry."""

    uri: Word = "http://127.0.0.1:5000"
    artifacts: Annotated[str, StringConstraints(pattern=r"^(?:[^:]+|s3://[^/:]+(?:/.+)?)$")] = (
        "mlartifacts"
    )
    """Where `govgate server` keeps models: a folder, or "s3://BUCKET/PREFIX"."""

    sealed_retention_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    """How long nobody can delete a sealed model, where its bucket has Object Lock."""

    workspace: Word = "default"
    """MLflow's workspace that this project's models are in."""


class WorkerSettings(Record):
    """Who measures the parts of a large table."""

    kind: Literal["local", "threads", "processes", "dask", "ray"] = "local"
    """`local` takes threads for little and processes for much."""

    count: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Threads or processes on this machine; null takes one for each processor."""

    address: Word | None = None
    """Of the Dask scheduler or the Ray cluster."""

    deadline_s: Annotated[int, Field(ge=1, le=30 * 86_400)] = 3600
    """Seconds that all parts of a table may take together."""

    @model_validator(mode="after")
    def _require_a_place(self) -> Self:
        if self.kind == "dask" and self.address is None:
            msg = "workers of kind dask have no address; name the scheduler's"
            raise ValueError(msg)
        if self.address is not None and self.kind not in {"dask", "ray"}:
            msg = f"workers of kind {self.kind} are on this machine; leave address out"
            raise ValueError(msg)
        if self.address is not None and self.count is not None:
            msg = "a cluster has as many workers as it has; leave count or address out"
            raise ValueError(msg)
        return self


class Settings(Record):
    """The whole project file."""

    name: Word
    policy: Word = "policy.yaml"
    people: Word = "people.yaml"
    datasets: Word = "datasets.yaml"
    """Records of the data sets that models come from; see docs/how-to/describe-data.md."""

    ledger: LedgerSettings
    keys: KeySettings = KeySettings()
    trust: TrustSettings = TrustSettings()
    registry: RegistrySettings
    workers: WorkerSettings = WorkerSettings()


def find_folder(start: Path) -> Path:
    """Find the project's folder, here or above.

    Args:
        start: Where to begin.

    Returns:
        The nearest folder that holds govgate.yaml.

    Raises:
        ProjectError: There is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    msg = f"no {FILE} in {start} or above; run `govgate init` or pass --project FOLDER"
    raise ProjectError(msg)


def read_text(path: Path) -> str:
    """Read one of the project's text files.

    Raises:
        ProjectError: It is absent or not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        msg = f"{path} cannot be read ({why}); `govgate init` writes a first one"
        raise ProjectError(msg) from why


def read_settings(folder: Path) -> Settings:
    """Read the project file of a folder.

    Raises:
        ProjectError: It is absent, or not of its declared shape.
    """
    return read_record(read_text(folder / FILE), Settings, FILE, ProjectError)[0]
