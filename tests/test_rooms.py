"""Each room's card says what it may import; this holds the code to it."""

import importlib
import re
import sys

import grimp
import pytest

GRAPH = grimp.build_graph("govgate", include_external_packages=True, cache_dir=None)
FLOOR = {"canon", "errors", "plugins", "tree", "__main__"}
ROOMS = sorted({m.removeprefix("govgate.") for m in GRAPH.find_children("govgate")} - FLOOR)
EVERYTHING = "everything below"
OUTSIDE = "and outside libraries"


def doc(room: str) -> str:
    return importlib.import_module(f"govgate.{room}").__doc__ or ""


def card(room: str) -> dict[str, str]:
    # A long line goes on below, under its first word.
    lines = r"^(Room|Holds|May import|May touch|Rule): +(.+(?:\n {13}.+)*)$"
    return dict(re.findall(lines, doc(room), re.MULTILINE))


def imported_by(room: str) -> tuple[set[str], set[str]]:
    """Rooms of govgate and libraries from outside that the files of a room name."""
    inside = {f"govgate.{room}", *GRAPH.find_descendants(f"govgate.{room}")}
    seen = set().union(*(GRAPH.find_modules_directly_imported_by(m) for m in inside)) - inside
    rooms = {m.split(".")[1] for m in seen if m.startswith("govgate.")}
    outside = {m.split(".")[0] for m in seen if not m.startswith("govgate")}
    return rooms, outside - set(sys.stdlib_module_names)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_keeps_to_its_card(room):
    lines = card(room)
    assert lines.keys() >= {"Room", "Holds", "May import", "May touch"}
    assert lines["Room"] == room
    allowed = {word.strip() for word in lines["May import"].split(",")}
    rooms, outside = imported_by(room)
    if EVERYTHING not in allowed:
        assert rooms <= allowed
        assert OUTSIDE in allowed or outside <= allowed


@pytest.mark.parametrize("module", sorted(FLOOR - {"__main__"}))
def test_a_floor_module_imports_what_it_says(module):
    said = re.search(r"^Room: floor\. Imports (nothing|only ([\w, ]+))", doc(module), re.MULTILINE)
    assert said
    allowed = {word.strip() for word in (said[2] or "").split(",")}
    assert imported_by(module)[0] <= allowed


def test_the_cards_are_told_apart_from_the_code():
    # The test above can fail: the gates do import what the canon's card does not allow.
    assert {"gate", "records"} <= imported_by("gates")[0]
