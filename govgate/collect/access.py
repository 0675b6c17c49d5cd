"""Asks modes, access lists, policies and a database who may do what.

Source: docs/reference/gates/access.md; Amazon S3 user guide, "Access control list overview".
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from govgate.collector import Measured, PlaceOptions, Survey, line, told
from govgate.errors import StoreError
from govgate.forms import addresses
from govgate.forms.grants import Right, granted
from govgate.forms.iam import EVERYONE, read_statements
from govgate.gates.access import AccessFacts, Grant, Identity
from govgate.ports import Item, Surroundings
from govgate.records import Word

_BUCKET = "s3://"
_MOST_GRANTS, _MOST_UNKNOWN = 1000, 100
_READ, _WRITE, _GROUP, _STICKY = 0o4, 0o2, 3, 0o1000
_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": EVERYONE,
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "any AWS account",
}
_PERMISSIONS: dict[str, tuple[Right, ...]] = {
    "READ": ("read",),
    "WRITE": ("write",),
    "READ_ACP": (),
    "WRITE_ACP": ("administer",),
    "FULL_CONTROL": ("read", "write", "administer"),
}
_OWN_KEYS: dict[str, tuple[str, ...]] = {
    "gate": ("keys/gate.pub",),
    "log": ("keys/log.pub",),
    "approvers": ("people.yaml",),
}
"""Where `govgate init` puts them."""

_Said = Grant | str
"""A grant, or what could not be found out."""


class AccessOptions(PlaceOptions):
    """What to look at."""

    policies: dict[Word, Word] = Field(default_factory=dict)
    """Who a policy is attached to, and the JSON file that holds it."""

    database: Word | None = None
    """Variable that holds the address of the registry's database; null looks at none."""

    identities: dict[Word, tuple[Word, ...]] = Field(default_factory=lambda: {**_OWN_KEYS})
    """Part to what is held: public key files, the people file, and ARNs."""


class AccessCollector(Survey[AccessOptions]):
    """Lists every grant that can be found, and says what cannot."""

    kind = AccessFacts.KIND

    def survey(self, around: Surroundings, options: AccessOptions) -> Measured:
        """See `Survey.survey`."""
        said: dict[_Said, None] = {}
        for place in options.places:
            said |= dict.fromkeys(_at_place(around, place, options))
        places = options.places
        if options.database:
            where, found = _in_database(around, options.database)
            places, said = (*places, where), said | dict.fromkeys(found)
        identities = []
        for part, held in options.identities.items():
            identity, troubles = _identity(around, part, held)
            identities.append(identity)
            said |= dict.fromkeys(troubles)
        grants = [one for one in said if isinstance(one, Grant)]
        unknown = [one for one in said if isinstance(one, str)]
        if len(grants) > _MOST_GRANTS or len(unknown) > _MOST_UNKNOWN:
            unknown.insert(
                0, f"{len(grants)} grants are more than are listed; look at fewer places"
            )
        body = AccessFacts(
            places=places,
            grants=tuple(grants[:_MOST_GRANTS]),
            identities=tuple(identities),
            unknown=tuple(unknown[:_MOST_UNKNOWN]),
        )
        return Measured(body, {"places": len(places)})


def _at_place(around: Surroundings, place: str, options: AccessOptions) -> Iterator[_Said]:
    if place.startswith(_BUCKET):
        bucket = place.removeprefix(_BUCKET).partition("/")[0]
        yield from _by_policy(around, place, bucket)
        yield from _by_acl(around, place, bucket, options.most_files)
        for holder, path in options.policies.items():
            yield from _by_document(around, place, holder, path)
        return
    try:
        found = around.find(place, options.most_files)
    except StoreError as why:
        yield told(why)
        return
    if found.count > len(found.items) or not found.counted_all:
        yield f"{place} holds more files than were looked at; raise most_files"
    for item in found.items:
        yield from _by_mode(around, place, item)


def _by_mode(around: Surroundings, place: str, item: Item) -> Iterator[_Said]:
    mode = item.mode or 0
    yield Grant(who=f"user {item.owner}", may="administer", on=place, by="owner of files")
    who = ((f"group {item.group}", mode >> _GROUP), (EVERYONE, mode))
    for name, bits in who:
        if bits & _READ:
            yield Grant(who=name, may="read", on=place, by="mode of files")
        if bits & _WRITE:
            yield Grant(who=name, may="write", on=place, by="mode of files")
    try:
        besides = around.acl(item)
    except StoreError as why:
        yield told(why)
        return
    folder = besides["folder_mode"]
    if besides["listed"]:
        yield line(f"{item.name} has an access list; look with getfacl, and remove it")
    if not folder & _STICKY:  # with it, only owners take files out
        for name, bits in (
            (f"group {besides['folder_group']}", folder >> _GROUP),
            (EVERYONE, folder),
        ):
            if bits & _WRITE:
                yield Grant(who=name, may="write", on=place, by="mode of folders")


def _by_policy(around: Surroundings, place: str, bucket: str) -> Iterator[_Said]:
    try:
        answer = around.bucket(bucket, "policy")
    except StoreError as why:
        yield told(why)
        return
    if answer is not None:
        text, by = str(answer.get("Policy", "")), f"policy of {bucket}"
        yield from _by_statements(text, place, by, "")


def _by_document(around: Surroundings, place: str, holder: str, path: str) -> Iterator[_Said]:
    try:
        text = around.document(path)
    except StoreError as why:
        yield told(why)
        return
    yield from _by_statements(text, place, path, holder)


def _by_statements(text: str, place: str, by: str, holder: str) -> Iterator[_Said]:
    bucket, _, prefix = place.removeprefix(_BUCKET).partition("/")
    statements, troubles = read_statements(text)
    yield from (line(f"{by}: {trouble}") for trouble in troubles)
    for found in granted(statements, bucket, prefix, holder):
        yield Grant(
            who=line(found.who),
            may=found.may,
            on=place,
            by=line(f"{by}, statement {found.statement}"),
            conditional=found.conditional,
            wildcard=found.wildcard,
        )


def _by_acl(around: Surroundings, place: str, bucket: str, most: int) -> Iterator[_Said]:
    try:
        yield from _listed(around.bucket(bucket, "acl"), place, f"access list of {bucket}")
        rules = (around.bucket(bucket, "ownership") or {}).get("OwnershipControls", {})
        kinds = [rule.get("ObjectOwnership") for rule in rules.get("Rules", [])]
        if kinds == ["BucketOwnerEnforced"]:
            return  # then the lists of objects mean nothing
        found = around.find(place, most)
        for item in found.items:
            yield from _listed(around.acl(item), place, "access lists of objects")
        if found.count > len(found.items) or not found.counted_all:
            yield f"{place} holds more objects than were looked at; set BucketOwnerEnforced"
    except StoreError as why:
        yield told(why)


def _listed(answer: Any, place: str, by: str) -> Iterator[_Said]:
    owner = answer.get("Owner", {}).get("ID")
    for entry in answer.get("Grants", []):
        grantee, permission = entry.get("Grantee", {}), entry.get("Permission")
        if grantee.get("ID") == owner and owner:
            continue
        uri = grantee.get("URI", "")
        who = _GROUPS.get(uri) or line(uri or grantee.get("ID") or json.dumps(grantee))
        if permission not in _PERMISSIONS:
            yield line(f"{by}: the permission {permission} is not known")
        for right in _PERMISSIONS.get(permission, ()):
            yield Grant(who=who, may=right, on=place, by=by)


def _in_database(around: Surroundings, name: str) -> tuple[str, list[_Said]]:
    uri = around.address(name)
    where = line(f"{name} ({addresses.without_secrets(uri) if uri else 'unset'})")[:180].strip()
    if not uri:
        return where, [line(f"{name} is unset; set it to the address of the registry's database")]
    try:
        if addresses.how_guarded(uri) == addresses.FILE:
            path = uri.partition("///")[2].partition("?")[0] or uri
            return where, list(_by_mode(around, where, around.find(path, 1).items[0]))
        roles = around.roles(uri)
    except (StoreError, IndexError) as why:
        return where, [told(why)]
    found: list[_Said] = []
    for role in roles:
        who = role.name if role.name == EVERYONE else line(f"role {role.name}")
        rights: tuple[tuple[bool, Right], ...] = (
            (role.reads, "read"),
            (role.writes, "write"),
            (role.administers, "administer"),
        )
        found += [Grant(who=who, may=r, on=where, by="database") for has, r in rights if has]
    return where, found


def _identity(around: Surroundings, part: str, held: tuple[str, ...]) -> tuple[Identity, list[str]]:
    holds: list[str] = []
    troubles = []
    for one in held:
        try:
            holds += (one,) if one.startswith("arn:") else around.keys_in(one)
        except StoreError as why:
            troubles.append(told(why))
    return Identity(part=part, holds=tuple(dict.fromkeys(holds))), troubles
