"""Evidently itself, asked column by column."""

import warnings

import pandas as pd


def by_evidently(reference: pd.DataFrame, current: pd.DataFrame, categories=(), methods=None):
    """Column to (method's title, value, does its test pass)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import ValueDrift

        definition = DataDefinition(
            numerical_columns=[name for name in reference if name not in categories],
            categorical_columns=[*categories],
        )
        old, new = (Dataset.from_pandas(frame, definition) for frame in (reference, current))
        asked = [ValueDrift(column=name, method=(methods or {}).get(name)) for name in reference]
        said = Report(asked, include_tests=True).run(new, old).dict()
    passed = {
        test["metric_config"]["params"]["column"]: test["status"].value == "SUCCESS"
        for test in said["tests"]
    }
    return {
        metric["config"]["column"]: (
            metric["config"]["method"],
            float(metric["value"]),
            passed[metric["config"]["column"]],
        )
        for metric in said["metrics"]
    }


def dataset_passes(reference: pd.DataFrame, current: pd.DataFrame) -> bool:
    """Say whether Evidently's own preset passes the data set of numbers as a whole."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import DriftedColumnsCount

        definition = DataDefinition(numerical_columns=[*reference])
        old, new = (Dataset.from_pandas(frame, definition) for frame in (reference, current))
        said = Report([DriftedColumnsCount()], include_tests=True).run(new, old).dict()
    return all(test["status"].value == "SUCCESS" for test in said["tests"])
