"""Puts a report into a bucket on AWS S3, for whoever has the link, as long as it is valid.

Nothing here runs unless a person asks for it by name. The objects are private, as S3 makes them; the link
is signed and expires. A bucket whose policy opens it to everybody is refused, since "private" would be a
word only.
"""

import mimetypes
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tagcat_kernel.reports.errors import ReportError, WrongUseError
from tagcat_kernel.reports.making import MANIFEST, PAGE

LONGEST = 7 * 24
"""Hours: AWS signs no link for longer."""


@dataclass(frozen=True, slots=True)
class Published:
    """Where a report lies: `files` objects below `place`, and the page's `link` for so many `hours`."""

    place: str
    link: str
    files: int
    hours: float


def publish(folder: Path, place: str, *, hours: float = 24.0) -> Published:
    """Upload a report.

    Parameters
    ----------
    folder
        A report's.
    place
        "s3://bucket/prefix"; what lies there by the same names is replaced.
    hours
        How long the link is valid, at most `LONGEST`.

    Raises
    ------
    ReportError
        If boto3 is missing, the place is no such address, the bucket is public, or AWS refuses.
    """
    bucket, prefix = check_place(place, hours)
    if not (folder / MANIFEST).is_file():
        raise ReportError(f"{folder}: no report")
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    files.sort(key=lambda path: path.name == PAGE)  # last, so that a page never stands without its tables
    sent = 0
    try:
        # Links of the older signature, which boto3 prefers, open nothing in a bucket made since 2020.
        client = boto3.client("s3", config=Config(signature_version="s3v4"))
        if _is_public(client, bucket):
            raise ReportError(f"the bucket {bucket} is open to everybody by its policy: take a private one")
        for path in files:
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            text = kind.startswith("text/") or path.suffix in (".json", ".ipynb")
            client.put_object(
                Bucket=bucket,
                Key=prefix + path.relative_to(folder).as_posix(),
                Body=path.read_bytes(),
                ContentType=f"{kind}; charset=utf-8" if text else kind,
                CacheControl="private, no-store",
            )
            sent += 1
        link = client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": prefix + PAGE}, ExpiresIn=int(hours * 3600)
        )
    except (BotoCoreError, ClientError) as error:
        half = f" ({sent} of {len(files)} files are there: publish it again)" if sent else ""
        raise ReportError(f"the report is in {folder}; AWS refused {place}: {error}{half}") from None
    return Published(f"s3://{bucket}/{prefix}", link, len(files), hours)


def check_place(place: str, hours: float) -> tuple[str, str]:
    """Return bucket and prefix where a report can be published, as far as that is known without asking AWS.

    Raises
    ------
    ReportError
        If boto3 is missing, the place is no such address, or no link is valid so long.
    """
    if not 0 < hours <= LONGEST:
        raise WrongUseError(f"a link is valid for up to {LONGEST} hours, not {hours:g}")
    if find_spec("boto3") is None:
        raise ReportError("publishing needs boto3: pip install 'tagcat[aws]'")
    return _parts(place)


def _parts(place: str) -> tuple[str, str]:
    """Return bucket and prefix, the latter with a slash at its end unless it is empty."""
    parts = urlsplit(place)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise WrongUseError(f"{place!r} is no place to publish: write s3://bucket/prefix")
    prefix = parts.path.strip("/")
    return parts.netloc, prefix + "/" if prefix else ""


def _is_public(client: Any, bucket: str) -> bool:
    """Tell whether the bucket's policy lets everybody read; a bucket without a policy does not."""
    from botocore.exceptions import ClientError

    try:
        return bool(client.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"])
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchBucketPolicy", "AccessDenied", "MethodNotAllowed"):
            return False  # none, or nobody lets us see it: the objects are private in themselves
        raise
