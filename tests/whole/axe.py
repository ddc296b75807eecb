"""The axe: ingests that lose their own process, or the graph's server, at a moment that was chosen.

`python -m tests.whole.axe` takes a JSON object on stdin (folder, victim, few) and prints a line of JSON a
trial. Real media are decoded once. Then every trial is a child, forked before anything was connected,
that ingests them as a new user; what it does to the graph is counted, query by query and transaction by
transaction. The first trial runs through and names the moments. Of each other the axe falls at one of
them: SIGKILL for the child itself, or for the embedded server while the child goes on. Another child
looks at what is left, runs the same ingest again and looks once more.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from tagcat_kernel import ingest as ingesting
from tagcat_kernel import storing
from tagcat_kernel.graph import connect
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.server_process import read_endpoint
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.home import subfolder
from tagcat_kernel.media.probe import kind_of
from tagcat_kernel.media.workers import DecoderPool

BATCH = 4
"""Images a transaction: small, so that a few seconds of work have many boundaries."""


class Decoded:
    """Stands in for the pool of decoders: what that pool read once is there at once, in one order."""

    workers = 1

    def __init__(self, folder: Path) -> None:
        self.records: dict[str, Any] = {}
        with DecoderPool() as pool:
            reading = [
                pool.read_image(path) if kind_of(str(path)) == "image" else pool.read_video(path)
                for path in sorted(folder.iterdir())
            ]
            for future in reading:
                self.records[future.result().path] = future.result()

    def read_image(self, path: str) -> "Future[Any]":
        ready: Future[Any] = Future()
        ready.set_result(self.records[path])
        return ready

    def read_video(self, path: str, _distance: int) -> "Future[Any]":
        return self.read_image(path)

    def close(self, *, cancel: bool) -> None:
        """Nothing is open."""


class Moments:
    """Counts what a child does to the graph, tells every moment, and lets the axe fall at the chosen one."""

    def __init__(self, told: int, fall_at: int | None, victim: str) -> None:
        self.told, self.fall_at, self.victim = told, fall_at, victim
        self.count = self.transactions = 0
        self.inside = False
        store, run = Collection.store, Unit.run

        def watched_store(collection: Collection, records: Any, **options: Any) -> Any:
            self.transactions += 1
            self.inside = True
            self.pass_by("before")
            added = store(collection, records, **options)
            self.inside = False
            os.write(
                told, (json.dumps({"acknowledged": [record.path for record in records]}) + "\n").encode()
            )
            self.pass_by("acknowledged")
            return added

        def watched_run(unit: Unit, name: str, **parameters: Any) -> Any:
            rows = run(unit, name, **parameters)
            if self.inside:
                self.pass_by(f"after {name}")
            return rows

        Collection.store, Unit.run = watched_store, watched_run  # type: ignore[method-assign]

    def pass_by(self, name: str) -> None:
        """Tell a moment; perhaps it is the last."""
        os.write(self.told, (json.dumps({"moment": f"{self.transactions} {name}"}) + "\n").encode())
        if self.count == self.fall_at:
            victim = os.getpid()
            if self.victim == "server":
                endpoint = read_endpoint(subfolder("graph"))
                assert endpoint is not None
                victim = endpoint["pid"]
            os.kill(victim, signal.SIGKILL)
        self.count += 1


def run(decoded: Decoded, folder: Path, user: str) -> None:
    """Ingest the folder, decoded already, in small batches and in one order."""
    ingesting.DecoderPool = lambda *_, **__: decoded  # type: ignore[misc, assignment]
    storing.wait = lambda waiting, **_: (  # type: ignore[assignment]
        sorted(waiting, key=lambda future: future.result().path),
        set(),
    )
    storing.BATCH, storing.PATIENCE = BATCH, 1e9  # type: ignore[misc]
    report = ingesting.ingest(Collection(connect(), user), [folder])
    assert not report.failed, report.failed


def what_is_there(user: str) -> dict[str, Any]:
    """Return the nodes of a user by key, and their edges; without the user's name and the lock's counters."""
    nodes_text = "MATCH (n) WHERE n.user = $user RETURN labels(n)[0] AS label, properties(n) AS facts"
    edges_text = (
        "MATCH (a)-[r]->(b) WHERE a.user = $user OR b.user = $user "
        "RETURN type(r) AS type, a.key AS a, b.key AS b, coalesce(r.dist, -1) AS dist"
    )

    def own(value: Any) -> Any:
        return "user" + value[len(user) :] if isinstance(value, str) and value.startswith(user) else value

    def read(run: Any) -> dict[str, Any]:
        nodes, edges = (run(text, {"user": user}) for text in (nodes_text, edges_text))
        facts = [{name: own(value) for name, value in row["facts"].items()} for row in nodes]
        for one in facts:
            for counter in ("version", "writes", "locked", "made"):
                one.pop(counter, None)
        return {
            "nodes": {one["key"]: [row["label"], one] for one, row in zip(facts, nodes, strict=True)},
            "edges": sorted([row["type"], own(row["a"]), own(row["b"]), row["dist"]] for row in edges),
        }

    return connect().runner.execute(read, write=False)


def child(work: Callable[[int], Any]) -> tuple[int, list[Any]]:
    """Fork a child that writes lines of JSON to a pipe; return its exit code or signal, and the lines."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            result = work(writing)
            with os.fdopen(writing, "w") as out:
                out.write(json.dumps({"result": result}) + "\n")
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as lines:
        told = [json.loads(line) for line in lines]
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), told


def trial(decoded: Decoded, folder: Path, user: str, fall_at: int | None, victim: str) -> dict[str, Any]:
    """Let the axe fall, look, run again and look."""

    def first(told: int) -> None:
        Moments(told, fall_at, victim)
        run(decoded, folder, user)

    def again(_: int) -> Any:
        left = what_is_there(user)
        run(decoded, folder, user)
        return [left, what_is_there(user)]

    code, told = child(first)
    resumed, looks = child(again)
    assert resumed == 0, "the run after the axe failed"
    left, after = looks[-1]["result"]
    return {
        "exit": code,
        "moments": [line["moment"] for line in told if "moment" in line],
        "acknowledged": [path for line in told for path in line.get("acknowledged", [])],
        "left": left,
        "after": after,
    }


def few(moments: list[str]) -> list[int]:
    """Choose three of the moments: before, inside and after the transaction of a video."""
    inside = next(n for n, name in enumerate(moments) if name.endswith("after create_frames"))
    number = moments[inside].split()[0]
    return [moments.index(f"{number} before"), inside, moments.index(f"{number} acknowledged")]


def at_boundaries(moments: list[str]) -> list[int]:
    """Choose each transaction's beginning, a moment inside its writing, its end and its acknowledgement."""
    inside = ("after lock", "after create_image_files", "after set_version")
    chosen = ("before", "acknowledged", *inside)
    return [number for number, name in enumerate(moments) if name.split(" ", 1)[1] in chosen]


def main() -> None:
    """Read what to do, and do one trial after the other."""
    asked = json.load(sys.stdin)
    folder = Path(asked["folder"])
    decoded = Decoded(folder)
    whole = trial(decoded, folder, "whole", None, "nobody")
    print(json.dumps(whole), flush=True)
    moments = whole["moments"]
    choose = {"few": few, "boundaries": at_boundaries, "all": lambda moments: list(range(len(moments)))}
    for number in choose[asked["choose"]](moments):
        told = trial(decoded, folder, f"{asked['victim']} {number}", number, asked["victim"])
        print(json.dumps(told | {"at": moments[number]}), flush=True)


if __name__ == "__main__":
    main()
