"""What `mlflow server` tells its workers through the environment; imports nothing.

Source: MLflow 3.17.2, `mlflow.server.constants`.
"""

GUARDED = "govgate+"
"""Stands before the scheme of an artifact destination that is guarded."""

DESTINATION = "_MLFLOW_SERVER_ARTIFACT_DESTINATION"
SERVES = "_MLFLOW_SERVER_SERVE_ARTIFACTS"
IS_WORKER = "_MLFLOW_SERVER_FILE_STORE"
