"""`govgate.mlflow_dataset`: an MLflow dataset that carries the digest that evidence names.

MLflow's own digest is 8 hex digits over the first 10,000 rows, and takes at most 36 characters
from others. The whole one goes into the dataset's source, which MLflow keeps as JSON.

Source: MLflow 3.17.2, `mlflow.data`.
"""

from pathlib import Path
from typing import Any

from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset import Dataset
from mlflow.data.meta_dataset import MetaDataset
from mlflow.data.pandas_dataset import PandasDataset

from govgate.errors import EvidenceError
from govgate.project import digest_of_data, digest_of_table

_SHORT = 32
"""Hex characters that MLflow shows as the digest: 128 of the 256 bits."""


def mlflow_dataset(
    source: Any,
    *,
    name: str | None = None,
    targets: str | None = None,
    predictions: str | None = None,
    rows: bool = False,
) -> Dataset:
    """Make a dataset for `mlflow.log_input` and `mlflow.models.evaluate`.

    Args:
        source: A parquet or CSV path, whose rows are not kept in memory; or a pandas frame.
        name: Name of the dataset; None takes the file's, or MLflow's default.
        targets: Column of what was true, for a frame.
        predictions: Column of what a model said, for a frame.
        rows: Whether to log the digest of the rows too, which stays the same when the file is
            written again in another order or format.

    Returns:
        The dataset. `get_source(dataset).to_dict()["tags"]["sha256"]` is the whole digest.

    Raises:
        EvidenceError: It cannot be read, or columns are named of a file.
    """
    digest = digest_of_table(source).removeprefix("sha256:")
    tags = {"sha256": digest}
    if rows:
        tags["rows"] = digest_of_data(source).digest.removeprefix("sha256:")
    if not isinstance(source, str | Path):
        return PandasDataset(
            source,
            CodeDatasetSource(tags),
            targets=targets,
            name=name,
            digest=digest[:_SHORT],
            predictions=predictions,
        )
    if targets is not None or predictions is not None:
        msg = "targets and predictions are columns of a frame; read the file first"
        raise EvidenceError(msg)
    file = Path(source).name
    told = CodeDatasetSource({**tags, "file": file})
    # MLflow calls a method abstract that it never asks for.
    return MetaDataset(told, name or file, digest[:_SHORT])  # type: ignore[abstract]
