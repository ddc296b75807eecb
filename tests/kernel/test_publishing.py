"""Reports in a bucket: the real boto3 against a moto server, and a link that a stranger's program opens."""

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tagcat_kernel.reports.errors import ReportError
from tagcat_kernel.reports.publishing import publish
from tests.kernel.aws import aws, moto

__all__ = ["aws", "moto"]
BUCKET = "tagcat-reports"


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An S3 client of a bucket that is as AWS makes it."""
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return client


@pytest.fixture
def report(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    for name in ("report.html", "manifest.json", "notebook.ipynb", "tables/01-ä.csv"):
        (tmp_path / name).write_text(f"{name}: grüße", "utf-8")
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    return tmp_path


def test_it_is_private_and_the_link_opens_it(bucket: Any, report: Path) -> None:
    published = publish(report, f"s3://{BUCKET}/cases/7/", hours=2)
    assert (published.place, published.files) == (f"s3://{BUCKET}/cases/7/", 4)
    keys = [row["Key"] for row in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert keys == [
        f"cases/7/{name}" for name in ("manifest.json", "notebook.ipynb", "report.html", "tables/01-ä.csv")
    ]
    for key in keys:
        grants = bucket.get_object_acl(Bucket=BUCKET, Key=key)["Grants"]
        assert all("URI" not in grant["Grantee"] for grant in grants), "to its owner only, to no group"
    with urllib.request.urlopen(published.link) as answer:
        assert answer.read().decode() == "report.html: grüße"
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    asked = parse_qs(urlsplit(published.link).query)
    assert asked["X-Amz-Expires"] == ["7200"]
    assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"], "AWS takes no other where a bucket is new"
    assert "testing" not in asked["X-Amz-Signature"][0]


def test_the_root_of_a_bucket(bucket: Any, report: Path) -> None:
    assert publish(report, f"s3://{BUCKET}").place == f"s3://{BUCKET}/"
    assert bucket.head_object(Bucket=BUCKET, Key="report.html")["ContentType"] == "text/html; charset=utf-8"


def test_a_public_bucket_is_refused(bucket: Any, report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto knows no GetBucketPolicyStatus: the answer that AWS documents comes from boto3's own stubber."""
    import boto3
    from botocore.stub import Stubber

    client = boto3.client("s3")
    with Stubber(client) as stub:
        stub.add_response(
            "get_bucket_policy_status", {"PolicyStatus": {"IsPublic": True}}, {"Bucket": BUCKET}
        )
        monkeypatch.setattr(boto3, "client", lambda _, **__: client)
        with pytest.raises(ReportError, match="open to everybody by its policy"):
            publish(report, f"s3://{BUCKET}/x")
    assert "Contents" not in bucket.list_objects_v2(Bucket=BUCKET)


def test_what_aws_refuses_is_told(bucket: Any, report: Path) -> None:
    with pytest.raises(ReportError, match=r"AWS refused s3://no-such-bucket/x: .*NoSuchBucket"):
        publish(report, "s3://no-such-bucket/x")


def test_without_credentials_it_says_where_the_report_is(
    bucket: Any, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it keeps what it was told first
    with pytest.raises(ReportError, match=f"the report is in {report}; .*Unable to locate credentials"):
        publish(report, f"s3://{BUCKET}/x")


def test_half_an_upload_has_no_page_and_is_counted(
    bucket: Any, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third object is refused by the same moto: boto3 asks for a bucket that is not there."""
    import boto3

    client = boto3.client("s3")
    sent = 0

    def elsewhere(params: dict[str, Any], **_: Any) -> None:
        nonlocal sent
        sent += 1
        if sent == 3:
            params["Bucket"] = "no-such-bucket"

    client.meta.events.register("provide-client-params.s3.PutObject", elsewhere)
    monkeypatch.setattr(boto3, "client", lambda _, **__: client)
    with pytest.raises(ReportError, match=r"NoSuchBucket.*\(2 of 4 files are there: publish it again\)"):
        publish(report, f"s3://{BUCKET}/x")
    keys = [row["Key"] for row in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert keys == ["x/manifest.json", "x/notebook.ipynb"], "the page comes last"


@pytest.mark.parametrize("place", ["https://x/y", "s3://", "s3:/x", "bucket/x", "s3://b/x?y=1"])
def test_places_that_are_none(report: Path, place: str) -> None:
    with pytest.raises(ReportError, match="write s3://bucket/prefix"):
        publish(report, place)


def test_what_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no report"):
        publish(tmp_path, "s3://b/x")
    for hours in (0, -1, 169, float("nan")):
        with pytest.raises(ReportError, match="up to 168 hours"):
            publish(tmp_path, "s3://b/x", hours=hours)
