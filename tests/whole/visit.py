"""Run `tagcat run` as a newcomer does, open the page that it names, ask the doctor; print what was seen.

A program of its own because it runs inside a namespace without network: `python visit.py TAGCAT`.
"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import urllib.request


def network() -> bool:
    """Tell whether anything beyond this machine can be reached."""
    with contextlib.suppress(OSError), socket.create_connection(("192.0.2.1", 80), 2):
        return True
    with contextlib.suppress(OSError):
        return bool(socket.getaddrinfo("example.org", 443))
    return False


def main(tagcat: str) -> None:
    """Print one JSON line: what `run` found, the page's status and if it is home, the doctor's exit code."""
    running = subprocess.Popen([tagcat, "run", "--no-browser"], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        found, address = running.stdout.readline().strip(), running.stdout.readline().strip()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(address, timeout=120) as answer:
            status, text = answer.status, answer.read().decode()
        doctor = subprocess.run([tagcat, "doctor"], check=False, stdout=subprocess.DEVNULL).returncode
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(30)
        subprocess.run([tagcat, "graph", "stop"], check=False, stdout=subprocess.DEVNULL)
    page = "Your collection" in text
    seen = {"found": found, "status": status, "page": page, "doctor": doctor, "network": network()}
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])
