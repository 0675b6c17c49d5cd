"""From a version back to run, data and entries; what cannot be followed is said."""

import json

import pytest

from govgate.cli.main import main
from govgate.errors import ProjectError, StoreError
from govgate.ports import ModelVersion
from govgate.project import Project, create_project, trace_lineage
from govgate.records import Evidence, Request, Subject

WHOLE, OTHER = "ab" * 32, "cd" * 32
CONTENT = "sha256:" + "ef" * 32


def dataset(name, source, context=""):
    tags = [{"key": "mlflow.data.context", "value": context}] if context else []
    said = {"name": name, "digest": "12345678", "source_type": "code", "source": source}
    return {"dataset": said, "tags": tags}


def source(sha256):
    return json.dumps({"tags": {"sha256": sha256}})


class Tracking:
    """A registry and tracking server that says what a test puts in."""

    def __init__(self):
        self.found = ModelVersion("credit", "2", 1, "models:/m-1", "r1", {}, ())
        self.models = {"m-1": {"info": {"source_run_id": "r1"}}}
        tags = [{"key": "mlflow.user", "value": "tess"}]
        inputs = [dataset("scored", source(WHOLE), "evaluation"), dataset("train", source(OTHER))]
        self.runs = {"r1": {"data": {"tags": tags}, "inputs": {"dataset_inputs": inputs}}}

    def version(self, _name, _version):
        return self.found

    def content(self, _version):
        return CONTENT

    def logged_model(self, model_id):
        return self.models.get(model_id)

    def run(self, run_id):
        return self.runs.get(run_id)


@pytest.fixture
def tracking(monkeypatch):
    made = Tracking()
    monkeypatch.setattr(Project, "registry", made)
    return made


@pytest.fixture
def project(tmp_path, noon, tracking):  # noqa: ARG001 -- asked instead of a server
    create_project(tmp_path / "credit", name="credit")
    project = Project(tmp_path / "credit")
    subject = Subject(name="models:/credit/2", content=CONTENT)
    evidence = Evidence(
        subject=subject,
        kind="group-outcomes/v1",
        taken_at=noon,
        taken_by="test",
        population={"rows": 2},
        materials={"predictions": f"sha256:{WHOLE}"},
        body={},
    )
    project.record([evidence])
    project.decide(Request(subject=subject, trained_by="tess"))
    return project


def test_a_version_is_followed_to_the_data_that_its_evidence_was_measured_on(project):
    found = trace_lineage(project, "models:/credit/2")
    assert (found.logged_model, found.run, found.user) == ("m-1", "r1", "tess")
    assert found.content == CONTENT
    assert found.decided
    assert [(d.name, d.sha256, d.context, d.evidence) for d in found.data] == [
        ("scored", WHOLE, "evaluation", (0,)),
        ("train", OTHER, "", ()),
    ]
    assert [e.kind for e in found.entries] == ["evidence/v1", "decision/v1"]
    assert found.gaps == ()


def test_the_verb_prints_it_for_people_and_for_machines(project, capsys):
    words = ["lineage", "models:/credit/2", "--project", str(project.folder)]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "entry 0" in shown
    assert WHOLE in shown
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"][0]["evidence"] == [0]


def forget_model(tracking):
    tracking.models.clear()


def forget_run(tracking):
    tracking.runs.clear()


def forget_data(tracking):
    tracking.runs["r1"]["inputs"] = {}


def name_another_run(tracking):
    tracking.models["m-1"]["info"]["source_run_id"] = "r2"
    tracking.runs["r2"] = tracking.runs["r1"]


def leave_nothing(tracking):
    tracking.found = ModelVersion("credit", "2", 1, "/models/credit", "", {}, ())


def exchange_the_bytes(tracking):
    tracking.content = lambda _version: "sha256:" + "00" * 32


def stock_digest(tracking):
    tracking.runs["r1"]["inputs"]["dataset_inputs"][0]["dataset"]["source"] = "{}"


GAPS = [
    (forget_model, "logged model m-1 is not there"),
    (forget_run, "run r1 is not there"),
    (forget_data, "logged no dataset"),
    (name_another_run, "the version names run r1"),
    (leave_nothing, "neither logged model nor run"),
    (exchange_the_bytes, "no decision"),
    (stock_digest, "no whole digest"),
]


@pytest.mark.parametrize(("change", "said"), GAPS)
def test_what_cannot_be_followed_is_a_gap_and_an_exit_code(project, tracking, change, said, capsys):
    change(tracking)
    found = trace_lineage(project, "models:/credit/2")
    assert any(said in gap for gap in found.gaps), found.gaps
    assert main(["lineage", "models:/credit/2", "--project", str(project.folder)]) == 3
    assert f"gap: {found.gaps[0]}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("text", ["", "[]", '{"tags": 1}', '{"tags": {"sha256": "ab"}}', "{"])
def test_a_source_that_is_not_ours_has_no_whole_digest(project, tracking, text):
    tracking.runs["r1"]["inputs"]["dataset_inputs"] = [dataset("odd", text)]
    assert trace_lineage(project, "models:/credit/2").data[0].sha256 == ""


def test_a_folder_has_no_lineage(project):
    with pytest.raises(ProjectError, match="folder"):
        trace_lineage(project, ".")


def test_a_server_that_does_not_answer_is_no_gap(project, tracking):
    def fail(_run):
        msg = "the registry did not answer; start it"
        raise StoreError(msg)

    tracking.run = fail
    with pytest.raises(StoreError):
        trace_lineage(project, "models:/credit/2")
