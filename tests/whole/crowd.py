"""One of many at once: `python -m tests.whole.crowd writer` or `… reader`, told by lines of JSON on stdin.

A writer ingests the folders of each line and answers with the report. A reader shows everything there is
of the users of a line, again and again and as a page does it, until the next line comes; then it answers
with how often it looked. Whatever goes wrong ends the process with a traceback.
"""

import json
import random
import select
import sys
from typing import Any

from tagcat_kernel import Workbench
from tagcat_kernel.graph import connect
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.ingest import ingest


def write(told: dict[str, Any]) -> dict[str, Any]:
    """Ingest; one decoder for each writer, since there are many writers."""
    report = ingest(Collection(connect(), told["user"]), told["folders"], workers=1)
    return report.as_dict()


def look(user: str, frames_of: dict[str, int]) -> None:
    """Show everything, and hold that it is whole."""
    wb = Workbench(user)
    own = wb.collection
    images, matches = own.images(), own.matches()
    numbers = own.counts()  # last: Neo4j may count a commit that the images' version does not tell of yet
    pairs = [(row["a"], row["b"]) for row in matches]
    assert all(a < b for a, b in pairs), "from the smaller key to the larger"
    assert len(set(pairs)) == len(pairs), "one edge a pair"
    assert len({row["md5"] for row in images}) == len(images) <= numbers["images"], "one node a content"
    frames: dict[str, int] = {}
    for row in own.frames():
        frames[row["video"]] = frames.get(row["video"], 0) + 1
    for video, number in frames.items():
        assert frames_of[video] == number, "no half video"
    own.videos(), own.duplicates(), own.components()
    if images:
        around = own.neighbourhood(random.choice(images)["key"])
        assert len(set(around.keys)) == len(around.keys)
    wb.groups(8)


def read(told: dict[str, Any]) -> dict[str, Any]:
    """Look until somebody says something."""
    looks = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        for user in told["users"]:
            look(user, told["frames"])
            looks += 1
    return {"looks": looks}


def main() -> None:
    """Do what each line says."""
    work = {"writer": write, "reader": read}[sys.argv[1]]
    print("{}", flush=True)  # everything is imported
    while line := sys.stdin.readline():
        if told := json.loads(line):
            print(json.dumps(work(told)), flush=True)


if __name__ == "__main__":
    main()
