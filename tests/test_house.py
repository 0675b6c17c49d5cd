"""The house keeps its promises: pins, licence, recipes, links, and a light start."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PIN = re.compile(r"[a-z0-9][a-z0-9._-]*==[0-9a-z.+!]+")
RECIPES = {"help", "setup", "demo", "test", "lint", "bench", "docs", "check"}
GUIDES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "changes/README.md")

# In pieces, so that this file does not hold what it looks for.
HOSTS = ("py" + "pi.org", "python" + "hosted.org", "py" + "pi.io")
MACHINE = ("/wo" + "rk/", "/ro" + "ot/", "/opt/" + "py" + "pi", "/ho" + "me/", "/Us" + "ers/")
HEAVY = {
    *("mlflow", "prefect", "evidently", "boto3", "pandas", "numpy", "pyarrow", "scipy"),
    *("sklearn", "sqlalchemy", "requests", "rich", "pydantic"),
}


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = (REPOSITORY / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def holding(needles: tuple[str, ...]) -> list[str]:
    wanted = [needle.encode() for needle in needles]
    return [
        str(path.relative_to(REPOSITORY))
        for path in tracked()
        if any(needle in path.read_bytes() for needle in wanted)
    ]


def test_pins_are_names_and_versions_and_nothing_else():
    lines = text_of("constraints.txt").splitlines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    names = [line.partition("==")[0] for line in lines]
    assert len(names) == len(set(names))
    assert {"pip", "mlflow", "prefect", "evidently", "hatchling", "pytest", "zensical"} <= set(
        names
    )


def test_no_file_names_a_registry_host():
    assert holding(HOSTS) == []


def test_no_file_names_a_path_of_one_machine():
    assert holding(MACHINE) == []


def test_the_search_finds_what_it_looks_for():
    assert "Makefile" in holding(("constraints.txt",))


def test_there_is_no_lock_file():
    locks = {"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock"}
    assert [path.name for path in tracked() if path.name in locks] == []


def test_the_licence_is_apache_2():
    text = text_of("LICENSE")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert 'license = "Apache-2.0"' in text_of("pyproject.toml")


def test_every_recipe_exists_and_is_explained():
    explained = re.findall(r"^(\w+):[^#\n]*## \S", text_of("Makefile"), re.MULTILINE)
    assert set(explained) == RECIPES


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_names_only_recipes_that_exist(guide):
    named = re.findall(r"`make (\w+)|^make (\w+)", text_of(guide), re.MULTILINE)
    assert {one or other for one, other in named} <= RECIPES


def test_ci_calls_the_recipe_that_people_call():
    assert re.search(r"^exec .*\bmake check$", text_of(".ci/run"), re.MULTILINE)
    assert (REPOSITORY / ".ci" / "run").stat().st_mode & 0o100


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_links_only_to_files_that_exist(guide):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text_of(guide))
    places = [link for link in links if "://" not in link]
    folder = (REPOSITORY / guide).parent
    assert [place for place in places if not (folder / place).exists()] == []


STARTS = (
    "import govgate",
    "from govgate.cli.main import build_parser; build_parser()",
)


def imported_by(code: str) -> set[str]:
    shown = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{shown}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("code", STARTS)
def test_a_start_imports_nothing_heavy(code):
    assert imported_by(code) & HEAVY == set()


def test_something_heavy_would_be_seen():
    assert "pydantic" in imported_by("import govgate.records") & HEAVY
