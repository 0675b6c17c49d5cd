"""docs/how-to/prefect.md says what the code does."""

import inspect
import re
from pathlib import Path

import govgate.integrations.prefect as room
from govgate.integrations.prefect.tasks import OPTIONS

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "prefect.md").read_text()


def test_the_page_lists_every_task_option():
    table = PAGE.split("| option | |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == OPTIONS


def test_the_page_names_only_arguments_that_exist():
    for call in ("run_gates", "await_sign_off"):
        known = inspect.signature(getattr(room, call)).parameters.keys() | OPTIONS
        code = "".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
        for words in re.findall(rf"{call}\(([^()]*)\)", code):
            assert set(re.findall(r"(\w+)=", words)) <= known


def test_the_page_shows_the_flow_that_imports_everything_a_user_needs():
    for name in ("run_gates", "await_sign_off", "promote"):
        assert name in PAGE
        assert name in room.__all__
