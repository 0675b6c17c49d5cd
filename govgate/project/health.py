"""What is unsafe here, in one line each."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path

from govgate.errors import GovgateError
from govgate.gates import gate_names, selftest
from govgate.project.front import Project
from govgate.project.keeping import State
from govgate.project.keys import open_log_signers, open_signer
from govgate.project.settings import find_folder
from govgate.project.tested import TESTED_MLFLOW, is_tested

_PLUGINS = {
    "mlflow.model_registry_store": "govgate+sqlite",
    "mlflow.run_context_provider": "govgate",
    "mlflow.model_evaluator": "govgate",
}
"""Entry points of ours that MLflow looks for, by group."""

_CAPS = {
    "fastapi": ((0, 155), "prefect's server does not import with 0.155 and later"),
    "sqlalchemy": ((2, 1), "prefect never schedules a run with 2.1 and later"),
    "pandas": ((3, 1), "evidently does not import under 3.1 and later"),
}


@dataclass(frozen=True)
class Health:
    """One thing looked at."""

    about: str
    healthy: bool
    said: str


def examine_health(start: Path) -> Iterator[Health]:
    """Look at the environment, the project, its keys, its ledger and its registry.

    Args:
        start: A folder in the project.

    Yields:
        One line each; later ones are left out where an earlier one makes them senseless.
    """
    yield from _packages()
    yield _way(os.environ)
    yield _looked("gates", _gates)
    yield _looked("plugins", _plugins)
    try:
        project = Project(find_folder(start))
    except GovgateError as why:
        yield Health("project", healthy=False, said=str(why))
        return
    yield Health("project", healthy=True, said=f"{project.folder}, {project.policy.title}")
    yield _looked("gate key", lambda: _gate_key(project))
    yield _looked("log key", lambda: _log_keys(project))
    yield _looked("people", lambda: _people(project))
    yield _looked("ledger", lambda: f"{project.verify_ledger().size} entries hold")
    yield _looked("kept files", lambda: _kept_files(project))
    yield _looked("registry", lambda: _registry(project))


def _packages() -> Iterator[Health]:
    for name, (cap, why) in _CAPS.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Health(name, healthy=False, said="not installed; `pip install govgate`")
            continue
        numbers = tuple(int(n) for n in found.split(".")[:2] if n.isdigit())
        fits = numbers < cap
        below = ".".join(map(str, cap))
        yield Health(name, fits, found if fits else f"{found}: {why}; install {name}<{below}")
    yield examine_mlflow()


def examine_mlflow() -> Health:
    """Tell whether this MLflow's registry store was read."""
    found = version("mlflow")
    if is_tested(found):
        return Health("mlflow", healthy=True, said=found)
    msg = f"{found} is not of a tested minor version, so a new route could be unguarded; install "
    return Health("mlflow", healthy=False, said=msg + f"mlflow {TESTED_MLFLOW[-1]}")


def _way(environment: Mapping[str, str]) -> Health:
    """Tell whether what runs here would go past the server."""
    for name in ("MLFLOW_REGISTRY_URI", "MLFLOW_TRACKING_URI"):
        if "://" in (uri := environment.get(name, "")) and not uri.startswith("http"):
            said = f"{name} is a {uri.partition(':')[0]} store, which goes past the server; "
            return Health("way", healthy=False, said=said + "set it to the server's address")
    return Health("way", healthy=True, said="MLflow here goes through a server")


def _looked(about: str, look: Callable[[], str]) -> Health:
    try:
        return Health(about, healthy=True, said=look())
    except GovgateError as why:
        return Health(about, healthy=False, said=str(why.args[0]))


def _gates() -> str:
    for name in gate_names():
        if trouble := selftest(name):
            msg = f"{name}: {trouble}; fix or remove the gate"
            raise GovgateError(msg)
    return f"{', '.join(gate_names())} tell their planted bodies apart"


def _gate_key(project: Project) -> str:
    settings = project.settings
    open_signer(project.folder, settings.keys.gate, settings.trust.gate[0])
    return f"{settings.keys.gate} can be used by its owner only"


def _log_keys(project: Project) -> str:
    open_log_signers(project.folder, project.settings)
    return f"{', '.join(project.settings.keys.log)} can be used by its owner only"


def _plugins() -> str:
    """Load what MLflow looks for: without a plugin it goes on, and only warns.

    Raises:
        GovgateError: One is not there, is not ours, or cannot be imported.
    """
    for group, name in _PLUGINS.items():
        points = [point for point in entry_points(group=group) if point.name == name]
        try:
            if not points[0].value.startswith("govgate."):
                msg = f"{name} of {group} is {points[0].value}; uninstall what brought it"
                raise GovgateError(msg)
            points[0].load()
        except (IndexError, ImportError, AttributeError) as why:
            msg = f"MLflow does not find {name} of {group} ({why}); install govgate again"
            raise GovgateError(msg) from why
    mode = os.environ.get("GOVGATE_VERIFY")
    if mode not in {None, "enforce", "audit"}:
        msg = f"GOVGATE_VERIFY is {mode!r}, so every load is refused; set it to enforce or audit"
        raise GovgateError(msg)
    return f"MLflow finds them; GOVGATE_VERIFY is {mode or 'unset: its own loaders verify nothing'}"


def _people(project: Project) -> str:
    signing = [p.id for p in project.people.people if p.keys]
    if not signing:
        msg = f"nobody in {project.settings.people} has a key, so nobody can sign; add keys"
        raise GovgateError(msg)
    return f"{', '.join(signing)} can sign"


def _kept_files(project: Project) -> str:
    found = project.kept.all()
    for kept in found:
        if kept.state is State.LOST:
            project.kept.secret(kept)
        if kept.state is State.HALF_ERASED:
            msg = f"the erasure of {kept.attachment.handle} is recorded, and its key is still here"
            raise GovgateError(msg + "; run `govgate evidence erase` for it again")
    if stray := project.kept.stray_keys():
        msg = f"the erasable key {stray[0]} (of {len(stray)}) belongs to no entry; add its file "
        raise GovgateError(msg + "again, or delete the key")
    return f"{len(found)} kept with models, every key in its place"


def _registry(project: Project) -> str:
    if not project.registry.guarded():
        msg = f"the registry at {project.registry.uri} accepts reserved tags: it is not guarded; "
        raise GovgateError(msg + "start it with `govgate server`")
    return f"{project.registry.uri} refuses reserved tags"
