"""GOVGATE_VERIFY in processes of their own: code that knows nothing of govgate is refused too."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TRY = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow
from mlflow import artifacts
told = {}
for name, call in json.loads(sys.argv[1]).items():
    try:
        told[name] = ["done", str(eval(call))]
    except Exception as why:
        told[name] = [type(why).__name__, getattr(why, "reason", str(why))]
print("TOLD" + json.dumps(told))
"""


class Process:
    """A Python of its own, in which calls are tried one after the other."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.said = ""

    def tried(self, mode, *, project=True, **calls):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GOVGATE_")}
        environment |= {"MLFLOW_TRACKING_URI": self.server.url, "TMPDIR": str(self.folder)}
        environment |= {"GOVGATE_VERIFY": mode} if mode is not None else {}
        environment |= {"GOVGATE_PROJECT": str(self.server.governed.folder)} if project else {}
        done = subprocess.run(
            [sys.executable, "-c", TRY, json.dumps(calls)],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.said = done.stderr
        assert "TOLD" in done.stdout, done.stderr
        return json.loads(done.stdout.split("TOLD")[1])


@pytest.fixture
def process(mlflow_server, tmp_path):
    return Process(mlflow_server, tmp_path)


def every_way_in(uri, root):
    """Calls of MLflow's that open, or hand out, a whole model."""
    return {
        "pyfunc": f"mlflow.pyfunc.load_model({uri!r}).predict([[1]])",
        "pyfunc, older name": f"mlflow.pyfunc.load_pyfunc({uri!r}).predict([[1]])",
        "sklearn": f"mlflow.sklearn.load_model({uri!r})",
        "download": f"artifacts.download_artifacts({uri!r})",
        "download to": f"artifacts.download_artifacts({uri!r}, dst_path={str(root / 'to')!r})",
        "dst_path": f"mlflow.pyfunc.load_model({uri!r}, dst_path={str(root)!r})",
        "serving": "__import__('mlflow.pyfunc.scoring_server', fromlist=['_'])"
        f".load_model_with_mlflow_config({uri!r})",
        "Model.load": f"mlflow.models.Model.load({uri!r}).flavors",
        "get_model_info": f"mlflow.models.get_model_info({uri!r}).flavors",
        "evaluate": f"mlflow.models.evaluate({uri!r}, __import__('pandas').DataFrame("
        "{'a': [1], 'y': [1]}), targets='y', model_type='classifier')",
    }


@pytest.fixture(scope="module")
def undecided(shop):
    """A model that nobody decided on, its addresses, and the file its code would write."""
    version, path, marker = shop.register("hook-undecided")
    run = shop.post("runs/create", experiment_id="0")["run"]["info"]
    root = run["artifact_uri"].removeprefix("mlflow-artifacts:").lstrip("/")
    for file, text in shop.files("hook-undecided")[0].items():
        shop.put(f"{root}/model/{file}", text)
    shop.put(f"{root}/plot.txt", "no model")
    folder, _ = shop.save("hook-undecided")
    addresses = {
        "version": f"models:/hook-undecided/{version.version}",
        "latest": "models:/hook-undecided/latest",
        "id": version.source,
        "run": f"runs:/{run['run_id']}/model",
        "storage": f"mlflow-artifacts:/{path}",
        "folder": str(folder),
        "file": folder.as_uri(),
    }
    return addresses, marker, run["run_id"]


def test_enforced_every_loader_refuses_every_address_of_an_undecided_model(process, undecided):
    addresses, marker, _ = undecided
    calls = {
        f"{kind}: {name}": call
        for kind, uri in addresses.items()
        for name, call in every_way_in(uri, process.folder).items()
        # What is said of a model on this machine runs nothing of it.
        if not (kind in {"folder", "file"} and name in {"Model.load", "get_model_info"})
    }
    (process.folder / "to").mkdir()
    told = process.tried("enforce", **calls)
    assert {name: said for name, said in told.items() if said[1] != "NO_ATTESTATION"} == {}
    assert not marker.exists()
    assert [p for p in (process.folder / "to").rglob("*") if p.is_file()] == []
    assert [p.name for p in process.folder.iterdir()] == ["to"]


def test_enforced_what_is_allowed_loads_and_other_files_are_handed_out(process, shop, undecided):
    _, _, run = undecided
    version, _, _ = shop.promoted("hook-allowed")
    number = f"models:/hook-allowed/{version.version}"
    to = process.folder / "to"
    to.mkdir()
    told = process.tried(
        "enforce",
        alias="mlflow.pyfunc.load_model('models:/hook-allowed@champion').predict([[1]])",
        number=f"mlflow.pyfunc.load_model({number!r}, dst_path={str(to)!r}).predict([[1]])",
        again=f"mlflow.pyfunc.load_model({str(to)!r}).predict([[1]])",
        bytes=f"mlflow.pyfunc.load_model({version.source!r}).predict([[1]])",
        info=f"sorted(mlflow.models.get_model_info({number!r}).flavors)",
        info_of_id=f"sorted(mlflow.models.get_model_info({version.source!r}).flavors)",
        part=f"open(artifacts.download_artifacts('{number}/code/model_hook_allowed.py')).read(4)",
        plot=f"open(artifacts.download_artifacts('runs:/{run}/plot.txt')).read()",
        missing=f"artifacts.download_artifacts('runs:/{run}/nothing')",
        govgate=f"__import__('govgate').load_model({number!r}).predict([[1]])",
    )
    assert told.pop("missing")[0] != "done"
    expected = dict.fromkeys(("alias", "number", "again", "bytes", "govgate"), "[1]")
    expected |= dict.fromkeys(("info", "info_of_id"), "['python_function']")
    expected |= {"part": "from", "plot": "no model"}
    assert told == {name: ["done", said] for name, said in expected.items()}
    # Only what `download_artifacts` gave away is left for as long as the process, then nothing.
    assert sorted(p.name for p in process.folder.iterdir()) == ["to"]
    assert (to / "MLmodel").is_file()


def test_files_planted_where_a_model_is_downloaded_to_are_not_loaded_with_it(process, shop):
    version, _, marker = shop.promoted("hook-planted")
    marker.unlink(missing_ok=True)
    to = process.folder / "to"
    (to / "code").mkdir(parents=True)
    (to / "code" / "os.py").write_text("raise SystemExit")
    uri = f"models:/hook-planted/{version.version}"
    told = process.tried("enforce", load=f"mlflow.pyfunc.load_model({uri!r}, dst_path={str(to)!r})")
    assert told == {"load": ["DeniedError", "DIGEST_MISMATCH"]}
    assert not marker.exists()


def test_a_part_that_leads_out_is_not_handed_out_as_if_it_had_been_verified(process, shop):
    version, _, _ = shop.promoted("hook-parts")
    outside, marker = shop.save("hook-parts-outside")
    uri = f"models:/hook-parts/{version.version}"
    told = process.tried(
        "enforce",
        up=f"mlflow.pyfunc.load_model('{uri}/../{outside.name}')",
        absolute=f"mlflow.pyfunc.load_model('models:/hook-parts@champion/{outside}')",
        file=f"artifacts.download_artifacts('{uri}/../../etc/hostname')",
    )
    assert {name: said[1] for name, said in told.items()} == dict.fromkeys(told, "MALFORMED")
    assert not marker.exists()


@pytest.mark.parametrize("mode", ["", "enforced", "Enforce", "0", "off"])
def test_a_mode_that_is_none_refuses(process, undecided, mode):
    addresses, marker, _ = undecided
    told = process.tried(mode, load=f"mlflow.pyfunc.load_model({addresses['id']!r})")
    assert told == {"load": ["DeniedError", "VERIFY_UNAVAILABLE"]}
    assert not marker.exists()


def test_without_a_project_everything_is_refused(process, shop, undecided):
    _, _, run = undecided
    version, _, marker = shop.promoted("hook-no-project")
    marker.unlink(missing_ok=True)
    told = process.tried(
        "enforce",
        project=False,
        version=f"mlflow.pyfunc.load_model('models:/hook-no-project/{version.version}')",
        bytes=f"mlflow.pyfunc.load_model({version.source!r})",
        plot=f"open(artifacts.download_artifacts('runs:/{run}/plot.txt')).read()",
    )
    assert told.pop("plot") == ["done", "no model"]
    assert told == {key: ["DeniedError", "VERIFY_UNAVAILABLE"] for key in ("version", "bytes")}
    assert not marker.exists()


def test_audited_a_refusal_is_logged_and_the_model_loads(process, shop, undecided):
    addresses, marker, _ = undecided
    shop.promoted("hook-audited")
    told = process.tried(
        "audit",
        undecided=f"mlflow.pyfunc.load_model({addresses['version']!r}).predict([[1]])",
        allowed="mlflow.pyfunc.load_model('models:/hook-audited@champion').predict([[1]])",
    )
    marker.unlink()
    assert told == {key: ["done", "[1]"] for key in ("undecided", "allowed")}
    logged = [line for line in process.said.splitlines() if "would be refused" in line]
    assert len(logged) == 1
    assert f"{addresses['version']} would be refused: NO_ATTESTATION" in logged[0]


def test_unset_mlflow_is_as_it_was(process, undecided):
    addresses, marker, _ = undecided
    told = process.tried(
        None,
        load=f"mlflow.pyfunc.load_model({addresses['version']!r}).predict([[1]])",
        ours="[m for m in sys.modules if m.startswith('govgate.integrations.mlflow.')]",
        code="mlflow.tracking.artifact_utils._download_artifact_from_uri.__code__.co_filename",
    )
    marker.unlink()
    assert told["load"] == ["done", "[1]"]
    assert "mlflow.context" in told["ours"][1]
    assert "mlflow.hook" not in told["ours"][1]
    assert told["code"][1].endswith("artifact_utils.py")


@pytest.mark.parametrize("mode", [None, "enforce"])
def test_the_plugins_are_silent_while_mlflow_is_imported(mode):
    environment = {k: v for k, v in os.environ.items() if k != "GOVGATE_VERIFY"}
    environment |= {"GOVGATE_VERIFY": mode} if mode else {}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import mlflow"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "first", ["mlflow.tracking.artifact_utils", "mlflow.tracking.context.registry"]
)
def test_whatever_is_imported_first_the_function_is_ours(first):
    shown = f"import {first}\nfrom mlflow.tracking import artifact_utils as a\n"
    shown += "print(a._download_artifact_from_uri.__code__.co_filename)"
    done = subprocess.run(
        [sys.executable, "-c", shown],
        env={**os.environ, "GOVGATE_VERIFY": "enforce"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip().endswith("hook.py")


def test_a_function_that_takes_other_arguments_stops_the_import():
    from types import SimpleNamespace

    from govgate.errors import ProjectError
    from govgate.integrations.mlflow.hook import put_in

    def _download_artifact_from_uri(artifact_uri, somewhere):
        return artifact_uri, somewhere

    kept = _download_artifact_from_uri.__code__
    for module in (
        SimpleNamespace(_download_artifact_from_uri=_download_artifact_from_uri),
        SimpleNamespace(_download_artifact_from_uri=len),
        SimpleNamespace(),
    ):
        with pytest.raises(ProjectError, match="cannot be made to verify"):
            put_in(module)
    assert _download_artifact_from_uri.__code__ is kept


LOADERS = re.compile(r"^def load_(?:model|explainer)\(.*?(?=^[^\s)])", re.MULTILINE | re.DOTALL)
ELSEWHERE = {
    "dspy/load.py": "its helper downloads",
    "diffusers/__init__.py": "downloads below another name",
    "langchain/__init__.py": "stands in model.py",
}


def test_every_loader_of_mlflow_gets_its_files_from_the_function_that_is_ours():
    import mlflow

    root = Path(mlflow.__file__).parent
    found, astray = 0, []
    for path in root.rglob("*.py"):
        for loader in LOADERS.findall(path.read_text(encoding="utf-8")):
            found += 1
            name = str(path.relative_to(root))
            if "_download_artifact_from_uri(" not in loader and name not in ELSEWHERE:
                astray.append(name)
    assert found > 20
    assert astray == []
