"""Personal identifiers in columns and in free text, found by form, checksum and name.

Room:        identifiers
Holds:       kinds of identifiers, one family a file; how a column is sampled, looked at, decided
May import:  records, measures, errors, pydantic, numpy, pyarrow, stdnum, phonenumbers
May touch:   nothing; a column comes in as Arrow arrays
Rule:        no value leaves: not in a record, an error, a log or a repr; kinds and counts do
"""

from govgate.identifiers.columns import Looks, conclude, inspect, look
from govgate.identifiers.found import ColumnIdentifiers, Found, IdentifierOptions
from govgate.identifiers.text import Mention, mentions, scan_text

__all__ = [
    "ColumnIdentifiers",
    "Found",
    "IdentifierOptions",
    "Looks",
    "Mention",
    "conclude",
    "inspect",
    "look",
    "mentions",
    "scan_text",
]
