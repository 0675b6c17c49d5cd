"""govgate server: an MLflow server whose registry refuses."""

import argparse
import os
import re
import runpy
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
    database = "SQLite file, from the project's folder, or such as postgresql://HOST/NAME"
    parser.add_argument("--database", default="mlflow.db", metavar="WHERE", help=database)
    artifacts = "folder or s3://BUCKET/PREFIX; default: registry.artifacts in govgate.yaml"
    parser.add_argument("--artifacts", metavar="WHERE", help=artifacts)
    auth = "let people sign in with MLflow's own basic-auth"
    parser.add_argument("--basic-auth", action="store_true", help=auth)
    parser.add_argument("more", nargs="*", metavar="-- OPTION", help="more for `mlflow server`")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Check, then become `mlflow server`.

    Returns:
        What `mlflow server` ends with; what is wrong before leaves through `ProjectError`.
    """
    from govgate.cli.show import console
    from govgate.project import SOURCES, examine_server, find_folder, open_guard, read_settings

    folder = find_folder((chosen.project or Path(os.environ.get("GOVGATE_PROJECT", "."))).resolve())
    guard = open_guard(folder)
    registry = read_settings(folder).registry
    uri = urlsplit(registry.uri)
    host, port = chosen.host or uri.hostname or "127.0.0.1", chosen.port or uri.port or 5000
    _check_port(host, port)
    artifacts = chosen.artifacts or registry.artifacts
    words = command(folder, host, port, database=chosen.database, artifacts=artifacts)
    words += ["--app-name", "basic-auth"] if chosen.basic_auth else []
    out = console(sys.stderr)
    out.print(
        f"registry {guard.registry_id} of {folder}: every alias needs a decision, judged bytes stay"
    )
    out.print(_without_password(" ".join(words[2:])))
    os.environ["GOVGATE_PROJECT"] = str(folder)
    os.environ.setdefault("MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX", SOURCES)
    # MLflow's job runner is a second process tree that a registry does not need.
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    for found in examine_server(folder, [*words[4:], *chosen.more], os.environ):
        if not found.healthy:
            out.print(f"unsafe: {found.about}: {found.said}")
    sys.stderr.flush()
    # In this very process: a second interpreter would import everything once more.
    sys.argv = ["mlflow", *words[3:], *chosen.more]
    runpy.run_module("mlflow", run_name="__main__", alter_sys=True)
    return 0


def command(
    folder: Path,
    host: str,
    port: int,
    *,
    database: str = "mlflow.db",
    artifacts: str = "mlartifacts",
) -> list[str]:
    """Words of the `mlflow server` that serves a project.

    Args:
        folder: The project's folder.
        host: Address to listen on.
        port: Port to listen on.
        database: SQLite file, from the project's folder, or a database's URI.
        artifacts: Folder, from the project's, or a bucket's URI.
    """
    rows = database if "://" in database else f"sqlite:///{folder / database}"
    files = artifacts if "://" in artifacts else (folder / artifacts).as_uri()
    guarded = files if files.startswith("govgate+") else f"govgate+{files}"
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--host", host, "--port", str(port)),
        *("--backend-store-uri", rows),
        *("--registry-store-uri", f"govgate+{rows}"),
        *("--artifacts-destination", guarded),
        "--serve-artifacts",
    ]


def _without_password(words: str) -> str:
    return re.sub(r"(://[^:/@ ]+):[^@ ]+@", r"\1:***@", words)


def _check_port(host: str, port: int) -> None:
    from govgate.errors import ProjectError

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as why:
            msg = f"{host}:{port} cannot be listened on ({why.strerror}); stop what runs there, "
            raise ProjectError(msg + "or choose another --port") from why
