"""Reaching the registry through other doors of the server."""

import requests

from tests.integrations.mlflow.bypasses.lab import API
from tests.integrations.mlflow.bypasses.probe import Step, probe


@probe("E01", "reads the stage's newest version, whose stage was set in the rows", "NO_ATTESTATION")
def newest_of_a_stage(side):
    version = side.model()
    side.sql(
        "UPDATE model_versions SET current_stage = 'Production' WHERE name = :name",
        name=version.name,
    )
    body = {"name": version.name, "stages": ["Production"]}
    path = f"{API}/registered-models/get-latest-versions"
    return Step(
        lambda: side.ask("POST", path, **body),
        lambda: side.ask("POST", path, **body).ok,
    )


@probe("E02", "reads it with a GET, as the web page does", "NO_ATTESTATION")
def newest_of_a_stage_by_get(side):
    version = side.model()
    side.sql(
        "UPDATE model_versions SET current_stage = 'Staging' WHERE name = :name",
        name=version.name,
    )

    def ask():
        address = f"{side.server.url}/{API}/registered-models/get-latest-versions"
        asked = {"name": version.name, "stages": "Staging"}
        return requests.get(address, params=asked, timeout=60)

    return Step(ask, lambda: ask().ok)


@probe("E03", "fetches the files through the web page's own door", "NO_ATTESTATION")
def files_through_the_page(side):
    from tests.integrations.mlflow.bypasses.databases import add_alias

    version = side.model()
    add_alias(side, version)

    def ask():
        address = f"{side.server.url}/model-versions/get-artifact"
        asked = {"name": version.name, "version": version.version, "path": "model.bin"}
        return side.session.get(address, params=asked, timeout=60)

    return Step(ask, lambda: ask().ok)


@probe("E04", "removes the webhook that watches", "RESERVED_WEBHOOK")
def watching_webhook_removed(side):
    webhook = watching(side)
    return Step(
        lambda: side.ask("DELETE", f"{API}/webhooks/{webhook}"),
        lambda: not _status(side, webhook),
    )


@probe("E05", "disables the webhook that watches", "RESERVED_WEBHOOK")
def watching_webhook_disabled(side):
    webhook = watching(side)
    return Step(
        lambda: side.ask("PATCH", f"{API}/webhooks/{webhook}", status="DISABLED"),
        lambda: _status(side, webhook) != ["ACTIVE"],
    )


@probe("E06", "disables it where its name is in another case", "RESERVED_WEBHOOK")
def watching_webhook_of_another_case(side):
    webhook = watching(side, "GovGate-watch")
    return Step(
        lambda: side.ask("PATCH", f"{API}/webhooks/{webhook}", status="DISABLED"),
        lambda: _status(side, webhook) != ["ACTIVE"],
    )


@probe("E07", "renames a webhook of its own to the one that watches", "RESERVED_WEBHOOK")
def webhook_renamed_to_the_watching_one(side):
    webhook = watching(side, "mine")
    return Step(
        lambda: side.ask("PATCH", f"{API}/webhooks/{webhook}", name="govgate-watch"),
        lambda: bool(
            side.sql(
                "SELECT 1 FROM webhooks WHERE webhook_id = :id AND name LIKE 'govgate%'", id=webhook
            )
        ),
    )


def watching(side, name="govgate-watch"):
    body = {
        "name": name,
        "url": "http://127.0.0.1:9/",
        "events": [{"entity": "MODEL_VERSION_ALIAS", "action": "CREATED"}],
    }
    return side.ok("POST", f"{API}/webhooks", **body)["webhook"]["webhook_id"]


def _status(side, webhook):
    rows = side.sql(
        "SELECT status FROM webhooks WHERE webhook_id = :id AND deleted_timestamp IS NULL",
        id=webhook,
    )
    return [str(row[0]) for row in rows]
