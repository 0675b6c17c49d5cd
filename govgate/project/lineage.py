"""Where a registered version comes from: its run, its data, and what the ledger holds of it.

What the tracking server says is a hint; what the ledger says is signed. The two meet in
digests: of the model's bytes, and of the tables that evidence was measured on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from govgate.errors import ProjectError
from govgate.ledger import Entry
from govgate.project.front import Project
from govgate.project.naming import read_model_name
from govgate.project.origin import Logged, origin_of


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
    origin = origin_of(project.registry, version)
    data = tuple(_with_evidence(used, entries) for used in origin.data)
    decided = any(e.kind == "decision/v1" for e in entries)
    gaps = [*origin.gaps, *_missing(data, "" if decided else content)]
    return Lineage(
        model=f"models:/{version.name}/{version.version}",
        content=content,
        decided=decided,
        source=version.source,
        logged_model=origin.logged_model,
        run=origin.run,
        user=origin.tags.get("mlflow.user", ""),
        commit=origin.tags.get("mlflow.source.git.commit", ""),
        data=data,
        entries=tuple(map(_about, entries)),
        gaps=tuple(gaps),
    )


def _missing(data: tuple[DataUsed, ...], undecided: str) -> Iterator[str]:
    """Say what data and ledger leave out; an empty name is not asked about."""
    for used in data:
        if not used.sha256:
            yield f"dataset {used.name} has no whole digest; log it with govgate.mlflow_dataset"
    if undecided:
        yield f"the ledger holds no decision about {undecided}; run `govgate assess`"


def _with_evidence(used: Logged, entries: list[Entry]) -> DataUsed:
    whole = used.sha256
    return DataUsed(
        name=used.name,
        digest=used.digest,
        sha256=whole,
        context=used.context,
        evidence=tuple(e.index or 0 for e in entries if whole and _measured_on(e, whole)),
    )


def _measured_on(entry: Entry, sha256: str) -> bool:
    materials = entry.record.get("materials", {}) if entry.kind == "evidence/v1" else {}
    return f"sha256:{sha256}" in materials.values()


def _about(entry: Entry) -> EntryAbout:
    return EntryAbout(
        index=entry.index or 0,
        kind=entry.kind,
        name=entry.subject.name,
        by=entry.actor.id,
        at=entry.time_created.isoformat(timespec="seconds"),
        leaf=entry.leaf,
    )
