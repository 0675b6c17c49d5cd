"""One database session for a check and the write it allows.

MLflow's methods each open a session of their own. Lending them ours makes the
check and MLflow's own write one transaction, without writing theirs again.

Source: MLflow 3.17.2, `mlflow.store.db.utils._get_managed_session_maker`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from sqlalchemy.orm import Session

MakeSession = Callable[..., AbstractContextManager[Session]]


class OneSession:
    """MLflow's session maker, which lends the session already open, if there is one."""

    def __init__(self, make: MakeSession) -> None:
        """Wrap MLflow's own maker."""
        self._make = make
        self._open: ContextVar[Session | None] = ContextVar("open_session", default=None)

    @contextmanager
    def __call__(self, *, read_only: bool = True) -> Iterator[Session]:
        """Stand in for MLflow's `ManagedSessionMaker`."""
        session = self._open.get()
        if session is not None:
            yield session
            return
        with _answering(), self._make(read_only=read_only) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open the one session; it commits at the end, and rolls back on any error.

        Within itself it lends what is open, so that nothing waits for its own lock.
        """
        if (held := self._open.get()) is not None:
            yield held
            return
        with _answering(), self._make(read_only=False) as session:
            token = self._open.set(session)
            try:
                yield session
            finally:
                self._open.reset(token)


@contextmanager
def _answering() -> Iterator[None]:
    """Call text that no database can keep the client's fault, as MLflow does not.

    Raises:
        MlflowException: HTTP 400 in place of a 500, which MLflow's client would send again.
    """
    try:
        yield
    except MlflowException as why:
        if not isinstance(why.__cause__, ValueError):
            raise
        msg = f"[govgate] the request holds what no database can keep ({why.__cause__}); correct it"
        raise MlflowException(msg, error_code=INVALID_PARAMETER_VALUE) from why
