"""Every public method of MLflow's registry store, sorted by what it can do.

A method that is in no list came with a newer MLflow. Nobody has asked yet what
it can move, so the guarded store refuses it.

Source: MLflow 3.17.2, `mlflow.store.model_registry.abstract_store.AbstractStore`.
"""

GUARDED = frozenset(
    {
        "create_model_version",
        "create_registered_model",
        "delete_model_version",
        "delete_model_version_tag",
        "delete_registered_model",
        "delete_registered_model_alias",
        "delete_registered_model_tag",
        "delete_webhook",
        "get_latest_versions",
        "get_model_version_by_alias",
        "get_model_version_download_uri",
        "rename_registered_model",
        "set_model_version_tag",
        "set_registered_model_alias",
        "set_registered_model_tag",
        "transition_model_version_stage",
        "update_webhook",
    }
)
"""Judged by this package before, or instead of, MLflow's own method."""

THROUGH_GUARDED = frozenset(
    {
        "copy_model_version",
        "create_prompt",
        "create_prompt_version",
        "delete_prompt",
        "delete_prompt_alias",
        "delete_prompt_tag",
        "delete_prompt_version",
        "delete_prompt_version_tag",
        "get_prompt_version",
        "get_prompt_version_by_alias",
        "set_prompt_alias",
        "set_prompt_tag",
        "set_prompt_version_tag",
    }
)
"""Written by MLflow in terms of the methods above, so judged there."""

READS = frozenset(
    {
        "get_model_version",
        "get_prompt",
        "get_registered_model",
        "get_webhook",
        "list_webhooks",
        "list_webhooks_by_event",
        "search_model_versions",
        "search_prompt_versions",
        "search_prompts",
        "search_registered_models",
    }
)
"""Show rows to people and programs; they promise nothing about a version."""

HARMLESS = frozenset(
    {
        "create_webhook",
        "link_prompt_version_to_model",
        "link_prompt_version_to_run",
        "link_prompts_to_trace",
        "test_webhook",
        "update_model_version",
        "update_registered_model",
    }
)
"""Write descriptions, new webhooks and links; none moves an alias, a stage, a tag or bytes."""

KNOWN = GUARDED | THROUGH_GUARDED | READS | HARMLESS


def unknown(store: type) -> frozenset[str]:
    """Name the public methods of a store class that stand in no list."""
    public = {name for name in dir(store) if not name.startswith("_")}
    return frozenset(name for name in public - KNOWN if callable(getattr(store, name)))
