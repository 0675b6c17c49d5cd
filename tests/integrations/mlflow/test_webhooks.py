"""Webhooks that tell of moves stay on."""

import pytest
from mlflow.entities.webhook import WebhookAction, WebhookEntity, WebhookEvent, WebhookStatus

EVENTS = [WebhookEvent(WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.CREATED)]


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    from cryptography.fernet import Fernet

    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", Fernet.generate_key().decode())


def hook(registry, name):
    return registry.store.create_webhook(name, "https://127.0.0.1/x", EVENTS).webhook_id


@pytest.mark.parametrize("name", ["govgate-audit", "GovGate-Audit", "govgate-1"])
def test_ours_is_neither_switched_off_nor_bent_nor_deleted(registry, refused, name):
    ours = hook(registry, name)

    for change in (
        {"status": WebhookStatus.DISABLED},
        {"url": "https://127.0.0.2/x"},
        {"name": "mine"},
        {"events": EVENTS},
        {"secret": "known"},
        {},
    ):
        with refused("RESERVED_WEBHOOK"):
            registry.store.update_webhook(ours, **change)
    with refused("RESERVED_WEBHOOK"):
        registry.store.delete_webhook(ours)

    held = registry.store.get_webhook(ours)
    assert (held.name, held.url, held.status) == (
        name,
        "https://127.0.0.1/x",
        WebhookStatus.ACTIVE,
    )


@pytest.mark.parametrize("name", ["govgate-audit", "GOVGATE-audit"])
def test_another_does_not_become_ours_by_a_change_of_name(registry, refused, name):
    other = hook(registry, "mine")

    with refused("RESERVED_WEBHOOK"):
        registry.store.update_webhook(other, name=name)
    with refused("RESERVED_WEBHOOK"):
        registry.store.update_webhook(other, name)


@pytest.mark.parametrize("name", ["mine", "govgate", "my-govgate-audit"])
def test_others_are_nobodys_business(registry, name):
    other = hook(registry, name)

    registry.store.update_webhook(other, status=WebhookStatus.DISABLED)
    registry.store.delete_webhook(other)

    assert registry.store.list_webhooks() == []


def test_one_that_is_not_there_stays_not_found(registry):
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException) as caught:
        registry.store.delete_webhook("nobody")

    assert caught.value.get_http_status_code() == 404
