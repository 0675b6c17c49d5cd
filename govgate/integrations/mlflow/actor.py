"""Who is asking, as the server's own sign-in knows them.

Source: MLflow 3.17.2, `mlflow.server.auth`, which sets `flask.g.mlflow_authenticated_user`.
"""

import flask


def acting_person() -> str:
    """Name who is asking, else "anonymous"; never what a client says of itself."""
    if not flask.has_request_context():
        return "anonymous"
    return str(flask.g.get("mlflow_authenticated_user") or "anonymous")
