"""The whole way on a real server: data, run, logged model, version, entries."""

import warnings

import pandas as pd

import govgate
from govgate.project import trace_lineage
from govgate.records import Evidence, Subject


def test_a_promoted_version_leads_to_the_table_it_was_measured_on(shop, temporary, noon):
    import mlflow

    assert temporary
    rows = pd.DataFrame({"sex": ["f", "m"], "label": [1.0, 0.0]})
    mlflow.set_tracking_uri(shop.server.url)
    with warnings.catch_warnings(action="ignore"), mlflow.start_run() as run:
        mlflow.log_input(govgate.mlflow_dataset(rows, name="scored"), context="evaluation")
    version, _, _ = shop.register("traced", run=run.info.run_id)
    content = shop.registry.content(version)
    project = shop.governed.project()
    whole = govgate.mlflow_dataset(rows).source.to_dict()["tags"]["sha256"]
    evidence = Evidence(
        subject=Subject(name="models:/traced/1", content=content),
        kind="group-outcomes/v1",
        taken_at=noon,
        taken_by="test",
        population={"rows": 2},
        materials={"predictions": f"sha256:{whole}"},
        body={},
    )
    project.record([evidence])
    shop.governed.decide(version, content)

    found = trace_lineage(project, f"models:/traced/{version.version}")

    assert found.run == run.info.run_id
    assert found.logged_model == version.source.removeprefix("models:/")
    (data,) = found.data
    assert (data.name, data.sha256, data.context) == ("scored", whole, "evaluation")
    measured = [e.index for e in found.entries if e.kind == "evidence/v1"]
    assert data.evidence == tuple(measured)
    assert found.gaps == ()

    mlflow.delete_run(run.info.run_id)
    mlflow.set_tracking_uri(None)
    assert trace_lineage(project, f"models:/traced/{version.version}").run == run.info.run_id
