"""An MLflow registry, spoken to over REST so that no verb waits for `import mlflow`.

Source: MLflow REST API 2.0, model registry and artifacts.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests

from govgate.errors import DeniedError, EvidenceError, StoreError
from govgate.ports import Alias, ModelVersion
from govgate.tree import File, tree_digest

_API = "/api/2.0/mlflow"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
_STAGE = "stage:"
_PIECE_BYTES = 1 << 20
_FORBIDDEN = 403
DEFAULT_WORKSPACE = "default"
_PAGE = 1_000
"""Versions asked for at a time; a version with its attestation and proof is some 5 KB."""

_KINDS = ("", "tags.`mlflow.prompt.is_prompt` = 'true'")
"""Filters of MLflow's searches: what no tag calls a prompt, and what one does."""

_ABSENT = "answered 404"


class MlflowRegistry:
    """Implements `ports.Registry` over a tracking server's address."""

    def __init__(
        self,
        uri: str,
        content_of_folder: Callable[[Path], str],
        *,
        workspace: str = DEFAULT_WORKSPACE,
        timeout_s: float = 60.0,
    ) -> None:
        """Use a server.

        Args:
            uri: Such as "http://127.0.0.1:5000", with its static prefix if it has one.
            content_of_folder: Gives the tree digest of a folder on this machine.
            workspace: MLflow's workspace that every request is about.
            timeout_s: How long one request may take, in seconds.
        """
        self._uri = uri.rstrip("/")
        self._content_of_folder = content_of_folder
        self._timeout_s = timeout_s
        self._workspace = workspace
        self._session = requests.Session()
        if workspace != DEFAULT_WORKSPACE:
            # A server without workspaces refuses the header, as it should.
            self._session.headers["X-MLFLOW-WORKSPACE"] = workspace
        user, token = (
            os.environ.get("MLFLOW_TRACKING_USERNAME"),
            os.environ.get("MLFLOW_TRACKING_TOKEN"),
        )
        if user:
            self._session.auth = (user, os.environ.get("MLFLOW_TRACKING_PASSWORD", ""))
        elif token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def version(self, name: str, version: str) -> ModelVersion:
        """See `ports.Registry.version`."""
        if version.startswith("@"):
            answer = self._get(f"{_API}/registered-models/alias", name=name, alias=version[1:])
        else:
            answer = self._get(f"{_API}/model-versions/get", name=name, version=version)
        with self._understood():
            return self._version(answer["model_version"])

    def versions(self) -> Iterator[ModelVersion]:
        """See `ports.Registry.versions`.

        A tag that anybody may set calls a version a prompt, and MLflow's search then leaves
        it out, with all versions beside it. What it left out is asked for by its number.
        """
        seen = set()
        for version in map(self._version, self._search("model-versions", "model_versions")):
            seen.add((version.name, version.version))
            yield version
        for model in self._search("registered-models", "registered_models"):
            newest = max((int(v["version"]) for v in model.get("latest_versions", ())), default=0)
            for number in map(str, range(1, newest + 1)):
                if (model["name"], number) not in seen:
                    yield from self._version_if_any(model["name"], number)

    def aliases(self) -> Iterator[Alias]:
        """See `ports.Registry.aliases`."""
        for model in self._search("registered-models", "registered_models"):
            for alias in model.get("aliases", ()):
                yield Alias(model["name"], alias["alias"], str(alias["version"]))

    def _search(self, path: str, field: str) -> Iterator[dict[str, Any]]:
        for kind in _KINDS:
            # In an order that no write changes, so that nothing slips from page to page.
            asked = {"max_results": str(_PAGE), "order_by": "name ASC", "filter": kind}
            while True:
                answer = self._get(f"{_API}/{path}/search", **asked)
                with self._understood():
                    yield from answer.get(field, ())
                asked["page_token"] = answer.get("next_page_token", "")
                if not asked["page_token"]:
                    break

    def _version_if_any(self, name: str, number: str) -> Iterator[ModelVersion]:
        try:
            yield self.version(name, number)
        except StoreError as why:
            if _ABSENT not in str(why):
                raise

    def content(self, version: ModelVersion) -> str:
        """See `ports.Registry.content`.

        Raises:
            StoreError: The bytes cannot be read from here.
        """
        # What is sealed is what every loader is given, whatever lies at the source by now.
        source = version.tags.get("govgate.sealed_uri") or version.source
        if source.startswith("models:/m-"):
            logged = self._get(f"{_API}/logged-models/{quote(source.removeprefix('models:/'))}")
            with self._understood():
                source = str(logged["model"]["info"]["artifact_uri"])
        parts = urlsplit(source)
        try:
            if parts.scheme == "mlflow-artifacts":
                return tree_digest(self._files(unquote(parts.path).strip("/")))
            if parts.scheme in {"", "file"}:
                return self._content_of_folder(Path(unquote(parts.path)))
        except EvidenceError as why:
            msg = f"the bytes of {version.name} {version.version} cannot be judged: {why}"
            raise StoreError(msg) from why
        msg = f"{version.name} {version.version} lies at {source}, which cannot be read through "
        msg += "the registry; start the server with --serve-artifacts (`govgate server` does)"
        raise StoreError(msg)

    def logged_model(self, model_id: str) -> Mapping[str, Any] | None:
        """What the server says of a logged model, as MLflow's REST API has it; None when gone."""
        return self._kept("model", f"{_API}/logged-models/{quote(model_id)}")

    def run(self, run_id: str) -> Mapping[str, Any] | None:
        """What the server says of a run, as MLflow's REST API has it; None when gone."""
        return self._kept("run", f"{_API}/runs/get", run_id=run_id)

    def attest(self, version: ModelVersion, envelope: bytes) -> None:
        """See `ports.Registry.attest`."""
        self._tag(version, "govgate.attestation", envelope)

    def order(self, version: ModelVersion, envelope: bytes) -> None:
        """See `ports.Registry.order`."""
        self._tag(version, "govgate.revocation", envelope)

    def _tag(self, version: ModelVersion, key: str, envelope: bytes) -> None:
        named = {"name": version.name, "version": version.version}
        value = {"key": key, "value": envelope.decode()}
        self._post(f"{_API}/model-versions/set-tag", **named, **value)

    def set_alias(self, version: ModelVersion, alias: str) -> None:
        """See `ports.Registry.set_alias`."""
        named = {"name": version.name, "version": version.version}
        if alias.startswith(_STAGE):
            path, more = "model-versions/transition-stage", {"stage": alias.removeprefix(_STAGE)}
        else:
            path, more = "registered-models/alias", {"alias": alias}
        self._post(f"{_API}/{path}", **named, **more)

    @property
    def uri(self) -> str:
        """The server's address."""
        return self._uri

    def guarded(self) -> bool:
        """Tell whether the registry refuses what only govgate may write; changes nothing.

        Raises:
            StoreError: The registry did not answer.
        """
        probe = {"name": "govgate-doctor-asks", "key": "govgate.decision", "value": "allowed"}
        try:
            self._post(f"{_API}/registered-models/set-tag", **probe)
        except DeniedError as why:
            return why.reason == "RESERVED_TAG"
        except StoreError as why:
            # An unguarded registry looks the model up first, and does not find it.
            if _ABSENT in str(why):
                return False
            raise
        return False

    def _files(self, root: str) -> Iterator[File]:
        waiting = [""]
        while waiting:
            below = waiting.pop()
            listed = self._get(_ARTIFACTS, path=f"{root}/{below}".rstrip("/"))
            for entry in listed.get("files", ()):
                path = f"{below}/{entry['path']}".lstrip("/")
                if entry.get("is_dir"):
                    waiting.append(path)
                else:
                    yield path, partial(self._pieces, f"{_ARTIFACTS}/{quote(f'{root}/{path}')}")

    def _pieces(self, path: str) -> Iterator[bytes]:
        try:
            with self._ask("GET", path, stream=True) as answer:
                yield from answer.iter_content(_PIECE_BYTES)
        except requests.RequestException as why:
            msg = f"{path} broke off while it was read ({type(why).__name__}); try again"
            raise StoreError(msg) from why

    def _version(self, found: Mapping[str, Any]) -> ModelVersion:
        return ModelVersion(
            name=found["name"],
            version=str(found["version"]),
            created_ms=int(found["creation_timestamp"]),
            source=found.get("source", ""),
            run_id=found.get("run_id", ""),
            tags={t["key"]: t["value"] for t in found.get("tags", ())},
            aliases=tuple(found.get("aliases", ())),
            stage=found.get("current_stage") or "None",
            workspace=self._workspace,
        )

    def _get(self, path: str, /, **params: str) -> dict[str, Any]:
        with self._understood():
            found: dict[str, Any] = self._ask("GET", path, params=params).json()
        return found

    def _kept(self, what: str, path: str, /, **params: str) -> dict[str, Any] | None:
        try:
            answer = self._get(path, **params)
        except StoreError as why:
            if "answered 404" in str(why):
                return None
            raise
        with self._understood():
            return dict(answer[what])

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Turn an answer of another shape into a failure that says whose it is.

        Raises:
            StoreError: The answer is not one of MLflow's.
        """
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError) as why:
            msg = f"what answers at {self._uri} is no MLflow registry ({type(why).__name__}); "
            raise StoreError(msg + "set registry.uri in govgate.yaml") from why

    def _post(self, path: str, /, **body: str) -> None:
        self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        try:
            answer = self._session.request(
                method, self._uri + path, timeout=self._timeout_s, **more
            )
        except requests.RequestException as why:
            msg = f"the registry at {self._uri} did not answer ({type(why).__name__}); "
            msg += "start it with `govgate server`, or set registry.uri in govgate.yaml"
            raise StoreError(msg) from why
        if not answer.ok:
            raise _refusal(answer)
        return answer


def _refusal(answer: requests.Response) -> DeniedError | StoreError:
    try:
        said: Mapping[str, Any] = answer.json()
    except ValueError:
        said = {}
    message = str(said.get("message") or answer.text[:200] or answer.reason)
    detail = said.get("govgate")
    if answer.status_code == _FORBIDDEN and isinstance(detail, dict):
        return DeniedError(message, str(detail.get("reason", "NOT_ALLOWED")), "")
    return StoreError(f"the registry answered {answer.status_code}: {message}; correct and retry")
