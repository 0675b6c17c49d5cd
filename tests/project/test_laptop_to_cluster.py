"""From a laptop to a cluster: whoever holds the rows, the same evidence and the same verdict."""

from dataclasses import replace

import dask.dataframe as dd
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv, dataset, parquet

from govgate.adapters.dask_workers import DaskWorkers
from govgate.adapters.tables import read_table
from govgate.adapters.worker_processes import ProcessWorkers
from govgate.adapters.worker_threads import ThreadWorkers
from govgate.canon import canonical
from govgate.gates import find_gate
from govgate.policy import read_policy
from govgate.profile import plan_for
from govgate.profile.stored import to_bytes
from govgate.project.measuring import measure_rule, open_inputs
from govgate.spread import count_table, profile_table

POLICY = """
name: p
version: "1"
rules:
  - gate: bias
    rationale: r
    owner: o
    bounds: {attributes: [sex, race, [sex, race]]}
    collect: {label: label, prediction: prediction}
  - gate: drift
    rationale: r
    owner: o
    collect: {columns: [age, hours_per_week, workclass, education]}
"""
RULES = read_policy(POLICY).rules
COLUMNS = ["age", "hours_per_week", "workclass", "education", "sex", "race", "label", "prediction"]
PARTS = 5


def prepared(path):
    """Read the census, and predict by rule of thumb."""
    table = csv.read_csv(path)
    rich = pc.match_substring(table["income"], ">50K")
    guessed = pc.greater(table["education_num"], 12)
    table = table.append_column("label", rich.cast(pa.int64()))
    return table.append_column("prediction", guessed.cast(pa.int64())).select(COLUMNS)


@pytest.fixture(scope="module")
def tables(adult_folder):
    return {
        "reference": prepared(adult_folder / "adult_train.csv"),
        "current": prepared(adult_folder / "adult_test.csv"),
    }


@pytest.fixture(scope="module")
def folders(tables, tmp_path_factory):
    """The same rows as folders of parquet parts, written by pyarrow."""
    found = {}
    for name, table in tables.items():
        found[name] = tmp_path_factory.mktemp(name)
        rows = -(-table.num_rows // PARTS)
        for part in range(PARTS):
            parquet.write_table(table.slice(part * rows, rows), found[name] / f"{part}.parquet")
    return found


def judged(request_, inputs, workers=None):
    """Give the bytes of what was measured, and of what the gates say of it."""
    tables = open_inputs({**inputs, "predictions": inputs["current"]}, workers)
    for rule in RULES:
        evidence = measure_rule(rule, request_.subject, tables)
        gate = find_gate(rule.gate).gate
        body = gate.body_type.model_validate_json(canonical(evidence.body))
        findings = [f.model_dump(mode="json") for f in gate.judge(body, rule.read_bounds())]
        assert findings
        yield canonical([evidence.body, dict(evidence.population)]), canonical(findings)


@pytest.fixture(scope="module")
def expected(tables, adult_folder):  # noqa: ARG001 -- skipped without the census
    from govgate.records import Request, Subject

    subject = Subject(name="models:/credit/7", content="sha256:" + "ab" * 32)
    return list(judged(Request(subject=subject, trained_by="tess"), tables))


def polars_folder(folder):
    return pl.scan_parquet(folder / "*.parquet")


def duckdb_folder(folder):
    return duckdb.connect().read_parquet(str(folder / "*.parquet"))


def dask_folder(folder):
    return dd.read_parquet(folder, split_row_groups=False, aggregate_files=False)


LAPTOP = {
    "folder": str,
    "data set": dataset.dataset,
    "polars": polars_folder,
    "polars in memory": lambda folder: polars_folder(folder).collect(),
    "pandas": lambda folder: polars_folder(folder).collect().to_pandas(),
    "DuckDB": duckdb_folder,
}


@pytest.mark.parametrize("engine", LAPTOP)
def test_on_a_laptop(engine, request_, folders, expected):
    inputs = {name: LAPTOP[engine](folder) for name, folder in folders.items()}
    assert list(judged(request_, inputs)) == expected


def test_on_dask(request_, folders, expected, dask_cluster):
    from distributed import Client

    with Client(dask_cluster):
        inputs = {name: dask_folder(folder) for name, folder in folders.items()}
        assert inputs["current"].npartitions == PARTS
        assert list(judged(request_, inputs)) == expected


def test_on_dask_without_a_cluster(request_, folders, expected):
    inputs = {name: dask_folder(folder) for name, folder in folders.items()}
    assert list(judged(request_, inputs)) == expected


def test_on_spark(request_, folders, expected, spark):
    inputs = {name: spark.read.parquet(str(folder)) for name, folder in folders.items()}
    assert list(judged(request_, inputs)) == expected


@pytest.mark.parametrize("writer", ["polars", "spark"])
def test_on_parquet_that_others_wrote(writer, request_, folders, expected, tmp_path, request):
    for name, folder in folders.items():
        if writer == "polars":
            (tmp_path / name).mkdir()
            polars_folder(folder).sink_parquet(tmp_path / name / "1.parquet", row_group_size=3000)
            continue
        spark = request.getfixturevalue("spark")
        frame = spark.read.parquet(str(folder))
        frame.repartition(3).write.parquet(str(tmp_path / name))
        assert (tmp_path / name / "_SUCCESS").exists()
    assert list(judged(request_, {n: tmp_path / n for n in folders})) == expected


@pytest.mark.parametrize("kind", ["threads", "processes", "dask"])
def test_by_workers(kind, request_, folders, tables, expected, dask_cluster):
    workers = {
        "threads": lambda: ThreadWorkers(2, 60),
        "processes": lambda: ProcessWorkers(2, 60),
        "dask": lambda: DaskWorkers(dask_cluster.scheduler_address, 60),
    }[kind]()
    assert list(judged(request_, folders, workers)) == expected
    whole, parts = read_table(tables["current"]), read_table(folders["current"], workers=workers)
    crossed = ("sex", "race", "education", "label")
    cells = count_table(whole, crossed, categorical=crossed[:3])
    assert list(count_table(parts, crossed, categorical=crossed[:3])) == list(cells)
    plan = plan_for(whole.batches(COLUMNS))
    one, many = profile_table(whole, plan), profile_table(parts, plan)
    assert to_bytes(replace(many, partitions=one.partitions)) == to_bytes(one)
    assert [part.name for part in many.partitions] == [f"{n}.parquet" for n in range(PARTS)]
    if kind != "threads":
        workers.close()
