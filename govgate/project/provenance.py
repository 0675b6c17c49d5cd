"""What the project itself knows of a model's data: the registry's lineage, and the records."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from govgate.adapters.mlflow_registry import MlflowRegistry
from govgate.canon import canonical
from govgate.errors import ProjectError
from govgate.policy import read_record
from govgate.ports import ModelVersion
from govgate.project.origin import origin_of
from govgate.project.settings import read_text
from govgate.records import DataSets

LINEAGE, DATASETS = "lineage", "datasets"
"""Inputs of gates that the project knows itself: who could hand them over could say what the data
are. Only a folder, of which no registry knows, has its lineage handed over."""

_COLUMNS = ("name", "sha256", "rows", "context", "gap")


def lineage_table(registry: MlflowRegistry, version: ModelVersion) -> Mapping[str, Any]:
    """Give the data sets of a version's run, and what could not be followed, as a table.

    Raises:
        StoreError: The registry did not answer.
    """
    origin = origin_of(registry, version)
    rows = [(d.name, d.sha256, d.rows, d.context, "") for d in origin.data]
    rows += [("", "", "", "", gap) for gap in origin.gaps]
    return _table(_COLUMNS, rows)


def records_table(path: Path) -> Mapping[str, Any]:
    """Give the data-set records of a project as a table; none where there is no file.

    Raises:
        ProjectError: The file is not of its declared shape; says line and column.
    """
    if not path.exists():
        return _table(("record",), [])
    records, _ = read_record(read_text(path), DataSets, path.name, ProjectError)
    written = [(canonical(each.model_dump(mode="json")).decode(),) for each in records.datasets]
    return _table(("record",), written)


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Mapping[str, Any]:
    return {name: [row[place] for row in rows] for place, name in enumerate(columns)}
