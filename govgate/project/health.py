"""What is unsafe here, in one line each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from govgate.errors import GovgateError
from govgate.gates import gate_names, selftest
from govgate.project.front import Project
from govgate.project.keys import open_signer
from govgate.project.settings import find_folder
from govgate.project.tested import is_tested

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
    yield _looked("gates", _gates)
    try:
        project = Project(find_folder(start))
    except GovgateError as why:
        yield Health("project", healthy=False, said=str(why))
        return
    yield Health("project", healthy=True, said=f"{project.folder}, {project.policy.title}")
    yield _looked("gate key", lambda: _key(project, project.settings.keys.gate))
    yield _looked("log key", lambda: _key(project, project.settings.keys.log))
    yield _looked("people", lambda: _people(project))
    yield _looked("ledger", lambda: f"{project.verify_ledger().size} entries hold")
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
    found = version("mlflow")
    tested = is_tested(found)
    hint = "; not in the tested list, a new store method could be unguarded"
    yield Health("mlflow", tested, found if tested else found + hint)


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


def _key(project: Project, path: str) -> str:
    public = project.settings.trust.log
    if path == project.settings.keys.gate:
        public = project.settings.trust.gate[0]
    open_signer(project.folder, path, public)
    return f"{path} can be used by its owner only"


def _people(project: Project) -> str:
    signing = [p.id for p in project.people.people if p.keys]
    if not signing:
        msg = f"nobody in {project.settings.people} has a key, so nobody can sign; add keys"
        raise GovgateError(msg)
    return f"{', '.join(signing)} can sign"


def _registry(project: Project) -> str:
    if not project.registry.guarded():
        msg = f"the registry at {project.registry.uri} accepts reserved tags: it is not guarded; "
        raise GovgateError(msg + "start it with `govgate server`")
    return f"{project.registry.uri} refuses reserved tags"
