"""A new gate takes three new files and edits none: the very files of the how-to page."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PAGE = (REPOSITORY / "docs" / "how-to" / "write-a-gate.md").read_text(encoding="utf-8")
BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall(PAGE))
THREE = ("govgate/gates/energy.py", "tests/gates/test_energy.py", "docs/reference/gates/energy.md")

ASK = """
import json, sys
from govgate.gates import find_gate, gate_names, selftest
from govgate.policy import read_policy
from govgate.records import Evidence
policy = read_policy(sys.argv[1])
evidence = Evidence.model_validate_json(sys.argv[2])
gate = find_gate("energy").gate
body = gate.body_type.model_validate(evidence.body)
answers = [str(f.answer) for f in gate.judge(body, policy.rules[0].read_bounds())]
print(json.dumps({
    "names": gate_names(),
    "made_by": find_gate("energy").made_by,
    "trouble": selftest("energy"),
    "budget": policy.rules[0].read_bounds().max_wh_per_thousand,
    "answers": answers,
}))
"""


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def package(tmp_path):
    """A distribution "acme-gates 2.1" that holds the page's gate, as pip would lay it out."""
    module, group = "acme_gates.energy", "govgate.gates"
    assert f'[project.entry-points."{group}"]\nenergy = "{module}"' in FILES["pyproject.toml"]
    write(tmp_path / "acme_gates" / "__init__.py", "")
    write(tmp_path / "acme_gates" / "energy.py", FILES[THREE[0]])
    info = tmp_path / "acme_gates-2.1.dist-info"
    write(info / "METADATA", "Metadata-Version: 2.1\nName: acme-gates\nVersion: 2.1\n")
    write(info / "entry_points.txt", f"[{group}]\nenergy = {module}\n")
    return tmp_path


def ask(folder: Path) -> dict[str, object]:
    done = python(folder, "-c", ASK, FILES["policy.yaml"], FILES["energy.json"])
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_a_gate_in_a_package_of_its_own_is_found_and_may_vote(package):
    said = ask(package)
    assert {"bias", "drift", "energy", "sign-off"} <= set(said["names"])
    assert said["made_by"] == "acme-gates 2.1"
    assert said["trouble"] == ""
    assert said["budget"] == 1.5
    assert said["answers"] == ["within", "within"]


def test_without_its_entry_point_the_gate_is_unknown(package):
    (package / "acme_gates-2.1.dist-info" / "entry_points.txt").unlink()
    done = python(package, "-c", ASK, FILES["policy.yaml"], FILES["energy.json"])
    assert "UnknownGateError" in done.stderr


def test_a_second_gate_of_a_name_is_refused(package):
    write(
        package / "acme_gates" / "energy.py",
        FILES[THREE[0]].replace("class Energy(", "class Bias("),
    )
    done = python(package, "-c", ASK, FILES["policy.yaml"], FILES["energy.json"])
    assert "two gates are named 'bias'" in done.stderr


def test_a_gate_that_cannot_tell_its_planted_bodies_apart_may_not_vote(package):
    blind = FILES[THREE[0]].replace("energy_wh=2.0", "energy_wh=0.2")
    write(package / "acme_gates" / "energy.py", blind)
    done = python(package, "-c", ASK, FILES["policy.yaml"], FILES["energy.json"])
    assert "may not vote" in done.stderr


@pytest.fixture
def house(tmp_path):
    """This repository's gates, pages and tests of completeness, and nothing else."""
    trash = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "govgate", tmp_path / "govgate", ignore=trash)
    shutil.copytree(REPOSITORY / "docs" / "reference", tmp_path / "docs" / "reference")
    (tmp_path / "tests" / "gates").mkdir(parents=True)
    shutil.copy(REPOSITORY / "tests" / "test_gates_are_complete.py", tmp_path / "tests")
    return tmp_path


def complete(house: Path) -> subprocess.CompletedProcess[str]:
    asked = ("tests/gates", "tests/test_gates_are_complete.py", "-k", "energy or every_file")
    plain = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "--import-mode=importlib")
    return python(
        house, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(house), *plain, *asked
    )


def test_three_new_files_make_a_complete_gate_of_the_house(house):
    for path in THREE:
        assert not (REPOSITORY / path).exists()
        assert not (house / path).exists()
        write(house / path, FILES[path])
    done = complete(house)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout
    said = ask(house)
    assert said["made_by"].startswith("govgate ")


@pytest.mark.parametrize("left_out", THREE[1:])
def test_with_a_file_less_it_is_not_complete(house, left_out):
    for path in set(THREE) - {left_out}:
        write(house / path, FILES[path])
    assert complete(house).returncode == 1
