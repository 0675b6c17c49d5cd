"""Access policies of AWS: their statements, and what they cover.

Source: AWS IAM user guide, "Policy grammar" and "Policy evaluation logic"; Amazon S3 user guide,
"Bucket policies". Nothing is assumed: an Allow counts where it may apply, a Deny where it must.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

EVERYONE = "everyone"
_KNOWN = {"Sid", "Effect", "Condition"}
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_PARTITION = re.compile(r"^arn:aws-[a-z-]+:")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_SECURE = "aws:securetransport"


@dataclass(frozen=True)
class Statement:
    """One statement, its parts as lists of patterns."""

    name: str
    """Its Sid, or its number."""

    allows: bool
    actions: tuple[str, ...]
    but_actions: bool
    """True where it is about all but these."""

    resources: tuple[str, ...]
    but_resources: bool
    principals: tuple[str, ...]
    """Ids, and "everyone"; none in a policy that is attached to somebody."""

    but_principals: bool
    condition: Any
    """As it is written; None or {} where it always applies."""

    def may_act(self, action: str) -> bool:
        """Tell whether it can be about an action, such as "s3:GetObject"."""
        named = any(overlap(p.lower(), action.lower()) for p in self.actions)
        return named != self.but_actions

    def may_touch(self, resource: str) -> bool:
        """Tell whether it can be about something that fits a pattern."""
        if self.but_resources:
            return not any(covers(p, resource) for p in self.resources)
        return any(overlap(_VARIABLE.sub("*", p), resource) for p in self.resources)

    def must_touch(self, resource: str) -> bool:
        """Tell whether it is about all that fits a pattern."""
        if self.but_resources:
            return not any(overlap(_VARIABLE.sub("*", p), resource) for p in self.resources)
        return any(covers(p, resource) for p in self.resources)

    def must_bind(self, who: str) -> bool:
        """Tell whether it is about somebody for certain."""
        if self.but_principals:
            return False  # who a role or session is, only AWS can tell
        return EVERYONE in self.principals or who in self.principals

    @property
    def wildcard(self) -> bool:
        """True where it is about every action of a service, or about every resource."""
        wide = any(p in {"*", "s3:*"} for p in self.actions) or self.but_actions
        everywhere = any(overlap(p, "arn:aws:s3:::\0/\0") for p in self.resources)
        return wide or everywhere or self.but_resources


def read_statements(text: str) -> tuple[list[Statement], list[str]]:
    """Read a policy document.

    Args:
        text: JSON.

    Returns:
        Its statements, and what could not be read: with any of that, nothing can be concluded.
    """
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as why:
        return [], [f"it is no JSON document: {type(why).__name__}"]
    said = document.get("Statement") if isinstance(document, dict) else None
    listed = said if isinstance(said, list) else [said]
    read, troubles = [], []
    if isinstance(document, dict) and document.keys() - {"Version", "Id", "Statement"}:
        troubles.append("it has parts that are not known")
    for number, item in enumerate(listed, 1):
        name = _name(item, number)
        try:
            read.append(_statement(name, item))
        except (ValueError, TypeError, AttributeError) as why:
            troubles.append(f"statement {name}: {why}")
    return read, troubles


def is_tls_only(statements: Iterable[Statement], bucket: str) -> bool:
    """Tell whether a bucket's policy refuses everybody every request that is not over TLS."""
    denying = [
        s
        for s in statements
        if not s.allows
        and s.must_bind("")
        and not s.but_actions
        and {"*", "s3:*"} & set(s.actions)
        and _is_plain_only(s.condition)
    ]
    whole = f"arn:aws:s3:::{bucket}"
    return all(any(s.must_touch(r) for s in denying) for r in (whole, f"{whole}/*"))


def overlap(one: str, other: str) -> bool:
    """Tell whether a text fits both patterns; "*" stands for any text, "?" for a character."""
    row = [False] * len(other) + [True]
    for j in range(len(other) - 1, -1, -1):
        row[j] = other[j] == "*" and row[j + 1]
    for mine in reversed(one):
        below, row = row, [False] * (len(other) + 1)
        row[-1] = mine == "*" and below[-1]
        for j in range(len(other) - 1, -1, -1):
            theirs = other[j]
            if mine == "*" or theirs == "*":
                row[j] = below[j] or row[j + 1]
            else:
                row[j] = below[j + 1] and (mine == theirs or "?" in {mine, theirs})
    return row[0]


def covers(pattern: str, other: str) -> bool:
    """Tell whether all that fits `other`, which has a "*" at its end at most, fits a pattern.

    A variable stands for itself here, so that a pattern with one covers nothing.
    """
    if not other.endswith("*"):
        return overlap(pattern, other)
    # What comes behind is free, so the pattern has to end with a star, and to fit without it too.
    return pattern.endswith("*") and overlap(pattern, other[:-1])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        msg = "a key stands twice"
        raise ValueError(msg)
    return found


def _name(item: Any, number: int) -> str:
    sid = item.get("Sid") if isinstance(item, dict) else None
    return sid[:60] if isinstance(sid, str) and sid.strip() else str(number)


def _statement(name: str, item: dict[str, Any]) -> Statement:
    known = _KNOWN | {word for pair in _PAIRS for word in pair}
    if unknown := sorted(item.keys() - known):
        msg = f"{unknown[0][:60]} is not known"
        raise ValueError(msg)
    if item.get("Effect") not in {"Allow", "Deny"}:
        msg = "its Effect is neither Allow nor Deny"
        raise ValueError(msg)
    (actions, but_actions), (resources, but_resources), (who, but_who) = (
        _one_of(item, *pair) for pair in _PAIRS
    )
    if actions is None or resources is None:
        msg = "it names no Action or no Resource"
        raise ValueError(msg)
    touched = tuple(_PARTITION.sub("arn:aws:", r) for r in _texts(resources))
    if any(":accesspoint" in r for r in touched):
        msg = "it is about an access point, which may lead to any bucket"
        raise ValueError(msg)
    return Statement(
        name=name,
        allows=item["Effect"] == "Allow",
        actions=_texts(actions),
        but_actions=but_actions,
        resources=touched,
        but_resources=but_resources,
        principals=_principals(who),
        but_principals=but_who,
        condition=item.get("Condition"),
    )


def _one_of(item: dict[str, Any], plain: str, negated: str) -> tuple[Any, bool]:
    if plain in item and negated in item:
        msg = f"it has both {plain} and {negated}"
        raise ValueError(msg)
    return item.get(plain, item.get(negated)), negated in item


def _texts(said: Any) -> tuple[str, ...]:
    listed = said if isinstance(said, list) else [said]
    if not listed or not all(isinstance(text, str) and text for text in listed):
        msg = "a part of it is not text"
        raise ValueError(msg)
    return tuple(listed)


def _principals(said: Any) -> tuple[str, ...]:
    if said is None:
        return ()
    if not isinstance(said, dict):
        said = {"AWS": said}
    # A star within a name is not in the grammar, so whoever wrote it may have meant anybody.
    return tuple(
        EVERYONE if "*" in text else text if kind == "AWS" else f"{kind} {text}"
        for kind, texts in said.items()
        for text in _texts(texts)
    )


def _is_plain_only(condition: Any) -> bool:
    """Tell whether a condition says "not over TLS", and nothing besides that narrows it."""
    if not isinstance(condition, dict) or len(condition) != 1:
        return False
    ((operator, keys),) = condition.items()
    if operator not in {"Bool", "BoolIfExists"} or not isinstance(keys, dict) or len(keys) != 1:
        return False
    ((key, values),) = keys.items()
    listed: Sequence[Any] = values if isinstance(values, list) else [values]
    return key.lower() == _SECURE and [str(value).lower() for value in listed] == ["false"]
