"""Reports without a kernel: parameters, tables and their differences, manifests, what must not be told."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tagcat_kernel.graph.views import StoredFile
from tagcat_kernel.home import home
from tagcat_kernel.reports.beside import beside
from tagcat_kernel.reports.capture import SHOWN, TABLE, shown
from tagcat_kernel.reports.errors import ReportError, WrongUseError
from tagcat_kernel.reports.manifest import Manifest, versions
from tagcat_kernel.reports.notebooks import (
    find_notebook,
    fit,
    give,
    parameters_of,
    parse_values,
    read_notebook,
)
from tagcat_kernel.reports.options import Options
from tagcat_kernel.reports.origin import on_disk, private_folders
from tagcat_kernel.reports.page import page_of
from tagcat_kernel.reports.running import take_out
from tagcat_kernel.reports.tables import Table, collect, differences

CELL = nbformat.v4.new_code_cell
TEXT = nbformat.v4.new_markdown_cell


def notebook(*cells: Any) -> Any:
    return nbformat.v4.new_notebook(cells=list(cells))


def with_outputs(**data: Any) -> Any:
    return notebook(CELL("x", outputs=[nbformat.v4.new_output("display_data", data=data)]))


@given(
    st.dictionaries(
        st.sampled_from("abc"),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5),
    )
)
def test_what_is_given_is_what_the_notebook_has(values: dict[str, Any]) -> None:
    made = notebook(TEXT("# t"), CELL("a = 1\nb: int = 2\nc = d = 3", metadata={"tags": ["parameters"]}))
    assert parameters_of(made) == {"a": "1", "b": "2", "c": "3", "d": "3"}
    give(made, values)
    names: dict[str, Any] = {}
    for cell in made.cells[1:]:
        exec(cell.source, names)
    assert {name: names[name] for name in values} == values
    nbformat.validate(made)


def test_a_name_that_the_notebook_does_not_know_is_an_error() -> None:
    made = notebook(CELL("distance = 8", metadata={"tags": ["parameters"]}))
    with pytest.raises(ReportError, match="no parameter 'distances': it can be given distance"):
        give(made, {"distances": 1})
    with pytest.raises(ReportError, match="it takes no parameters"):
        give(notebook(CELL("x = 1")), {"x": 2})
    for value in (object(), float("nan"), print):
        with pytest.raises(ReportError, match="no plain value"):
            give(made, {"distance": value})


@pytest.mark.parametrize("line", ["distance", "=8", "a b=1", "a-b=1", ""])
def test_a_parameter_without_a_name(line: str) -> None:
    with pytest.raises(ReportError, match="write name=value"):
        parse_values([line])


def test_a_value_that_is_no_literal_is_text() -> None:
    assert parse_values(["a=__import__('os')", "b=", "c=1=2", "d= 7 "]) == {
        "a": "__import__('os')",
        "b": "",
        "c": "1=2",
        "d": 7,
    }


@pytest.mark.parametrize(
    ("default", "told", "value"),
    [
        ("8", '"3"', 3),
        ("8", "3", 3),
        ("8", " -3 ", -3),
        ("0.5", "1", 1.0),
        ("0.5", "'1e3'", 1000.0),
        ("False", "true", True),
        ("False", "'True'", True),
        ("'Album'", "1e3", "1e3"),
        ("'Album'", "007", "007"),
        ("'Album'", "None", "None"),
        ("'Album'", "'2'", "2"),
        ("('a',)", "['b']", ("b",)),
        ("[]", "('b', 1)", ["b", 1]),
        ("None", "[3]", [3]),
        ("None", "'3'", "3"),
        ("2 ** 3", "2.5", 2.5),
        ("{}", "{1: 2}", {1: 2}),
        ("None", "{[1]: 2}", "{[1]: 2}"),
    ],
)
def test_a_value_is_of_the_kind_of_its_default(default: str, told: str, value: object) -> None:
    defaults = {"it": default}
    found = fit(parse_values([f"it={told}"], defaults), defaults)["it"]
    assert (found, type(found)) == (value, type(value))
    assert fit({"it": found}, defaults) == {"it": found}


@pytest.mark.parametrize(
    ("default", "value", "words"),
    [
        ("8", "three", "parameter 'it' is a whole number, as its default 8 is, not 'three'"),
        ("8", "2.5", "whole number"),
        ("8", None, "whole number"),
        ("8", True, "whole number"),
        ("0.5", "half", "is a number"),
        ("True", 1, "True or False"),
        ("'a'", ["b"], "is text"),
        ("['a']", "b", "is a list"),
        ("{}", [1], "is a mapping"),
    ],
)
def test_a_value_of_another_kind_is_named(default: str, value: object, words: str) -> None:
    with pytest.raises(WrongUseError, match=words):
        fit({"it": value}, {"it": default})


def test_what_a_killed_report_left_is_cleared_away(tmp_path: Path) -> None:
    """The lock goes with the process, not with the folder; what another is writing stays."""
    code = (
        "import sys, os, signal, pathlib; from tagcat_kernel.reports.beside import beside\n"
        "with beside(pathlib.Path(sys.argv[1]) / 'out') as near:\n"
        "    (near / 'half').touch(); print(near.name, flush=True); input()"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    names = [one.stdout.readline().strip() for one in both if one.stdout]
    (tmp_path / ".tagcat-report-old").mkdir()
    (tmp_path / ".tagcat-report-new").mkdir()
    (tmp_path / ".tagcat-report-file").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".tagcat-report-link").symlink_to(tmp_path / "elsewhere")
    os.utime(tmp_path / ".tagcat-report-old", (1, 1))
    os.utime(tmp_path / "elsewhere", (1, 1))
    both[0].kill()
    both[0].wait()
    with beside(tmp_path / "out") as near:
        there = {path.name for path in tmp_path.iterdir()}
    rest = {".tagcat-report-new", ".tagcat-report-file", ".tagcat-report-link", "elsewhere"}
    assert there == rest | {names[1], near.name}
    both[1].communicate("\n")
    both[0].communicate()
    assert {path.name for path in tmp_path.iterdir()} == rest


def test_notebooks_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="there is no notebook 'x': give a path, or one of collection,"):
        find_notebook("x")
    bad = tmp_path / "bad.ipynb"
    for text in ("", "{}", "[1]", '{"cells": 3, "nbformat": 4}'):
        bad.write_text(text, "utf-8")
        with pytest.raises(ReportError, match="no notebook that Jupyter can read"):
            read_notebook(find_notebook(bad))
    other = notebook()
    other.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    nbformat.write(other, bad)
    with pytest.raises(ReportError, match="a notebook in R"):
        read_notebook(bad)


def test_tables_are_named_by_their_headings() -> None:
    made = notebook(TEXT("# Überblick: <b>all</b>\n\n## What *is* here\nwords"))
    for text in ("a\n1\n", "a\n2\n"):
        data = {TABLE: text, "text/html": "…"}
        made.cells.append(CELL("x", outputs=[nbformat.v4.new_output("display_data", data=data)]))
    found = collect(made)
    assert [table.file for table in found] == ["tables/01-what-is-here.csv", "tables/02-what-is-here.csv"]
    assert TABLE not in json.dumps(made), "the CSV is written beside the notebook, not into it"


ROWS = st.lists(st.tuples(st.sampled_from(["a", "b,\n", '"']), st.integers(0, 2)), max_size=6)


@given(ROWS, ROWS)
def test_a_difference_is_what_a_plain_count_finds(old: list[Any], new: list[Any]) -> None:
    def table(rows: list[Any]) -> Table:
        return Table("tables/t.csv", shown(pd.DataFrame(rows, columns=["n", "v"]), names=False)[TABLE])

    lines = differences(table(old), table(new))
    if old == new:
        assert lines == []
    elif sorted(old) == sorted(new):
        assert lines == ["the same rows in another order"]
    else:
        gone = sum(max(0, old.count(row) - new.count(row)) for row in set(old))
        more = sum(max(0, new.count(row) - old.count(row)) for row in set(new))
        assert sum(line.startswith("gone: ") for line in lines) == gone
        assert sum(line.startswith("new: ") for line in lines) == more


def test_other_columns_are_said() -> None:
    lines = differences(Table("t", "a,b\n1,2\n"), Table("t", "a,c\n1,2\n"))
    assert lines == ["the columns were a, b; they are a, c"]


def test_a_long_table_is_cut_on_the_page_only() -> None:
    told = shown(pd.DataFrame({"path": [f"/x/{n}<b>.jpg" for n in range(SHOWN + 5)]}), names=True)
    assert told[TABLE].count("\n") == SHOWN + 6
    assert "5 more rows are in the table's file" in told["text/html"]
    assert "<b>" not in told["text/html"]
    assert "/x/" not in told[TABLE] + told["text/html"]


def test_a_page_breaks_no_number_and_says_where_there_is_no_row() -> None:
    table = pd.DataFrame({"at": [0.5, None], "bits": [12_345, 3], "name": ["<td>7</td>", "8"]})
    table["parent"] = pd.Series([None, "None"], dtype=object)
    told = shown(table, names=False)["text/html"]
    short = '<td class="tagcat-short">'
    assert f"{short}0.5</td>" in told
    assert f"{short}12345</td>" in told
    assert told.count("<td></td>") == 2, "what is missing is empty, not NaN or None"
    assert told.count("<td>None</td>") == 1, "but a word stays"
    assert f"{short}7" not in told, "a name that looks like a cell is none"
    assert "No rows." in shown(table.head(0), names=False)["text/html"]
    assert "No rows." not in told


def test_a_name_that_is_no_text_is_shown_and_stored() -> None:
    told = shown(pd.DataFrame({"path": ["/x/caf\udce9.jpg"]}), names=False)
    assert "caf\\udce9.jpg" in told[TABLE]
    told["text/html"].encode("utf-8")


@pytest.mark.parametrize("folder", ["/home/ada/secret & <hot>", "/a", "/home/ada/it's", "/home/ada/ü"])
def test_folders_are_taken_out_of_every_text(folder: str) -> None:
    import html

    path = f"{folder}/cat.jpg"
    picture = "data:image/png;base64,AAAA/a/BBBB/a="
    made = with_outputs(
        **{
            "text/html": f'<a href="{picture}">{html.escape(path)}</a> <b>{html.escape(folder)}</b>',
            "text/plain": repr([path, folder]),
            "text/markdown": f"[cat](file://{quote(path)})",
            "application/json": {"deep": [path, {"er": json.dumps(path)}]},
            "image/png": "AAAA/a/",
        }
    )
    made.cells[0].outputs.append(nbformat.v4.new_output("stream", text=f"read {path}\n"))
    take_out(made, (), [folder, "/"])
    data = made.cells[0].outputs[0]["data"]
    assert data["text/html"] == f'<a href="{picture}">cat.jpg</a> <b></b>'
    assert data["text/markdown"] == "[cat](file://cat.jpg)"
    assert data["text/plain"] in ("['cat.jpg', '']", "[\"cat.jpg\", '']", '["cat.jpg", ""]')
    assert data["application/json"] == {"deep": ["cat.jpg", {"er": '"cat.jpg"'}]}
    assert data["image/png"] == "AAAA/a/"
    assert made.cells[0].outputs[1]["text"] == "read cat.jpg\n"


@pytest.mark.parametrize("folder", ["/home/ada/secret & <hot>", "/home/ada/it's", "/home/ada/ü", "/extra"])
def test_folders_are_taken_out_of_what_plotly_writes(folder: str) -> None:
    """Its JSON has no slash in it, so that it can stand in a page."""
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Scatter(x=[1], y=[2], hovertext=[f"{folder}/cat.jpg"], hovertemplate="<extra></extra>")
    )
    made = with_outputs(**{"text/html": figure.to_html(include_plotlyjs=False, div_id="one")})
    take_out(made, (), [folder])
    page = made.cells[0].outputs[0]["data"]["text/html"]
    assert '"hovertext":["cat.jpg"]' in page
    assert "\\u003c\\u002fextra\\u003e" in page, "the end of a tag is no folder"


def test_folders_that_a_report_of_names_does_not_tell() -> None:
    told = private_folders(["/data/ada/films/new/cat.mp4", "/data/one.jpg"])
    assert told >= {
        "/data/ada/films/new",
        "/data/ada/films",
        "/data/ada",
        "/data",
        str(Path.home()),
        str(home()),
    }
    assert "/" not in told


def test_a_secret_is_taken_out() -> None:
    made = with_outputs(**{"text/plain": "pass<word>", "text/html": "pass&lt;word&gt;"})
    take_out(made, ["pass<word>", ""], ())
    assert set(made.cells[0].outputs[0]["data"].values()) == {"********"}


def test_a_page_has_no_dead_link_and_loads_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3)).save(tmp_path / "plan.png")
    made = notebook(
        TEXT("![plan](plan.png) [Ingest](01_ingest.ipynb) [one](https://example.org/x.ipynb) [two](#two)")
    )
    html = '<script src="https://example.org/x.js"></script><details><summary>more</summary>all</details>'
    made.cells.append(CELL("x", outputs=[nbformat.v4.new_output("display_data", data={"text/html": html})]))
    data = {"image/gif": 'R0lG\n"><b>', "text/plain": "words"}
    moving = nbformat.v4.new_output("display_data", data=data)
    made.cells.append(CELL("x", outputs=[moving]))
    page = page_of(made, "t", "about", tmp_path)
    assert "data:image/gif;base64,R0lG" in page
    assert "<b>" not in page
    assert "words" not in page
    assert "data:image/png;base64," in page
    assert "01_ingest" not in page
    assert "Ingest" in page
    assert 'href="https://example.org/x.ipynb"' in page
    assert 'href="#two"' in page
    assert "x.js" not in page
    assert "script-src" not in page
    assert "<details open>" in page


def test_what_changed_on_the_disk_is_said(tmp_path: Path) -> None:
    files = {}
    for name in ("same.jpg", "changed.jpg", "gone.jpg"):
        path = tmp_path / name
        path.write_bytes(b"1")
        state = path.stat()
        files[str(path)] = StoredFile(str(path), state.st_size, state.st_mtime_ns, "00", "image")
    device = "Macintosh: Chrome/cat.jpg"
    files[device] = StoredFile(device, 1, 1, "00", "image")
    assert on_disk(files, Options()) == []
    (tmp_path / "changed.jpg").write_bytes(b"22")
    (tmp_path / "gone.jpg").unlink()
    assert on_disk(files, Options()) == [
        "changed on the disk since they were read: changed.jpg: ingest them again",
        "no longer where they were read: gone.jpg",
    ]
    assert str(tmp_path / "gone.jpg") in on_disk(files, Options(paths="full"))[1]


MANIFEST = Manifest(
    notebook={"name": "collection", "sha256": "0"},
    parameters={"clusters": 3},
    options={"thumbnails": False, "paths": "names"},
    settings={"max_distance": 8, "key_frame_distance": 6},
    seeds={},
    versions=versions(),
    inputs=[{"md5": "00", "path": "a.jpg", "bytes": 1, "kind": "image"}],
    tables=[{"file": "tables/01-a.csv", "rows": 0, "sha256": "0"}],
)


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path / "manifest.json")
    assert Manifest.read(tmp_path / "manifest.json") == MANIFEST


@pytest.mark.parametrize(
    "forged",
    [
        {"tables": [{"file": "/etc/passwd", "rows": 0, "sha256": "0"}]},
        {"tables": [{"file": "../manifest.json", "rows": 0, "sha256": "0"}]},
        {"tables": [{"file": "tables/../../x", "rows": 0, "sha256": "0"}]},
        {"tables": [{"file": "tables/a", "rows": 0, "sha256": 3}]},
        {"options": {"thumbnails": True, "more": 1}},
        {"inputs": [{"md5": 1, "path": "a"}]},
        {"settings": []},
        {"format": "another"},
    ],
)
def test_a_forged_manifest_is_refused(tmp_path: Path, forged: dict[str, Any]) -> None:
    replace(MANIFEST, **forged).write(tmp_path / "manifest.json")
    with pytest.raises(ReportError, match="no manifest of a report"):
        Manifest.read(tmp_path / "manifest.json")


def test_manifests_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="No such file"):
        Manifest.read(tmp_path / "manifest.json")
    replace(MANIFEST, version=2).write(tmp_path / "manifest.json")
    with pytest.raises(ReportError, match="made by a newer TagCat"):
        Manifest.read(tmp_path / "manifest.json")
    (tmp_path / "manifest.json").write_text("[]", "utf-8")
    with pytest.raises(ReportError, match="no manifest"):
        Manifest.read(tmp_path / "manifest.json")


def test_careful_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Options() == Options(thumbnails=False, paths="names")
    for name, value in Options(thumbnails=True, paths="full").to_environment().items():
        monkeypatch.setenv(name, value)
    assert Options.from_environment() == Options(thumbnails=True, paths="full")
