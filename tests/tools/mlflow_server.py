"""Run a real `mlflow server`, stock or guarded, for as long as a `with` block lasts.

The guarded one is started as users start it, by `govgate server`.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

_START_S = 180.0


@dataclass(frozen=True)
class Stores:
    """Where a server keeps its rows and its files."""

    database: str
    """Such as "sqlite:////tmp/x/mlflow.db", without govgate's scheme."""

    artifacts: str
    """A folder, or such as "s3://bucket/prefix"."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    """With the static prefix, if there is one."""

    log: Path
    stores: Stores
    pid: int
    started_s: float
    """From the command to the first answer, in seconds."""

    started_cpu_s: float = 0.0
    """What that took of processors, all its processes together; other work does not count."""


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def in_folder(folder: Path) -> Stores:
    """SQLite and a folder, both in a folder of their own."""
    return Stores(f"sqlite:///{folder}/mlflow.db", str(folder / "artifacts"))


@contextmanager
def stock_server(
    folder: Path, stores: Stores, *more: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run MLflow as it comes."""
    port = free_port()
    words = [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", stores.database),
        *("--artifacts-destination", stores.artifacts, "--serve-artifacts"),
        *_workers(more),
    ]
    with _running(words, port, folder / "stock.log", stores, environment or {}) as server:
        yield server


@contextmanager
def guarded_server(
    folder: Path,
    project: Path,
    stores: Stores,
    *more: str,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run MLflow behind the guard of a project."""
    port = port or free_port()
    words = [
        *(sys.executable, "-m", "govgate", "server", "--project", str(project)),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--database", stores.database, "--artifacts", stores.artifacts),
        *("--", *_workers(more)),
    ]
    with _running(words, port, folder / "guarded.log", stores, environment or {}) as server:
        yield server


def _workers(more: Sequence[str]) -> list[str]:
    return [*more] if "--workers" in more else ["--workers", "1", *more]


@contextmanager
def _running(
    words: Sequence[str], port: int, log: Path, stores: Stores, environment: Mapping[str, str]
) -> Iterator[Server]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "_MLFLOW"))}
    # As for users, whose Python keeps what it compiled.
    clean.pop("PYTHONDONTWRITEBYTECODE", None)
    clean |= {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **environment}
    prefix = words[words.index("--static-prefix") + 1] if "--static-prefix" in words else ""
    begun, url = time.monotonic(), f"http://127.0.0.1:{port}{prefix}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            env=clean,
            cwd=log.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while not _answers(url):
            if process.poll() is not None or time.monotonic() - begun > _START_S:
                raise ChildProcessError(log.read_text(errors="replace")[-3000:])
            time.sleep(0.1)
        took = time.monotonic() - begun
        yield Server(url, log, stores, process.pid, took, _cpu_s(process.pid))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _cpu_s(session: int) -> float:
    """Seconds of processors that all processes of a session have used. Source: proc(5), stat."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/health", timeout=2).ok
    return False
