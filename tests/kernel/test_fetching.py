"""Models from a server that speaks https on this machine: confirmed, checked, kept, or nothing."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from tagcat_kernel.labelling import LabellerError, OnnxLabeller, open_model
from tagcat_kernel.labelling.fetching import fetch_model, kept_model, kept_models
from tests.kernel.models import LABELS, colour_model


class Server:
    """Files and redirections by path, and which of them were asked for."""

    def __init__(self, url: str, files: dict[str, bytes]) -> None:
        self.url, self.files = url, files
        self.asked: list[str] = []
        self.elsewhere: dict[str, str] = {}
        self.cut = 0

    @property
    def card(self) -> str:
        return f"{self.url}/models/colours.json"

    def change(self, **changes: Any) -> None:
        card = json.loads(self.files["/models/colours.json"]) | changes
        self.files["/models/colours.json"] = json.dumps(card).encode()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    model = colour_model(tmp_path, labels="the labels.txt")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    files = {
        "/models/colours.json": model.with_suffix(".json").read_bytes(),
        "/models/colours.onnx": model.read_bytes(),
        "/models/the%20labels.txt": "\n".join(LABELS).encode(),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            if target := there.elsewhere.get(self.path):
                self.send_response(302)
                self.send_header("Location", target)
                self.end_headers()
                return
            data = there.files.get(self.path)
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write((data or b"")[: len(data or b"") - there.cut])

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    there = Server(f"https://localhost:{listening.server_port}", files)
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    yield there
    listening.shutdown()
    listening.server_close()


def test_an_address_stands_for_the_model_that_is_kept(server: Server) -> None:
    with pytest.raises(LabellerError, match="--yes on the command line"):
        open_model(server.card)
    fetch_model(server.card, confirmed=True)
    assert open_model(server.card).name == "colours"


def kept(home: Path) -> list[Path]:
    return list((home / "models").iterdir()) if (home / "models").is_dir() else []


def test_a_model_is_fetched_once_and_kept(server: Server) -> None:
    heard: list[int] = []
    card = fetch_model(server.card, confirmed=True, progress=heard.append)
    assert server.asked == ["/models/colours.json", "/models/the%20labels.txt", "/models/colours.onnx"]
    assert heard[-1] == len(server.files["/models/colours.onnx"])
    assert OnnxLabeller(card).card.labels == tuple(LABELS)
    assert kept_models() == {"colours": card}
    server.files.clear()
    assert fetch_model(server.card) == card == kept_model(server.card)
    assert len(server.asked) == 3, "what is kept is not fetched again"


@pytest.mark.parametrize("said", [False, None, 1, "yes"])
def test_nothing_is_asked_before_a_person_confirms(server: Server, tagcat_home: Path, said: Any) -> None:
    with pytest.raises(LabellerError, match="would be fetched from localhost"):
        fetch_model(server.card, confirmed=said)
    assert server.asked == []
    assert kept(tagcat_home) == []


@pytest.mark.parametrize(
    "address", ["http://localhost/x.json", "file:///etc/passwd", "ftp://a/b", "x", "https://", "https://[x"]
)
def test_only_https_is_fetched(address: str) -> None:
    with pytest.raises(LabellerError, match="only https"):
        fetch_model(address, confirmed=True)


def refused(server: Server, home: Path, told: str) -> None:
    with pytest.raises(LabellerError, match=told):
        fetch_model(server.card, confirmed=True)
    assert kept(home) == [], "nothing is kept, not even half"
    assert kept_model(server.card) is None


@pytest.mark.parametrize("name", ["../up.onnx", "/etc/passwd", "..", "a\\b", "a/b", "card.json", "a\nb"])
def test_a_card_cannot_lead_elsewhere(server: Server, tagcat_home: Path, name: str) -> None:
    server.change(file=name)
    refused(server, tagcat_home, "no file beside it")
    server.change(file="colours.onnx", labels=name)
    refused(server, tagcat_home, "no file beside it")


def test_what_is_not_what_the_card_says_is_not_kept(server: Server, tagcat_home: Path) -> None:
    server.files["/models/colours.onnx"] += b"!"
    refused(server, tagcat_home, "its SHA-256 is")
    del server.files["/models/colours.onnx"]
    refused(server, tagcat_home, "the server says 404")
    server.files["/models/colours.json"] = b"<html>"
    refused(server, tagcat_home, "is no model card")
    server.files["/models/colours.json"] = b" " * 2_000_000
    refused(server, tagcat_home, "is larger than")


def test_a_download_that_breaks_off_is_not_kept(server: Server, tagcat_home: Path) -> None:
    server.cut = 1
    refused(server, tagcat_home, r"broke off|can't be fetched")


def test_a_redirection_stays_with_https(server: Server, tagcat_home: Path) -> None:
    server.elsewhere["/models/colours.onnx"] = "http://localhost:9/colours.onnx"
    refused(server, tagcat_home, "only https")
    server.elsewhere["/models/colours.onnx"] = f"{server.url}/other"
    server.files["/other"] = server.files["/models/colours.onnx"]
    assert fetch_model(server.card, confirmed=True).is_file()


def test_a_stranger_on_the_line_is_not_trusted(
    server: Server, tagcat_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    refused(server, tagcat_home, r"can't be fetched: .*certificate")
    assert server.asked == []
