"""AWS Rekognition's DetectLabels: the one model that is not on this machine, and so off until switched on.

What leaves the machine is a copy of each picture, at most 1024 pixels a side, drawn anew from its pixels
as a JPEG: no file name, no EXIF, no place, no key. `NOTICE` says so to a person, and what it may cost,
before `enabled=True` lets anything go. Who asks, and in which region, is boto3's business: TagCat never
sees or stores a secret.
"""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from tagcat_kernel import online
from tagcat_kernel.labelling.labeller import TOP, LabellerError, Labels
from tagcat_kernel.media.shown import Fit, Pixels

NOTICE = (
    "AWS Rekognition works on Amazon's servers. A copy of every picture and key frame that you label leaves "
    "this machine: a JPEG of at most 1024 pixels a side, without name, EXIF or place. Amazon may keep it to "
    "improve its services unless your account opts out. Each picture is one paid request of your AWS "
    "account (about 1 US dollar for 1,000 pictures in 2025; see Amazon's price list), and every key frame "
    "of a video counts."
)
"""What a person must know before it is switched on."""

PRICE = 0.001
"""US dollars a picture, in 2025, of the first million a month; Amazon's price list says what it is now."""

SIDE = 1024
"""Longest side of what is sent, in pixels."""


def bill(pictures: int) -> str:
    """Return what asking about so many pictures sends and may cost, in words.

    Examples
    --------
    >>> bill(2500)
    '2,500 pictures would be sent to Amazon, for about 2.50 US dollars.'
    """
    noun = "picture" if pictures == 1 else "pictures"
    return f"{pictures:,} {noun} would be sent to Amazon, for about {pictures * PRICE:,.2f} US dollars."


class RekognitionLabeller:
    """AWS Rekognition as a `Labeller`; needs the extra `aws`.

    Parameters
    ----------
    enabled
        Whether you have read `NOTICE` and want pictures to leave this machine.
    region
        Of AWS; default: that of your AWS settings.
    endpoint
        Address of another server that speaks the same protocol; default: Amazon's.

    Raises
    ------
    LabellerError
        If it is not switched on, by you or by whoever runs this server, the extra is missing, or AWS has no
        settings on this machine.

    Examples
    --------
    >>> try:
    ...     RekognitionLabeller()
    ... except LabellerError as error:
    ...     print(str(error)[:27])
    AWS Rekognition is off: AWS
    """

    name = "AWS Rekognition"
    fit = Fit(SIDE)

    def __init__(
        self, *, enabled: bool = False, region: str | None = None, endpoint: str | None = None
    ) -> None:
        if enabled is not True:
            raise LabellerError(f"AWS Rekognition is off: {NOTICE} To switch it on, give enabled=True")
        if not online.allowed("rekognition"):
            raise LabellerError(
                "AWS Rekognition is off on this server: nothing is sent to Amazon unless whoever runs it "
                f"allows that ({online.VARIABLE}=rekognition)"
            )
        try:
            import boto3
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise LabellerError(
                "AWS Rekognition needs boto3, which is not installed: pip install 'tagcat[aws]'"
            ) from None
        try:
            self._client: Any = boto3.client("rekognition", region_name=region, endpoint_url=endpoint)
        except (BotoCoreError, ValueError) as error:
            raise LabellerError(f"AWS Rekognition can't be asked: {error}") from None

    def label(self, pictures: Sequence[Pixels]) -> list[Labels]:
        """Send pictures uint8 [height, width, 3] one by one, and return what comes back, in their order.

        Raises
        ------
        LabellerError
            If AWS refuses or does not answer; the message is Amazon's.
        """
        return [self._ask(jpeg_of(pixels)) for pixels in pictures]

    def _ask(self, jpeg: bytes) -> Labels:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.detect_labels(Image={"Bytes": jpeg}, MaxLabels=TOP)
        except (BotoCoreError, ClientError) as error:
            raise LabellerError(f"AWS Rekognition gave no answer: {error}") from None
        found: dict[str, float] = {}
        for one in answer.get("Labels", []):
            score = min(max(float(one.get("Confidence", 0.0)) / 100, 0.0), 1.0)
            found[one["Name"]] = max(score, found.get(one["Name"], 0.0))
        return sorted(found.items(), key=lambda label: -label[1])[:TOP]


def jpeg_of(pixels: Pixels) -> bytes:
    """Return pixels as a JPEG that holds nothing else.

    Examples
    --------
    >>> jpeg_of(np.zeros((2, 2, 3), np.uint8))[:2].hex()
    'ffd8'
    """
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "JPEG", quality=90)
    return file.getvalue()
