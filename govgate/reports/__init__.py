"""Pictures for people: what a gate's numbers look like in a terminal and on a page.

Room:        reports
Holds:       drawings of the shapes in `plot`, and the bounds that keep a drawing readable
May import:  plot, rich
May touch:   nothing; a drawing is text made from numbers
Rule:        whatever a plugin hands over, a drawing is bounded and its words are escaped
"""

from govgate.reports.bounded import bounded
from govgate.reports.console import Line, draw_text
from govgate.reports.svg import draw_svg

__all__ = ["Line", "bounded", "draw_svg", "draw_text"]
