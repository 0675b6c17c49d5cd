"""govgate server: an MLflow server whose registry refuses."""

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from govgate.cli.asking import add_verb


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    what = "check everything, then start `mlflow server` with the stores that refuse"
    parser = add_verb(verbs, "server", what)
    parser.add_argument("--host", help="default: of registry.uri in govgate.yaml")
    parser.add_argument("--port", type=int, help="default: of registry.uri in govgate.yaml")
    parser.add_argument(
        "--database", default="mlflow.db", metavar="FILE", help="SQLite file, in the project"
    )
    parser.add_argument("more", nargs="*", metavar="-- OPTION", help="more for `mlflow server`")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Check, then become `mlflow server`.

    Returns:
        Never, when the checks hold; what is wrong leaves through `ProjectError`.
    """
    from govgate.cli.show import console
    from govgate.project import find_folder, open_guard, read_settings

    folder = find_folder((chosen.project or Path(os.environ.get("GOVGATE_PROJECT", "."))).resolve())
    guard = open_guard(folder)
    registry = read_settings(folder).registry
    uri = urlsplit(registry.uri)
    host, port = chosen.host or uri.hostname or "127.0.0.1", chosen.port or uri.port or 5000
    _check_port(host, port)
    words = command(folder, chosen.database, registry.artifacts, host, port)
    out = console(sys.stderr)
    out.print(
        f"registry {guard.registry_id} of {folder}: every alias needs a decision, judged bytes stay"
    )
    out.print(" ".join(words[2:]))
    os.environ["GOVGATE_PROJECT"] = str(folder)
    # MLflow's job runner is a second process tree that a registry does not need.
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    sys.stderr.flush()
    os.execv(sys.executable, [*words, *chosen.more])  # noqa: S606 -- our own interpreter


def command(folder: Path, database: str, artifacts: str, host: str, port: int) -> list[str]:
    """Words of the `mlflow server` that serves a project.

    Args:
        folder: The project's folder; the database is kept in it.
        database: Name of the SQLite file.
        artifacts: Folder in the project, or "s3://BUCKET/PREFIX", that models are kept in.
        host: Address to listen on.
        port: Port to listen on.
    """
    where = folder / database
    models = artifacts if artifacts.startswith("s3://") else (folder / artifacts).as_uri()
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--host", host, "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{where}"),
        *("--registry-store-uri", f"govgate+sqlite:///{where}"),
        *("--artifacts-destination", f"govgate+{models}"),
        "--serve-artifacts",
    ]


def _check_port(host: str, port: int) -> None:
    from govgate.errors import ProjectError

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as why:
            msg = f"{host}:{port} cannot be listened on ({why.strerror}); stop what runs there, "
            raise ProjectError(msg + "or choose another --port") from why
