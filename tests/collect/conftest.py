"""Surroundings on this machine, and in a bucket of moto's."""

import json

import pytest

from govgate.project.surroundings import Around

TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.fixture
def around(tmp_path):
    return Around(tmp_path, {"registry": "https://mlflow.example"})


@pytest.fixture
def s3(moto_endpoint, monkeypatch):
    """A client of moto's server, which every `Around` finds too."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_endpoint.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return moto_endpoint.client()


@pytest.fixture
def hardened(s3, moto_endpoint):
    """A bucket with all that the gate asks for by default, its policy left to the caller."""
    name = moto_endpoint.bucket()
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": "arn:aws:kms:us-east-1:123456789012:key/k-1",
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
    )
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
            True,
        ),
    )
    s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    return name


@pytest.fixture
def tls_only(s3):
    """Puts the policy last: moto refuses whatever a Deny names, and asks no condition."""

    def put(bucket):
        whole = f"arn:aws:s3:::{bucket}"
        statement = TLS_ONLY | {"Resource": [whole, f"{whole}/*"]}
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [statement]}))

    return put
