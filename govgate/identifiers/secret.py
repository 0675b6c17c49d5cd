"""What opens a door: keys and tokens that somebody pasted into data.

Source: the prefixes that AWS, GitHub, GitLab, Google, Slack and Stripe document; RFC 7468 (PEM),
RFC 7519 (JWT).
"""

from govgate.identifiers.gates import SECRETS
from govgate.identifiers.kind import Kind

_NEVER = 1e-9
"""Nobody writes these by chance."""

KINDS = (
    Kind(name="aws-key", form=r"(?:AKIA|ASIA)[0-9A-Z]{16}", gate=SECRETS, chance=_NEVER),
    Kind(
        name="private-key",
        form=r"-{5}BEGIN (?:[A-Z]{2,10} )?(?:ENCRYPTED )?PRIVATE KEY(?: BLOCK)?-{5}",
        sieve=r"-BEGIN [A-Z ]{0,24}PRIVATE KEY",
        gate=SECRETS,
        chance=_NEVER,
    ),
    Kind(
        name="json-web-token",
        form=r"eyJ[\w\-]{5,2000}\.eyJ[\w\-]{2,8000}\.[\w\-]{0,2000}",
        sieve=r"eyJ[\w\-]+\.eyJ",
        gate=SECRETS,
        chance=_NEVER,
    ),
    Kind(
        name="access-token",
        form=r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|glpat-[\w\-]{20,64}"
        r"|xox[abeoprs]-[A-Za-z0-9\-]{10,200}|[rs]k_live_[A-Za-z0-9]{16,99}|AIza[\w\-]{35}",
        sieve=r"gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|[rs]k_live_|AIza",
        gate=SECRETS,
        chance=_NEVER,
    ),
)
