"""MLflow's ways in: a registry that refuses, loaders that verify, an evaluator that records.

Every route to the registry, present and future, ends in one store object on
the server. The store's modules stand in front of that object. What may be moved is
judged by the front door (`govgate.project.open_guard`); here its answer is
obeyed, in one database transaction with the write it is about.

Every loader gets its files from one function in the client. There, and in
`govgate.load_model`, the front door is asked before anything of a model runs.

Source: MLflow's plugin groups `mlflow.model_registry_store`,
`mlflow.run_context_provider` and `mlflow.model_evaluator`.
"""
