"""What is demanded, and who may say yes.

Room:        policy
Holds:       the policy file, the people file, and the strict reader of both
May import:  gates, gate, ledger, records, canon, errors, pydantic, yaml, cryptography
May touch:   nothing; it is handed text
Rule:        what a person could misread is an error with its line and column
"""

from govgate.policy.document import LEAST_RETENTION_DAYS, Policy, Rule, read_policy
from govgate.policy.names import matches, plain_name, same_name
from govgate.policy.people import People, Person, read_people
from govgate.policy.scope import AdoptionRule, Mode, RevocationRule, Scope
from govgate.policy.strict_yaml import Document, read_record, validated

__all__ = [
    "LEAST_RETENTION_DAYS",
    "AdoptionRule",
    "Document",
    "Mode",
    "People",
    "Person",
    "Policy",
    "RevocationRule",
    "Rule",
    "Scope",
    "matches",
    "plain_name",
    "read_people",
    "read_policy",
    "read_record",
    "same_name",
    "validated",
]
