"""The places a policy may name, each looked at by its own adapter."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from govgate.adapters.certificates import require_certificate
from govgate.adapters.database_roles import roles_in
from govgate.adapters.keys import read_public
from govgate.adapters.local_places import LocalPlaces
from govgate.adapters.s3 import S3Places, open_client
from govgate.errors import GovgateError, StoreError
from govgate.ledger import keyid
from govgate.policy import read_people
from govgate.ports import Found, Item, Role

_BUCKET = "s3://"


class Around:
    """Implements `ports.Surroundings` for one folder's project."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        """Look from a folder.

        Args:
            folder: Where relative paths begin.
            settings: Names of addresses to what they are; else variables are looked up.
        """
        self._folder = folder
        self._settings = settings
        self._local = LocalPlaces(folder)

    @cached_property
    def _s3(self) -> S3Places:
        # Region and endpoint are the environment's, as for every AWS tool.
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        return S3Places(open_client(None, endpoint))

    def find(self, place: str, most: int) -> Found:
        """See `Surroundings.find`."""
        return self._of(place).find(place, most)

    def read(self, item: Item, offset: int, size: int) -> bytes:
        """See `Surroundings.read`."""
        return self._of(item.name).read(item, offset, size)

    def at_rest(self, item: Item) -> tuple[str, str]:
        """See `Surroundings.at_rest`."""
        return self._of(item.name).at_rest(item)

    def bucket(self, bucket: str, question: str) -> Any | None:
        """See `Surroundings.bucket`."""
        return self._s3.bucket(bucket, question)

    def acl(self, item: Item) -> Any:
        """See `Surroundings.acl`."""
        return self._of(item.name).acl(item)

    def endpoint(self, bucket: str) -> str:
        """See `Surroundings.endpoint`."""
        return self._s3.endpoint(bucket)

    def address(self, name: str) -> str:
        """See `Surroundings.address`."""
        return self._settings.get(name) or os.environ.get(name, "")

    def certificate(self, uri: str) -> None:
        """See `Surroundings.certificate`."""
        require_certificate(uri)

    def document(self, path: str) -> str:
        """See `Surroundings.document`."""
        return self._local.document(path)

    def keys_in(self, path: str) -> tuple[str, ...]:
        """See `Surroundings.keys_in`.

        Raises:
            StoreError: It holds no key that can be read.
        """
        try:
            if path.endswith((".yaml", ".yml")):
                return tuple(sorted(read_people(self.document(path), path).public_keys))
            return (keyid(read_public(self._folder / path)),)
        except GovgateError as why:
            msg = f"{path} holds no public key ({why}); name a .pub file or the people file"
            raise StoreError(msg) from why

    def roles(self, uri: str) -> tuple[Role, ...]:
        """See `Surroundings.roles`."""
        return roles_in(uri)

    def _of(self, place: str) -> LocalPlaces | S3Places:
        return self._s3 if place.startswith(_BUCKET) else self._local
