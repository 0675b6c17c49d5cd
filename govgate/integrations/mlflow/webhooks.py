"""Webhooks named "govgate-…": nobody switches off what tells of a move.

Source: MLflow 3.17.2, `AbstractStore.update_webhook` and `delete_webhook`.
"""

from typing import Any

from govgate.errors import DeniedError
from govgate.integrations.mlflow.guarded import GuardedStore
from govgate.integrations.mlflow.names import reserved_webhook
from govgate.integrations.mlflow.refusal import Place, refusing


class GuardsWebhooks(GuardedStore):
    """Judges every change of a webhook."""

    def update_webhook(
        self, webhook_id: str, name: str | None = None, *rest: Any, **more: Any
    ) -> Any:
        """Change a webhook that is not ours, and does not become ours."""
        with self._session.transaction():
            self._require_others(webhook_id, name)
            return self._stock.update_webhook(webhook_id, name, *rest, **more)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook that is not ours."""
        with self._session.transaction():
            self._require_others(webhook_id)
            self._stock.delete_webhook(webhook_id)

    def _require_others(self, webhook_id: str, name: str | None = None) -> None:
        """Refuse when the webhook, or the name it is to have, is ours.

        Raises:
            DeniedError: It is; leaves as HTTP 403.
        """
        held = self._stock.get_webhook(webhook_id).name
        with refusing(Place(held)):
            if reserved_webhook(held) or (name is not None and reserved_webhook(name)):
                msg = f"webhook {held!r} is the guard's own, or would be named so; leave it, or "
                raise DeniedError(msg + "have it changed in the database", "RESERVED_WEBHOOK", "")
