"""Put the guard in front of one of MLflow's store classes.

Source: docs/spec/registry-tags.md.
"""

from collections.abc import Callable
from typing import Any

from govgate.errors import DeniedError
from govgate.integrations.mlflow.guarded import GuardedStore
from govgate.integrations.mlflow.operations import unknown
from govgate.integrations.mlflow.promotion import GuardsPromotion
from govgate.integrations.mlflow.refusal import Place, refusal
from govgate.integrations.mlflow.removal import GuardsRemoval
from govgate.integrations.mlflow.tagging import GuardsTags
from govgate.integrations.mlflow.webhooks import GuardsWebhooks


def guarded(stock: type) -> Callable[..., Any]:
    """Make the guarded subclass of a store class of MLflow's.

    Args:
        stock: `SqlAlchemyStore` or a subclass of it.

    Returns:
        The subclass; build it with a database URI, a guard and, where there is one,
        the URI of a read replica. Public methods
        that nobody has sorted are refused in it.
    """
    bases = (GuardsPromotion, GuardsTags, GuardsRemoval, GuardsWebhooks, GuardedStore, stock)
    unsorted = {name: _refuse(name) for name in unknown(stock)}
    return type(f"Guarded{stock.__name__}", bases, unsorted)


def _refuse(operation: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        msg = f"{operation} is newer than this govgate; upgrade govgate, or use an older MLflow"
        raise refusal(Place("*"), DeniedError(msg, "UNKNOWN_OPERATION", ""))

    return refuse
