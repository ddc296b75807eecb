"""AWS Rekognition by the real boto3 against a server on this machine: what goes, and when nothing goes."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel import online
from tagcat_kernel.labelling import LabellerError
from tagcat_kernel.labelling.rekognition import NOTICE, SIDE, RekognitionLabeller
from tagcat_kernel.media.shown import shown_image
from tests.kernel.aws import aws, moto

__all__ = ["aws", "moto"]


class Listener(BaseHTTPRequestHandler):
    """Keeps what was sent and answers with more labels than were asked for."""

    sent: list[dict[str, Any]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.sent.append({"body": body, "headers": dict(self.headers)})
        labels = [{"Name": f"label {n % 12}", "Confidence": 101.0 - n} for n in range(15)]
        answer = json.dumps({"Labels": labels} if self.status == 200 else {"message": "not for you"})
        self.send_response(self.status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listener(aws: None) -> Iterator[tuple[str, type[Listener]]]:
    handler = type("Handler", (Listener,), {"sent": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("switch", [False, None, 1, "yes"])
def test_it_is_off_until_it_is_switched_on(switch: Any) -> None:
    with pytest.raises(LabellerError, match="is off") as error:
        RekognitionLabeller(enabled=switch)
    assert NOTICE in str(error.value)
    assert "leaves this machine" in NOTICE
    assert "paid request" in NOTICE


def test_a_server_that_does_not_allow_it_keeps_it_off(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for named in ("", "keras", "rekognitions"):
        monkeypatch.setenv(online.VARIABLE, named)
        with pytest.raises(LabellerError, match="off on this server"):
            RekognitionLabeller(enabled=True)
    monkeypatch.setenv(online.VARIABLE, "keras, REKOGNITION")
    assert RekognitionLabeller(enabled=True).name == "AWS Rekognition"


def test_moto_answers_the_real_boto3(moto: str) -> None:
    labeller = RekognitionLabeller(enabled=True, endpoint=moto)
    pictures = [np.full((30, 40, 3), 99, np.uint8)] * 2
    first, second = labeller.label(pictures)
    assert first == second
    assert first
    assert all(0 <= score <= 1 for _, score in first)
    assert [score for _, score in first] == sorted((score for _, score in first), reverse=True)


def test_only_a_small_picture_without_metadata_leaves(
    listener: tuple[str, type[Listener]], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "marker of a camera"
    original = tmp_path / "marker-of-a-name.jpg"
    pixels = np.random.default_rng(1).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    large = Image.fromarray(pixels).resize((3000, 2000), Image.Resampling.NEAREST)
    large.save(original, exif=exif, comment="marker of a comment", icc_profile=b"marker of a profile")
    labeller = RekognitionLabeller(enabled=True, endpoint=listener[0])
    data = original.read_bytes()
    (labels,) = labeller.label([shown_image(data, labeller.fit)])
    (sent,) = listener[1].sent
    request = json.loads(sent["body"])
    assert request["MaxLabels"] == 10
    jpeg = base64.b64decode(request["Image"]["Bytes"])
    with Image.open(io.BytesIO(jpeg)) as image:
        assert (image.format, image.size) == ("JPEG", (SIDE, round(2000 * SIDE / 3000)))
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    everything = sent["body"] + jpeg + json.dumps(sent["headers"]).encode()
    assert data[:200] not in everything
    assert b"marker" not in everything
    assert labels == [(f"label {n}", min((101.0 - n) / 100, 1.0)) for n in range(10)]


def test_a_refusal_is_told_in_amazons_words(listener: tuple[str, type[Listener]]) -> None:
    listener[1].status = 400
    labeller = RekognitionLabeller(enabled=True, endpoint=listener[0])
    with pytest.raises(LabellerError, match=r"gave no answer: .*not for you"):
        labeller.label([np.zeros((9, 9, 3), np.uint8)])


def test_a_server_that_is_not_there_and_no_region_are_told(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = RekognitionLabeller(enabled=True, endpoint="http://127.0.0.1:9")
    with pytest.raises(LabellerError, match="gave no answer"):
        nobody.label([np.zeros((9, 9, 3), np.uint8)])
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(LabellerError, match="region"):
        RekognitionLabeller(enabled=True)
