"""The model registry that refuses: a store plugin for `mlflow server`.

Every route to the registry, present and future, ends in one store object on
the server. These modules stand in front of that object. What may be moved is
judged by the front door (`govgate.project.open_guard`); here its answer is
obeyed, in one database transaction with the write it is about.

Source: MLflow's plugin group `mlflow.model_registry_store`.
"""
