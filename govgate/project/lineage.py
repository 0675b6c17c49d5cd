"""Where a registered version comes from: its run, its data, and what the ledger holds of it.

What the tracking server says is a hint; what the ledger says is signed. The two meet in
digests: of the model's bytes, and of the tables that evidence was measured on.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from govgate.errors import ProjectError
from govgate.ledger import Entry
from govgate.ports import ModelVersion
from govgate.project.front import Project
from govgate.project.naming import read_model_name

_SHA256_HEX = 64


@dataclass(frozen=True)
class DataUsed:
    """A dataset that the run says it used."""

    name: str
    digest: str
    """As MLflow shows it."""

    sha256: str
    """The whole digest, or "" where nobody logged it; see `govgate.mlflow_dataset`."""

    context: str
    """What for, such as "training"; "" where it is not said."""

    evidence: tuple[int, ...]
    """Entries whose evidence was measured on this very table."""


@dataclass(frozen=True)
class EntryAbout:
    """One entry of the ledger about these bytes."""

    index: int
    kind: str
    name: str
    """Name the bytes had then."""

    by: str
    at: str
    leaf: str


@dataclass(frozen=True)
class Lineage:
    """One version, followed back."""

    model: str
    content: str
    """Tree digest of the bytes that are there now."""

    decided: bool
    """Whether the ledger holds a decision about these very bytes."""

    source: str
    logged_model: str
    run: str
    user: str
    """Who ran it, as their client said."""

    commit: str
    """Git commit the run names."""

    data: tuple[DataUsed, ...]
    entries: tuple[EntryAbout, ...]
    gaps: tuple[str, ...]
    """What could not be followed, in words."""


def trace_lineage(project: Project, model: str) -> Lineage:
    """Follow a registered version back to its run, its data and its ledger entries.

    Args:
        project: Whose registry and ledger.
        model: "models:/NAME/VERSION" or "models:/NAME@ALIAS".

    Returns:
        What was found, and the gaps.

    Raises:
        ProjectError: It is a folder, which has no lineage.
        StoreError: The registry does not answer, or has no such version.
        LedgerError: The ledger cannot be read.
    """
    named = read_model_name(model)
    if named.folder is not None:
        msg = f"{model} is a folder, of which no registry knows; name models:/NAME/VERSION"
        raise ProjectError(msg)
    version = project.registry.version(named.name, named.version)
    content = project.registry.content(version)
    entries = project.entries_about(content)
    model_id, run_id, gaps = _origin(project, version)
    run = project.registry.run(run_id) if run_id else None
    if run_id and run is None:
        gaps.append(f"run {run_id} is not there any more")
    data = tuple(_data(run or {}, entries))
    decided = any(e.kind == "decision/v1" for e in entries)
    gaps += _missing(data, run_id if run else "", "" if decided else content)
    tags = _pairs((run or {}).get("data", {}).get("tags", ()))
    return Lineage(
        model=f"models:/{version.name}/{version.version}",
        content=content,
        decided=decided,
        source=version.source,
        logged_model=model_id,
        run=run_id,
        user=tags.get("mlflow.user", ""),
        commit=tags.get("mlflow.source.git.commit", ""),
        data=data,
        entries=tuple(map(_about, entries)),
        gaps=tuple(gaps),
    )


def _origin(project: Project, version: ModelVersion) -> tuple[str, str, list[str]]:
    """Id of the logged model, id of the run, and what was not there."""
    if not version.source.startswith("models:/m-"):
        gaps = [] if version.run_id else [f"{version.source} names neither logged model nor run"]
        return "", version.run_id, gaps
    model_id = version.source.removeprefix("models:/")
    logged = project.registry.logged_model(model_id)
    if logged is None:
        return model_id, version.run_id, [f"logged model {model_id} is not there any more"]
    run_id = str(logged.get("info", {}).get("source_run_id") or "")
    gaps = [] if run_id or version.run_id else [f"logged model {model_id} names no run"]
    if run_id and version.run_id and run_id != version.run_id:
        gaps.append(f"the version names run {version.run_id}, its logged model {run_id}")
    return model_id, run_id or version.run_id, gaps


def _missing(data: tuple[DataUsed, ...], run: str, undecided: str) -> Iterator[str]:
    """Say what the run and the ledger leave out; an empty name is not asked about."""
    for used in data:
        if not used.sha256:
            yield f"dataset {used.name} has no whole digest; log it with govgate.mlflow_dataset"
    if run and not data:
        yield f"run {run} logged no dataset; log it with govgate.mlflow_dataset"
    if undecided:
        yield f"the ledger holds no decision about {undecided}; run `govgate assess`"


def _data(run: Mapping[str, Any], entries: list[Entry]) -> Iterator[DataUsed]:
    for used in run.get("inputs", {}).get("dataset_inputs", ()):
        said, tags = used.get("dataset", {}), _pairs(used.get("tags", ()))
        whole = _sha256(said.get("source", ""))
        yield DataUsed(
            name=str(said.get("name", "")),
            digest=str(said.get("digest", "")),
            sha256=whole,
            context=tags.get("mlflow.data.context", ""),
            evidence=tuple(e.index or 0 for e in entries if whole and _measured_on(e, whole)),
        )


def _sha256(source: str) -> str:
    try:
        found = json.loads(source)["tags"]["sha256"]
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) and len(found) == _SHA256_HEX else ""


def _measured_on(entry: Entry, sha256: str) -> bool:
    materials = entry.record.get("materials", {}) if entry.kind == "evidence/v1" else {}
    return f"sha256:{sha256}" in materials.values()


def _pairs(tags: Any) -> dict[str, str]:
    return {str(t.get("key")): str(t.get("value")) for t in tags}


def _about(entry: Entry) -> EntryAbout:
    return EntryAbout(
        index=entry.index or 0,
        kind=entry.kind,
        name=entry.subject.name,
        by=entry.actor.id,
        at=entry.time_created.isoformat(timespec="seconds"),
        leaf=entry.leaf,
    )
