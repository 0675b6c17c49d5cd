"""What a table gives away about people, and how to make it give away less.

Room:        anonymise
Holds:       counting rows that look alike, generalising, suppressing, pseudonyms, what is lost
May import:  gates, measures, records, errors, numpy, pyarrow, pydantic
May touch:   nothing; tables come in pieces, and keys as bytes
Rule:        proposes and applies; the gate judges what comes out, measured anew
"""

from govgate.anonymise.cells import Cells, count_cells
from govgate.anonymise.ladder import Hierarchy, Rung, ladder_of
from govgate.anonymise.population import Matched, match_population
from govgate.anonymise.rewrite import PSEUDONYM, Rewriting
from govgate.anonymise.search import Proposal, Search

__all__ = [
    "PSEUDONYM",
    "Cells",
    "Hierarchy",
    "Matched",
    "Proposal",
    "Rewriting",
    "Rung",
    "Search",
    "count_cells",
    "ladder_of",
    "match_population",
]
