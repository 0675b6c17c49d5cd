"""What many kinds have in common, asked once of every cell before any kind is."""

DIGITS = r"[0-9](?:[ ./()\-]{0,3}[0-9]){6}"
"""Seven digits, perhaps in groups."""

CODES = r"[A-Za-z][0-9]|[0-9]-?[A-Za-z]|[A-Za-z]-[0-9]|[0-9]{2} ?[0-9]{2} ?[0-9]{2} [A-Za-z]"
"""A letter beside a digit."""

DOTS = r"[0-9]\.[0-9]"
HEX = r"[0-9a-fA-F]:[0-9a-fA-F:]|[0-9a-fA-F]{2}-[0-9a-fA-F]{2}-[0-9a-fA-F]{2}-"
SECRETS = r"AKIA|ASIA|eyJ|PRIVATE KEY|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|k_live_|AIza"

DIGEST = r"^(?:[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
"""One digest or UUID and nothing else: too long for any kind, and often a whole column."""
