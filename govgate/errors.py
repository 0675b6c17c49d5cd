"""Every error govgate raises on purpose, in one tree.

    GovgateError               1   something govgate foresaw, of no family below
    ├── PolicyError            2   the policy cannot be read or contradicts itself
    │   └── UnknownGateError   2   it names a gate that is not installed
    ├── ProjectError           2   a setting, file or package of this project is missing or wrong
    ├── EvidenceError          3   evidence is missing, stale or not of its declared shape
    ├── DeniedError           10   a decision said no; carries a reason code
    │   └── PendingError      10   the only thing missing is somebody's sign-off
    ├── AuthorityError        11   this actor may not do this thing
    ├── LedgerError           20   the log does not say what it said before
    │   ├── TamperedError     20   an entry or proof does not hash to its root
    │   ├── RollbackError     20   this log is older than one already seen
    │   └── ConflictError     20   the key is taken by other bytes; read again and retry
    └── StoreError            21   a store or registry failed; a write may or may not have landed
        └── RefusedError      21   it answered, and said no: to ask again is no help

The number is the process's exit code. Every error survives pickling (Prefect
carries errors between processes) and says in one sentence what was wrong,
with what, and what to do next.

Room: floor. Imports nothing.
"""


class GovgateError(Exception):
    """Base of every error govgate raises on purpose."""

    exit_code = 1

    def __str__(self) -> str:
        """Give the sentence alone; what a machine acts on stays in `args`."""
        return str(self.args[0]) if self.args else ""


class PolicyError(GovgateError):
    """The policy cannot be read or contradicts itself."""

    exit_code = 2


class UnknownGateError(PolicyError):
    """The policy names a gate that is not installed."""


class ProjectError(GovgateError):
    """A setting, file or package of this project is missing or wrong."""

    exit_code = 2


class EvidenceError(GovgateError):
    """Evidence is missing, stale or not of its declared shape."""

    exit_code = 3


class DeniedError(GovgateError):
    """A decision said no; `args` is (message, reason code, decision digest or "", failed gates)."""

    exit_code = 10

    @property
    def reason(self) -> str:
        """A code a machine can act on, such as "NOT_ALLOWED"; see docs/reference/reasons.md."""
        return str(self.args[1]) if len(self.args) > 1 else "NOT_ALLOWED"

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """Gates that block, in the policy's order; empty where it failed before any was asked."""
        return tuple(gate for gates in self.args[3:] for gate in gates)


class PendingError(DeniedError):
    """The only thing missing is somebody's sign-off."""


class AuthorityError(GovgateError):
    """This actor may not do this thing."""

    exit_code = 11


class LedgerError(GovgateError):
    """The log does not say what it said before."""

    exit_code = 20


class TamperedError(LedgerError):
    """An entry or proof does not hash to its root."""


class RollbackError(LedgerError):
    """This log is older than one already seen."""


class ConflictError(LedgerError):
    """The key is taken by other bytes; read again and retry."""


class StoreError(GovgateError):
    """A store or registry failed; a write may or may not have landed."""

    exit_code = 21


class RefusedError(StoreError):
    """A store answered, and said no; asking again is no help until somebody changes something."""
