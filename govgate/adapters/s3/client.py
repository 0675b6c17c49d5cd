"""The S3 client, which bucket it talks about, and what its errors mean.

Source: Amazon S3 API, "Error responses"; botocore's configuration.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from govgate.errors import RefusedError, StoreError

_FIRST_NO, _FIRST_FAILURE = 400, 500
_LATER = {408, 409, 425, 429}
"""Statuses of 4xx that ask to try again. Source: RFC 9110, 6585 and 8470."""

_NEXT_STEP = {
    "NoSuchBucket": "make the bucket, or correct its name in govgate.yaml",
    "AccessDenied": "grant s3:GetObject, s3:PutObject, s3:ListBucket, and where versions are kept "
    "s3:ListBucketVersions and s3:GetBucketVersioning, or correct expected_owner",
    "InvalidAccessKeyId": "give credentials of this store",
    "SignatureDoesNotMatch": "give credentials of this store",
    "ExpiredToken": "give fresh credentials",
    "NoCredentialsError": "give credentials, such as AWS_PROFILE or AWS_ACCESS_KEY_ID",
    "PermanentRedirect": "set region to the bucket's own",
    "AuthorizationHeaderMalformed": "set region to the bucket's own",
    "EndpointConnectionError": "check endpoint and the network, then try again",
    "RequestTimeTooSkewed": "set this machine's clock",
    "ObjectLockConfigurationNotFoundError": "make a bucket with Object Lock, or unset object_lock",
    "InvalidRequest": "check that the bucket has Object Lock if object_lock is set",
    "ConditionalRequestConflict": "another wrote at the same moment; try again",
}


@dataclass(frozen=True)
class Bucket:
    """A bucket that exists, and what every call to it says."""

    name: str
    prefix: str = ""
    """Put before every key, with its own slash; "" for none."""

    owner: str | None = None
    """Account number that must own the bucket; None asks nothing."""

    kms_key: str | None = None
    """Key of AWS KMS that objects are encrypted with; None leaves it to the bucket."""

    @property
    def where(self) -> dict[str, str]:
        """What every call to it says."""
        return {"Bucket": self.name} | ({"ExpectedBucketOwner": self.owner} if self.owner else {})


def open_client(region: str | None, endpoint: str | None) -> Any:
    """Make the S3 client; keys, tokens and proxies are found as every AWS tool finds them.

    Args:
        region: Such as "eu-central-1"; None takes the environment's.
        endpoint: Address of a store that is not AWS, or None.

    Returns:
        A boto3 client that waits 5 s for a connection and 30 s for bytes, 3 times at most.
    """
    import boto3
    from botocore.config import Config

    with said("S3"):
        return boto3.session.Session().client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"total_max_attempts": 3, "mode": "standard"},
                s3={"addressing_style": "path" if endpoint else "auto"},
                # Every write carries its own; older stores refuse what newer clients add.
                request_checksum_calculation="when_required",
            ),
        )


@contextmanager
def said(what: str, steps: Mapping[str, str] = _NEXT_STEP) -> Iterator[None]:
    """Turn the client's errors into ours.

    Args:
        what: What was asked for.
        steps: Code of an error to the next step here, where it is another than usual.

    Raises:
        RefusedError: The store said no; with the next step.
        StoreError: It did not answer, or could not just now; with the next step.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (BotoCoreError, ClientError, HTTPError, OSError) as why:
        step = {**_NEXT_STEP, **steps}.get(code_of(why), "look at the store, then try again")
        msg = f"{what} cannot be read or written ({why}); {step}"
        raise (RefusedError if _is_no(why) else StoreError)(msg) from why


def _is_no(why: Exception) -> bool:
    """Tell an answer that stays the same from one that may change by itself."""
    answer = getattr(why, "response", None)
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) if answer else 0
    return _FIRST_NO <= status < _FIRST_FAILURE and status not in _LATER


def code_of(why: Exception) -> str:
    """What S3 calls the error, or the name of the client's own."""
    answer = getattr(why, "response", None)  # of a connection that broke it is None
    told = answer.get("Error", {}).get("Code", "") if isinstance(answer, dict) else ""
    return str(told) or type(why).__name__
