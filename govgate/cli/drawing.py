"""Pictures on the terminal: blocks and colours there, plain ASCII in a file or a pipe."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from govgate.plot import Plot

_STYLES = {"title": "bold", "label": "", "mark": "cyan", "limit": "yellow", "number": "dim"}
_WIDEST = 100
"""Columns; wider bars say no more."""


def print_pictures(pictures: "Mapping[str, tuple[Plot, ...]]") -> None:
    """Print the pictures of each gate, one below the other.

    Args:
        pictures: Name of a gate to what it wants drawn.
    """
    from rich.text import Text

    from govgate.cli.show import console
    from govgate.reports import draw_text

    out = console()
    blocks = sys.stdout.isatty() and (sys.stdout.encoding or "").lower().startswith("utf")
    width = min(out.width, _WIDEST)
    for gate, drawn in pictures.items():
        for picture in drawn:
            out.print(Text(f"\n{gate}", "dim"))
            for line in draw_text(picture, width, ascii_only=not blocks):
                # rich would fold a line; a picture that is folded is none
                out.print(Text.assemble(*((t, _STYLES[role]) for t, role in line)), no_wrap=True)
