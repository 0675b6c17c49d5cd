"""What the tracking server says of a version's run and data; nobody signed it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from govgate.adapters.mlflow_registry import MlflowRegistry
from govgate.ports import ModelVersion

_SHA256_HEX = 64


@dataclass(frozen=True)
class Logged:
    """A dataset that the run says it used."""

    name: str
    digest: str
    """As MLflow shows it."""

    sha256: str
    """The whole digest of its bytes, or "" where nobody logged it; see `govgate.mlflow_dataset`."""

    rows: str
    """The digest of its rows, or ""."""

    context: str
    """What for, such as "training"; "" where it is not said."""


@dataclass(frozen=True)
class Origin:
    """Where a version comes from."""

    logged_model: str
    run: str
    tags: Mapping[str, str]
    """Of the run."""

    data: tuple[Logged, ...]
    gaps: tuple[str, ...]
    """What could not be followed, in words."""


def origin_of(registry: MlflowRegistry, version: ModelVersion) -> Origin:
    """Ask for a version's logged model, its run and the data that the run used.

    Raises:
        StoreError: The registry did not answer.
    """
    model_id, run_id, gaps = _run_of(registry, version)
    run = registry.run(run_id) if run_id else None
    if run_id and run is None:
        gaps.append(f"run {run_id} is not there any more")
    data = tuple(_data(run or {}))
    if run and not data:
        gaps.append(f"run {run_id} logged no dataset; log it with govgate.mlflow_dataset")
    tags = _pairs((run or {}).get("data", {}).get("tags", ()))
    return Origin(model_id, run_id, tags, data, tuple(gaps))


def _run_of(registry: MlflowRegistry, version: ModelVersion) -> tuple[str, str, list[str]]:
    """Id of the logged model, id of the run, and what was not there."""
    if not version.source.startswith("models:/m-"):
        gaps = [] if version.run_id else [f"{version.source} names neither logged model nor run"]
        return "", version.run_id, gaps
    model_id = version.source.removeprefix("models:/")
    logged = registry.logged_model(model_id)
    if logged is None:
        return model_id, version.run_id, [f"logged model {model_id} is not there any more"]
    run_id = str(logged.get("info", {}).get("source_run_id") or "")
    gaps = [] if run_id or version.run_id else [f"logged model {model_id} names no run"]
    if run_id and version.run_id and run_id != version.run_id:
        gaps.append(f"the version names run {version.run_id}, its logged model {run_id}")
    return model_id, run_id or version.run_id, gaps


def _data(run: Mapping[str, Any]) -> Iterator[Logged]:
    for used in run.get("inputs", {}).get("dataset_inputs", ()):
        said, tags = used.get("dataset", {}), _pairs(used.get("tags", ()))
        source = said.get("source", "")
        yield Logged(
            name=str(said.get("name", "")),
            digest=str(said.get("digest", "")),
            sha256=_tag(source, "sha256"),
            rows=_tag(source, "rows"),
            context=tags.get("mlflow.data.context", ""),
        )


def _tag(source: str, name: str) -> str:
    """Give a digest that `govgate.mlflow_dataset` wrote; "" where it did not."""
    try:
        found = json.loads(source)["tags"][name]
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) and len(found) == _SHA256_HEX else ""


def _pairs(tags: Any) -> dict[str, str]:
    return {str(t.get("key")): str(t.get("value")) for t in tags}
