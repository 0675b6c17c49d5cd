"""Everything that is not governed works through the guarded server as it does on stock MLflow."""

import pytest

NAME = "ungoverned"


@pytest.fixture(scope="module")
def client(mlflow_server):
    from mlflow import MlflowClient

    return MlflowClient(mlflow_server.url, mlflow_server.url)


@pytest.fixture
def tracking(mlflow_server):
    import mlflow

    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    mlflow.set_tracking_uri(mlflow_server.url)
    mlflow.set_registry_uri(mlflow_server.url)
    yield mlflow
    mlflow.set_tracking_uri(before[0])
    mlflow.set_registry_uri(before[1])


@pytest.fixture
def version(tracking, client):
    """A model logged in a run and registered, as tutorials do it."""
    client.get_experiment_by_name("free") or client.create_experiment("free")
    tracking.set_experiment("free")
    with tracking.start_run() as run:
        tracking.log_param("depth", 3)
        tracking.log_metric("auc", 0.9)
        logged = tracking.pyfunc.log_model(
            name="model", python_model=lambda model_input: model_input, pip_requirements=["mlflow"]
        )
    return tracking.register_model(logged.model_uri, NAME, tags={"team": "risk"}), run


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_a_model_is_logged_registered_tagged_found_loaded_and_deleted(tracking, client, version):
    version, run = version
    number = version.version
    assert version.run_id == run.info.run_id
    client.update_registered_model(NAME, "what it is for")
    client.update_model_version(NAME, number, "how it was made")
    client.set_registered_model_tag(NAME, "owner", "olga")
    client.set_model_version_tag(NAME, number, "reviewed", "yes")
    client.set_model_version_tag(NAME, number, "dropped", "yes")
    client.delete_model_version_tag(NAME, number, "dropped")
    client.set_registered_model_alias(NAME, "candidate", number)

    found = client.get_model_version(NAME, number)
    assert found.description == "how it was made"
    assert {"team": "risk", "reviewed": "yes"}.items() <= found.tags.items()
    assert "dropped" not in found.tags
    assert client.get_registered_model(NAME).tags == {"owner": "olga"}
    assert [v.version for v in client.search_model_versions(f"name='{NAME}'")] == [number]
    assert [m.name for m in client.search_registered_models(f"name='{NAME}'")] == [NAME]
    assert client.get_model_version_by_alias(NAME, "candidate").version == number
    for uri in (f"models:/{NAME}/{number}", f"models:/{NAME}@candidate"):
        assert tracking.pyfunc.load_model(uri).predict(["as it was"]) == ["as it was"]

    client.transition_model_version_stage(NAME, number, "Archived")
    client.delete_registered_model_alias(NAME, "candidate")
    client.delete_registered_model_tag(NAME, "owner")
    client.delete_model_version(NAME, number)
    client.rename_registered_model(NAME, f"{NAME}-renamed")
    client.delete_registered_model(f"{NAME}-renamed")
    assert client.search_registered_models(f"name LIKE '{NAME}%'") == []


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_prompts_are_registered_found_and_formatted(tracking):
    first = tracking.genai.register_prompt("judge", "Judge {{text}}", tags={"team": "risk"})
    second = tracking.genai.register_prompt("judge", "Judge well {{text}}")
    tracking.genai.set_prompt_alias("judge", "candidate", second.version)

    assert tracking.genai.load_prompt(f"prompts:/judge/{first.version}").format(text="me")
    found = tracking.genai.load_prompt("prompts:/judge@candidate")
    assert found.format(text="me") == "Judge well me"
    # other tests dress models up as prompts on this server
    assert "judge" in [p.name for p in tracking.genai.search_prompts()]
    tracking.genai.delete_prompt_alias("judge", "candidate")


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_logged_models_and_traces_are_tagged_and_searched(tracking, client, version):
    version, run = version
    model = tracking.get_logged_model(version.source.removeprefix("models:/"))
    tracking.set_logged_model_tags(model.model_id, {"stage": "tried"})
    assert tracking.get_logged_model(model.model_id).tags["stage"] == "tried"
    client.set_tag(run.info.run_id, "govgate-like", "free")

    @tracking.trace
    def answer(question):
        return question.upper()

    assert answer("why") == "WHY"
    trace = tracking.get_last_active_trace_id()
    tracking.flush_trace_async_logging()
    client.set_trace_tag(trace, "seen", "yes")
    assert client.get_trace(trace).info.tags["seen"] == "yes"
    client.delete_logged_model(model.model_id)
