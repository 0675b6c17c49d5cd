"""Prefect's way in: gates as tasks, a wait for people, a promotion that judges again.

Room:        integrations/prefect
Holds:       what a flow calls; plain functions that also run where there is no Prefect
May import:  project, policy, records, engine, errors, prefect (late, and only inside a flow run)
May touch:   Prefect's API, for display; the ledger only through the front door
Rule:        Prefect runs and shows; the ledger decides, and no state of a run is ever believed
"""

from govgate.integrations.prefect.decided import FlowDecision
from govgate.integrations.prefect.gates import run_gates
from govgate.integrations.prefect.promotion import promote
from govgate.integrations.prefect.tasks import gate_task
from govgate.integrations.prefect.waiting import await_sign_off

__all__ = ["FlowDecision", "await_sign_off", "gate_task", "promote", "run_gates"]
