"""Processes that outlive who started them."""

import subprocess
import sys

STARTER = """
import subprocess, sys
from tagcat_kernel.processes import detach
process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
detach(process)
"""


def test_a_detached_process_is_no_warning_when_its_starter_ends() -> None:
    told = {}
    for name, code in (("detached", STARTER), ("kept", STARTER.replace("detach(process)", ""))):
        done = subprocess.run(
            [sys.executable, "-W", "always::ResourceWarning", "-c", code],
            capture_output=True,
            text=True,
            check=True,
        )
        told[name] = "is still running" in done.stderr
    assert told == {"detached": False, "kept": True}
