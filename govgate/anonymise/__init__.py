"""What a table gives away about people, and how to make it give away less.

Room:        anonymise
Holds:       counting rows that look alike, generalising, suppressing, pseudonyms, what is lost
May import:  gates, measures, records, errors, numpy, pyarrow, pydantic
May touch:   nothing; tables come in pieces, and keys as bytes
Rule:        proposes and applies; the gate judges what comes out, measured anew
"""

from govgate.anonymise.cells import Cells, Coder, Counter, count_cells
from govgate.anonymise.population import Matched, match_population

__all__ = ["Cells", "Coder", "Counter", "Matched", "count_cells", "match_population"]
