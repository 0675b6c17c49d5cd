"""Stand-ins for the world, for govgate's tests and for plugin authors'.

Room:        testing
Holds:       a store that can fail both ways, a clock set by hand, keys made from words
May import:  ports, ledger, errors, cryptography
May touch:   memory
"""

from govgate.testing.clock import CountingIds, SetClock
from govgate.testing.keys import MemorySigner
from govgate.testing.outbox import MemoryOutbox
from govgate.testing.store import Fault, MemoryStore

__all__ = ["CountingIds", "Fault", "MemoryOutbox", "MemorySigner", "MemoryStore", "SetClock"]
