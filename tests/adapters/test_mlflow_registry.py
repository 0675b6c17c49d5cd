"""The registry over REST: what it says, and everything else it may answer."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from govgate.adapters.mlflow_registry import MlflowRegistry
from govgate.adapters.model_files import content_of_folder
from govgate.errors import DeniedError, StoreError
from govgate.ports import ModelVersion

VERSION = ModelVersion("credit", "1", 1, "models:/m-1", "", {}, ())
REFUSAL = {
    "error_code": "PERMISSION_DENIED",
    "message": "[govgate] no",
    "govgate": {"reason": "RESERVED_TAG"},
}


@pytest.fixture
def answering():
    """A server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        status, body = 200, b"{}"
        asked: ClassVar[list] = []

        def do_GET(self):
            self.asked.append((self.path, self.headers.get("X-MLFLOW-WORKSPACE")))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(self.body)

        do_POST = do_GET  # noqa: N815 -- http.server's own name

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def answer(status, body, **how):
        Handler.status = status
        Handler.asked.clear()
        Handler.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        made = MlflowRegistry(f"http://127.0.0.1:{server.server_port}", content_of_folder, **how)
        made.asked = Handler.asked
        return made

    yield answer
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_refusal_of_the_guard_is_a_denial_with_its_reason(answering):
    registry = answering(403, REFUSAL)
    with pytest.raises(DeniedError, match="no") as caught:
        registry.set_alias(VERSION, "champion")
    assert caught.value.reason == "RESERVED_TAG"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        # NOT OK: a 403 of somebody else, a proxy's page, a broken server, a missing version
        (403, b"Permission denied"),
        (403, {"error_code": "PERMISSION_DENIED", "message": "not yours"}),
        (502, b"<html>bad gateway</html>"),
        (500, {"error_code": "INTERNAL_ERROR", "message": "boom"}),
        (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such version"}),
    ],
    ids=["basic auth", "no detail", "proxy", "broken", "missing"],
)
def test_any_other_no_is_a_failure_that_says_the_status(answering, status, body):
    with pytest.raises(StoreError, match=f"answered {status}"):
        answering(status, body).version("credit", "1")


@pytest.mark.parametrize("body", [b"<html>a login page</html>", {}, [], {"model_version": {}}])
def test_an_answer_of_another_shape_is_a_failure(answering, body):
    with pytest.raises(StoreError, match=";"):
        answering(200, body).version("credit", "1")


@pytest.mark.parametrize(
    ("status", "body", "guarded"),
    [(403, REFUSAL, True), (404, {"message": "no such model"}, False), (200, {}, False)],
)
def test_a_guarded_registry_is_told_from_an_open_one(answering, status, body, guarded):
    assert answering(status, body).guarded() is guarded


def test_no_server_says_how_to_start_one():
    with pytest.raises(StoreError, match="govgate server"):
        MlflowRegistry("http://127.0.0.1:9", content_of_folder).version("credit", "1")


def test_bytes_in_a_place_it_cannot_read_are_a_failure(answering):
    model = {"model": {"info": {"artifact_uri": "gs://bucket/models/m-1"}}}
    with pytest.raises(StoreError, match="gs://bucket"):
        answering(200, model).content(VERSION)


def test_the_real_server_is_guarded(mlflow_server):
    assert MlflowRegistry(mlflow_server.url, content_of_folder).guarded()


def test_a_run_or_logged_model_that_is_gone_is_none_and_no_fault(answering):
    gone = answering(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such"})
    assert gone.run("r1") is None
    assert gone.logged_model("m-1") is None
    there = answering(200, {"run": {"info": {}}, "model": {"info": {"source_run_id": "r"}}})
    assert there.run("r1") == {"info": {}}
    assert there.logged_model("m-1") == {"info": {"source_run_id": "r"}}


@pytest.mark.parametrize(("status", "body"), [(500, {}), (200, b"<html>"), (200, [])])
def test_a_run_is_not_gone_because_the_server_is_broken(answering, status, body):
    registry = answering(status, body)
    with pytest.raises(StoreError):
        registry.run("r1")


FOUND = {
    "model_version": {
        "name": "credit",
        "version": "1",
        "creation_timestamp": 7,
        "current_stage": "Production",
        "aliases": ["champion"],
    }
}


@pytest.mark.parametrize(
    ("how", "header", "workspace"),
    [
        ({}, None, "default"),  # a server without workspaces knows no such header
        ({"workspace": "default"}, None, "default"),
        ({"workspace": "risk"}, "risk", "risk"),
    ],
)
def test_every_request_names_the_projects_workspace(answering, how, header, workspace):
    registry = answering(200, FOUND, **how)

    version = registry.version("credit", "1")

    assert {named for _, named in registry.asked} == {header}
    assert (version.workspace, version.stage) == (workspace, "Production")
    assert version.aliases == ("champion",)
