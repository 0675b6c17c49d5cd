"""A gate is a file, a test and a page: nothing less, nothing elsewhere."""

from pathlib import Path

import pytest

from govgate.gates import find_gate, gate_names

HERE = Path(__file__).parent
ROOM = HERE.parent / "govgate" / "gates"
PAGES = HERE.parent / "docs" / "reference" / "gates"
HEADINGS = ("Asks", "Shown", "Bounds", "Fails when", "Put it right", "Source")
OURS = [name for name in gate_names() if find_gate(name).made_by.startswith("govgate ")]
SMALL_ROOMS = ("gates", "records", "cli")
SMALL_FILES = [
    pytest.param(path, id=f"{room}/{path.name}")
    for room in SMALL_ROOMS
    for path in sorted((HERE.parent / "govgate" / room).glob("*.py"))
]


def module_of(name: str) -> str:
    return name.replace("-", "_")


def test_every_file_in_the_room_is_a_gate():
    files = {path.stem for path in ROOM.glob("*.py")} - {"__init__"}
    assert files == {module_of(name) for name in OURS}


@pytest.mark.parametrize("name", OURS)
def test_a_gate_has_a_test_and_a_page_with_every_heading(name):
    assert find_gate(name).gate.__doc__
    assert (HERE / "gates" / f"test_{module_of(name)}.py").is_file()
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}\n")
    assert [h for h in HEADINGS if f"\n## {h}\n" not in page] == []


@pytest.mark.parametrize("name", OURS)
def test_a_page_names_every_bound(name):
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    bounds = find_gate(name).gate.bounds_type.model_fields
    assert [bound for bound in bounds if f"| `{bound}` |" not in page] == []


@pytest.mark.parametrize("path", SMALL_FILES)
def test_a_file_of_a_small_room_stays_under_150_lines(path):
    assert path.read_text(encoding="utf-8").count("\n") < 150
