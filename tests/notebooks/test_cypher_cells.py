"""`%%cypher` in a real IPython kernel, on both engines."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.session import Endpoint, Graph
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, near

RUNNER = Path(__file__).with_name("runner.py")
HOSTILE = "/<img src=x onerror=alert(1)>&\u202e\"']]>.jpg"


def run(tmp_path: Path, cells: list[str], environment: dict[str, str]) -> list[dict[str, Any]]:
    """Run cells in a new kernel and return each one's outputs, joined: text, error, html, svg."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    path = tmp_path / "cells.ipynb"
    nbformat.write(notebook, path)
    places = {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    done = subprocess.run(
        [sys.executable, RUNNER, path],
        env=os.environ | places | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    told = []
    for cell in json.loads(done.stdout)["cells"]:
        shown = {"text": "", "error": "", "html": "", "svg": ""}
        for output in cell["outputs"]:
            if output["output_type"] == "stream":
                # IPython shows a UsageError as one line on stderr.
                shown["error" if output["name"] == "stderr" else "text"] += "".join(output["text"])
            elif output["output_type"] == "error":
                shown["error"] += "\n".join(output["traceback"])
            else:
                for kind, name in (("text/plain", "text"), ("text/html", "html"), ("image/svg+xml", "svg")):
                    shown[name] += "".join(output["data"].get(kind, ""))
        told.append(shown)
    return told


@pytest.fixture
def environment(request: pytest.FixtureRequest, endpoint: Endpoint, user: str) -> dict[str, str]:
    named = {"TAGCAT_USER": user}
    if endpoint.home is not None:
        return named | {"TAGCAT_HOME": str(Path(endpoint.home).parent)}
    return named | request.getfixturevalue("neo4j_environment")


def test_cells_of_a_notebook(
    tmp_path: Path, environment: dict[str, str], graph: Graph, endpoint: Endpoint, user: str
) -> None:
    own = Collection(graph, user)
    records = [image(HOSTILE, BASE), image("/b.jpg", near(2)), image("/c.jpg", near(3))]
    own.store(records, source=SOURCE)
    assert len(own.hashes()) == 3
    before = snapshot(graph, user)
    picture = "MATCH (f:ImageFile {user: $user})-[s:SET]->(c) RETURN f, s, c"
    cells = {
        "load": "%load_ext tagcat_kernel",
        "set": "import numpy as np; least = np.int64(2); keys = np.array(['x'])\n"
        f"thing = object(); big = 2**64; was, dhash = '{BASE:064b}', '{near(7):064b}'",
        "table": "%%cypher\nMATCH (a:Image {user: $user})-[m:MATCH]->(b) WHERE m.dist >= $least\n"
        "RETURN a.key AS a, m.dist AS distance ORDER BY distance",
        "frame": "print(type(_).__name__, list(_.columns), _.distance.tolist())",
        "names": "%%cypher\nMATCH (f:ImageFile {user: $user}) WHERE NOT f.key IN $keys "
        "RETURN f.name AS name ORDER BY name",
        "to": f"%%cypher --to found --graph\n{picture}",
        "found": "found",
        "picture": f"%%cypher --graph\n{picture}",
        "create": "%%cypher\nCREATE (n:Image {key: $user + ':new', user: $user}) RETURN n",
        "syntax": "%%cypher\nMATCH (n RETURN n",
        "missing": "%%cypher\nRETURN $nowhere",
        "thing": "%%cypher\nRETURN $thing",
        "big": "%%cypher\nRETURN $big",
        "option": "%%cypher --wrong\nRETURN 1",
        "name": "%%cypher --to 1x\nRETURN 1",
        "no nodes": "%%cypher --graph\nRETURN 1 AS one",
        "slow": "%%cypher --seconds 0.2\nUNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b "
        "WITH a * b % 1009 AS c RETURN sum(c) AS s",
        "write": "%%cypher --write\nMATCH (n:Image {user: $user}) WHERE n.dhash = $was SET n.dhash = $dhash",
    }
    shown = dict(zip(cells, run(tmp_path, list(cells.values()), environment), strict=True))
    after = snapshot(graph, user)
    assert after["edges"] == before["edges"]
    expected = sorted(node.replace(f"{BASE:064b}", f"{near(7):064b}") for node in before["nodes"])
    assert after["nodes"] == expected, "the one writing cell did what it says, the others nothing"
    assert shown["write"]["error"] == ""
    assert "properties_set 1" in shown["write"]["text"]
    # A process that remembers the hashes sees that they are others now.
    assert sorted(own.hashes().hashes.tolist()) == sorted([near(7), near(2), near(3)])

    assert shown["load"] == shown["set"] == {"text": "", "error": "", "html": "", "svg": ""}
    assert "<table" in shown["table"]["html"]
    assert shown["frame"]["text"].strip() == "DataFrame ['a', 'distance'] [2, 3]"
    assert "&lt;img" in shown["names"]["html"]
    assert "<img" not in shown["names"]["html"]

    assert shown["to"] == {"text": "", "error": "", "html": "", "svg": ""}
    assert "GraphPicture of 6 nodes and 3 relationships" in shown["found"]["text"]
    svg = shown["picture"]["svg"]
    assert svg == shown["found"]["svg"]
    root = ElementTree.fromstring(svg)
    kinds = {element.tag.partition("}")[2] for element in root.iter()}
    assert kinds == {"svg", "rect", "line", "circle", "text", "title"}
    assert not any(
        "href" in name or name.startswith("on") for element in root.iter() for name in element.attrib
    )
    words = " ".join(element.text or "" for element in root.iter())
    assert "<img src=x onerror=alert(1)>" in words
    assert "\u202e" not in words
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")

    for name, told in {
        "create": "this would write (CREATE), and a cell only reads: begin it with %%cypher --write",
        "syntax": "yntax",
        "missing": "$nowhere: the notebook has no variable 'nowhere'",
        "thing": "$thing is of type object: a parameter is text, a number",
        "big": "has more than 64 bits; a hash is text",
        "option": "unrecognized arguments: --wrong",
        "name": "can't be a variable's name",
        "no nodes": "the answer has no nodes",
        "slow": "no answer within 0.2 s",
    }.items():
        assert told in shown[name]["error"], name
        assert "Traceback" not in shown[name]["error"]
        assert len(shown[name]["error"]) < 500
        assert endpoint.password not in shown[name]["error"]
