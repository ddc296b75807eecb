"""Run inside a mount namespace of its own: TagCat on a disk that fills up, and on one that is read-only.

`python on_a_small_disk.py FOLDER` mounts a small tmpfs on FOLDER, which nobody outside sees, and prints
what TagCat said at each step, as JSON.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def mount(*options: str) -> None:
    subprocess.run(["mount", *options], check=True)


def main(folder: Path) -> dict[str, Any]:  # noqa: PLR0915 - one story, step by step
    mount("-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder))
    os.environ["TAGCAT_HOME"] = str(folder / "home")
    from tagcat_kernel.graph import connect, server
    from tagcat_kernel.graph.collection import Collection
    from tagcat_kernel.graph.errors import GraphError
    from tagcat_kernel.graph.runner import close_drivers
    from tests.graph.things import SOURCE, image, telling

    told: dict[str, Any] = {}
    filler = folder / "filler"

    def fill(leave: int) -> None:
        with filler.open("wb") as file:
            usage = os.statvfs(folder)
            file.write(bytes(max(0, usage.f_bavail * usage.f_frsize - leave)))

    def attempt(name: str, work: Any) -> Any:
        try:
            told[name] = ["", str(work())]
        except GraphError as error:
            told[name] = [type(error).__name__, str(error)]

    def digest() -> str:
        data = folder / "home" / "graph" / "databases"
        files = sorted(path for path in data.rglob("*") if path.is_file())
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    acknowledged: list[str] = []

    def store(count: int, batch: int) -> None:
        for start in range(0, count, batch):
            names = [f"/{len(acknowledged) + number}.jpg" for number in range(batch)]
            hashes = telling(start + len(acknowledged), batch)
            own.store([image(name, dhash) for name, dhash in zip(names, hashes, strict=True)], source=SOURCE)
            acknowledged.extend(names)

    own = Collection(connect(), "ada")
    store(100, 50)
    fill(300_000)
    attempt("store on a full disk", lambda: store(40_000, 2000))
    filler.unlink()
    attempt("counts after room was made", lambda: Collection(connect(), "ada").counts()["images"])
    told["acknowledged"] = len(acknowledged)
    attempt("store after room was made", lambda: store(100, 50))
    told["all there"] = set(acknowledged) == set(own.files())

    close_drivers()
    server.stop()
    fill(1_000_000)
    before = digest()
    attempt("start on a full disk", connect)
    told["untouched by a start on a full disk"] = digest() == before
    filler.unlink()
    mount("-o", "remount,ro", str(folder))
    attempt("start in a read-only folder", connect)
    told["untouched by a start in a read-only folder"] = digest() == before
    mount("-o", "remount,rw", str(folder))
    attempt("start when all is well", lambda: len(Collection(connect(), "ada").files()))
    told["acknowledged at the end"] = len(acknowledged)
    close_drivers()
    server.stop()
    return told


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
