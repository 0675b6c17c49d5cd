"""What is unsafe about a registry server that is about to start, in one line each.

Source: MLflow 3.17.2, `mlflow.environment_variables` and the options of `mlflow server`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from stat import S_IWGRP, S_IWOTH
from urllib.parse import urlsplit

from govgate.errors import ProjectError
from govgate.project.health import Health, examine_mlflow
from govgate.project.settings import read_settings

SOURCES = "^(models:/|runs:/|mlflow-artifacts:/|(dummy-source|prompt-template)\\Z)"
"""Sources of a version that this server can read, and so can judge; and MLflow's two of prompts."""

_REGEX = "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX"
_OURS = ("--registry-store-uri", "--backend-store-uri", "--artifacts-destination")
_PAST = ("--no-serve-artifacts", "--default-artifact-root", "--artifacts-only")
_YES, _NO = ("1", "true"), ("0", "false")


def examine_server(
    folder: Path, words: Sequence[str], environment: Mapping[str, str]
) -> Iterator[Health]:
    """Look at how a server is about to be started.

    Args:
        folder: The project's folder.
        words: Its command line, as `mlflow server` will read it.
        environment: Variables it will see.

    Yields:
        One line for each thing looked at.

    Raises:
        ProjectError: The words would start a server that guards nothing.
    """
    given = _options(words)
    for option in _OURS:
        if len(given.get(option, [])) > 1:
            msg = f"{option} after -- would take the guard away; use --database or --artifacts"
            raise ProjectError(msg)
    yield examine_mlflow()
    yield _database(given["--backend-store-uri"][0])
    yield _artifacts(given["--artifacts-destination"][0])
    yield _uploads(given)
    yield _private_keys(folder)
    yield from _variables(environment, given.get("--app-name", [""]))


def _options(words: Sequence[str]) -> dict[str, list[str]]:
    """Option to its values, written `--option value` or `--option=value`."""
    found: dict[str, list[str]] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name.startswith("--"):
            found.setdefault(name, []).append(value if equals else following)
    return found


def _database(uri: str) -> Health:
    parts = urlsplit(uri)
    if parts.scheme.startswith("sqlite"):
        return _closed("database", Path(uri.partition("///")[2]))
    if parts.password:
        msg = "its password stands in the command line, which every process here can read; "
        return Health("database", healthy=False, said=msg + "put it into ~/.pgpass or the like")
    return Health("database", healthy=True, said=f"{parts.scheme} at {parts.hostname}")


def _artifacts(destination: str) -> Health:
    if not destination.startswith("govgate+"):
        msg = f"{destination} is unguarded: judged bytes can be overwritten; use govgate+file or "
        return Health("artifacts", healthy=False, said=msg + "govgate+s3")
    place = destination.removeprefix("govgate+").removeprefix("file://")
    if "://" in place:
        return Health("artifacts", healthy=True, said=f"guarded at {place}")
    return _closed("artifacts", Path(place))


def _closed(about: str, path: Path) -> Health:
    """Tell whether nobody but the server's own user can write a file or folder."""
    for place in (path, path.parent):
        if place.exists() and place.stat().st_mode & (S_IWGRP | S_IWOTH):
            msg = f"others can write {place}, and so go past the server; run chmod go-w {place}"
            return Health(about, healthy=False, said=msg)
    return Health(about, healthy=True, said=f"{path} can be written by its owner only")


def _uploads(given: Mapping[str, Sequence[str]]) -> Health:
    past = [option for option in _PAST if option in given]
    if past:
        msg = f"{past[0]} lets clients write files past the server; leave it out"
        return Health("uploads", healthy=False, said=msg)
    return Health("uploads", healthy=True, said="all files pass through the server")


def _private_keys(folder: Path) -> Health:
    keys = read_settings(folder).keys
    here = [path for path in (keys.gate, *keys.log) if (folder / path).is_file()]
    if here:
        msg = f"{', '.join(here)} are private and this server needs neither; keep them where "
        return Health("private keys", healthy=False, said=msg + "the pipelines run")
    return Health("private keys", healthy=True, said="none is here")


def _variables(environment: Mapping[str, str], apps: Sequence[str]) -> Iterator[Health]:
    def value(name: str) -> str:
        return environment.get(name, "").lower()

    looked: list[tuple[str, Callable[[], bool], str]] = [
        (_REGEX, lambda: bool(value(_REGEX)), f"is unset; set it to '{SOURCES}'"),
        (
            "MLFLOW_ENABLE_REMOTE_ASSISTANT",
            lambda: value("MLFLOW_ENABLE_REMOTE_ASSISTANT") not in _YES,
            "lets web clients run commands on this machine; unset it",
        ),
        (
            "MLFLOW_BASIC_AUTH_FAIL_CLOSED",
            lambda: "basic-auth" not in apps or value("MLFLOW_BASIC_AUTH_FAIL_CLOSED") not in _NO,
            "is off, so routes that MLflow forgot are open to everybody; unset it",
        ),
    ]
    for name, safe, said in looked:
        yield Health(name, safe(), "is safe" if safe() else said)
