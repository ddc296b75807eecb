"""A tiny page on localhost that holds the hashing engine alone, for tests and the benchmark.

It is served under the dashboards' own Content-Security-Policy, so that whatever works here works there.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterable
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hatch_build import node_from_pypi
from tagcat_kernel.serve.server import POLICY

WIDGETS = Path(__file__).resolve().parents[2] / "widgets"
PAGE = "<!doctype html><meta charset=utf-8><title>device</title><script type=module src=/device.js></script>"
BUNDLE = """
import { build } from "esbuild";
import { forEsbuild, target } from "./bundle_worker.mjs";
const { outputFiles } = await build({ entryPoints: ["tests/device_page.ts"], bundle: true, format: "esm",
  target, charset: "utf8", write: false, plugins: [forEsbuild], logLevel: "warning" });
process.stdout.write(outputFiles[0].text);
"""


@cache
def script() -> bytes:
    """Bundle the page's script as the widgets are bundled."""
    node = shutil.which("node") or (node_from_pypi() or ["node"])[0]
    command = [node, "--input-type=module", "--eval", BUNDLE]
    return subprocess.run(command, cwd=WIDGETS, capture_output=True, check=True).stdout


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        made = {"/": ("text/html", PAGE.encode()), "/device.js": ("text/javascript", script())}
        if self.path not in made:
            super().do_GET()
            return
        kind, body = made[self.path]
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


class DevicePage:
    """The page in a browser window; files are named by their paths below `folder`.

    Not secure, it comes from a name that is not this machine's own, as over a network without HTTPS.
    """

    def __init__(self, chromium: Any, folder: Path, *, secure: bool = True) -> None:
        handler = partial(_Handler, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.folder = folder
        self.address = f"http://localhost:{self._server.server_port}/"
        self.wrong: list[str] = []
        self.page = chromium.new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        if not secure:
            self.page.route("http://elsewhere.test/**", self._answer)
        self.page.goto(self.address if secure else "http://elsewhere.test/")
        self.page.wait_for_function("globalThis.device !== undefined")

    def hash_all(self, names: Iterable[str | Path], **settings: Any) -> dict[str, Any]:
        """Hash files; returns their `answers` and `progress` in the order of the names, and `seconds`."""
        addresses = ["/" + quote(str(name)) for name in names]
        calling = f"device.hashAll({json.dumps(addresses)}, {json.dumps(settings)})"
        found: dict[str, Any] = self.page.evaluate(calling)
        return found

    def hash(self, name: str | Path, **settings: Any) -> dict[str, Any]:
        """Hash one file."""
        answer: dict[str, Any] = self.hash_all([name], **settings)["answers"][0]
        return answer

    def _answer(self, route: Any) -> None:
        path = route.request.url.partition("elsewhere.test/")[2]
        route.fulfill(response=route.fetch(url=self.address + path))

    def close(self) -> None:
        """Close the window and the server."""
        self.page.close()
        self._server.shutdown()
        self._server.server_close()
