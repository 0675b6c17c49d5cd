"""How other people's tools come in: MLflow's registry and Prefect's flows.

Room:        integrations
Holds:       one package for each tool; the plugin classes that tool loads by name
May import:  everything below
May touch:   the tool it is named after, and nothing of another
Rule:        no judgement is made here; the front door judges, the tool obeys
"""
