"""Hashing on the device as a person uses it, in Chromium: what is read, what leaves, what opens later."""

import base64
import hashlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel import hash_image, key_frames
from tagcat_kernel.media.sent import is_thumbnail
from tests.browser.axe import serious
from tests.browser.conftest import Visit
from tests.browser.serving import Served, new_home
from tests.browser.test_device_videos import facts, film
from tests.browser.traffic import Traffic

HOSTILE = "<img src=x onerror=alert(1)>.png"
FOLDER = """
async (files) => {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle("Holiday", { create: true });
  const below = await folder.getDirectoryHandle("day 1", { create: true });
  for (const [name, text] of Object.entries(files)) {
    const place = name.startsWith("day 1/") ? below : folder;
    const handle = await place.getFileHandle(name.replace("day 1/", ""), { create: true });
    const stream = await handle.createWritable();
    await stream.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
    await stream.close();
  }
}
"""
# The picker is the browser's own window, which no test can press: it gives a real folder of this browser.
PICKER = """
globalThis.showDirectoryPicker = async () =>
  (await navigator.storage.getDirectory()).getDirectoryHandle("Holiday");
"""

# So is its question whether a page may open a kept folder. This one is always answered with yes, and noted.
QUESTION = """
const asked = (globalThis.asked = []);
FileSystemDirectoryHandle.prototype.queryPermission = async () => (asked.length ? "granted" : "prompt");
FileSystemDirectoryHandle.prototype.requestPermission = async function () {
  if (!navigator.userActivation.isActive) throw new DOMException("not during a click", "SecurityError");
  asked.push(this.name);
  return "granted";
};
"""

FOCUSED = """
(() => {
  const { role, ariaLabel, innerText } = document.activeElement;
  return ariaLabel || innerText || role || "";
})()
"""


def picture(seed: int, width: int = 64, height: int = 48) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def pictures(folder: Path, count: int, seed: int = 0, **size: int) -> list[Path]:
    """Write noise, which no format makes smaller."""
    made = []
    for number in range(count):
        made.append(folder / f"{number:03d}.png")
        picture(seed + number, **size).save(made[-1], compress_level=0)
    return made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests here: each visitor comes with a browser that remembers nothing."""
    home = new_home(tmp_path_factory.mktemp("device"))
    served = Served(home)
    yield served
    served.stop()
    home.stop_graph()


@pytest.fixture
def visit(chromium: Any, served: Served) -> Iterator[Visit]:
    visit = Visit(chromium, served, viewport={"width": 1440, "height": 900})
    yield visit
    visit.close()


def choose(page: Any, paths: list[Path]) -> None:
    page.locator(".tagcat-device input[type=file]").first.set_input_files([str(path) for path in paths])


def done(page: Any, state: str = "done") -> Any:
    page.locator(f'.tagcat-device-course[data-state="{state}"]').wait_for(timeout=60_000)
    return page.locator(".tagcat-device-course")


# ---- what leaves the device ------------------------------------------------------------------------------

HEADER = {"msg_id", "msg_type", "session", "username", "version", "date", "subshell_id"}


def claims(traffic: Traffic) -> list[tuple[dict[str, Any], bytes | None]]:
    """Return what was told of each file with its thumbnail, and hold that nothing else was sent.

    A message may hold the envelope of Jupyter's protocol, the words that docs/privacy.md lists, and
    nothing more; a request may be the page's own question whether its kernel still lives.
    """
    found: list[tuple[dict[str, Any], bytes | None]] = []
    for message in traffic.messages():
        assert message.kind == "comm_msg", message
        assert set(message.header) <= HEADER
        assert message.metadata == {}
        assert set(message.content) == {"comm_id", "data"}
        assert re.fullmatch(r"[0-9a-f-]{32,36}", message.content["comm_id"])
        assert set(message.content["data"]) == {"method", "content"}
        said = message.custom
        assert said is not None
        assert re.fullmatch(r"[0-9a-z]{1,12}", said["view"])
        assert type(said["batch"]) is int
        envelope = {"type", "view", "batch"}
        if said["type"] == "hello":
            assert set(said) == envelope
            assert message.buffers == []
            continue
        assert (said["platform"], said["browser"]) == ("Linux", "Chrome")
        if said["type"] == "offer":
            assert set(said) == envelope | {"platform", "browser", "files", "thumbnails"}
            assert type(said["thumbnails"]) is bool
            assert all(set(file) == {"path", "bytes", "modified"} for file in said["files"])
            assert message.buffers == []
            continue
        assert said["type"] == "take"
        assert set(said) == envelope | {"platform", "browser", "files"}
        rest = list(message.buffers)
        found += [(file, rest.pop(0) if file.pop("thumbnail", False) else None) for file in said["files"]]
        assert rest == []
    for request in traffic.requests:
        assert request.method == "GET"
        assert request.post_data is None
        assert re.fullmatch(r"blob:.*|http://127\.0\.0\.1:\d+/api/kernels/[0-9a-f-]+", request.url)
    return found


def expected(path: Path) -> dict[str, Any]:
    """Return what may be told of an image, worked out here from the file."""
    record = hash_image(path)
    return {
        "kind": "image",
        "path": path.name,
        "md5": hashlib.md5(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "modified": path.stat().st_mtime_ns // 1_000_000,
        "width": record.width,
        "height": record.height,
        "dhash": record.hex,
    }


def expected_film(path: Path) -> dict[str, Any]:
    """Return what may be told of a video."""
    frames = [[frame.sample, round(frame.position, 6), frame.hex] for frame in key_frames(path)]
    assert len(frames) > 1
    told = facts(path)
    assert told.pop("damaged") is False
    file = {"path": path.name, "md5": hashlib.md5(path.read_bytes()).hexdigest()}
    file |= {"bytes": path.stat().st_size, "modified": path.stat().st_mtime_ns // 1_000_000}
    return {"kind": "video", **file, **told, "frames": frames}


def test_nothing_else_leaves_the_device(visit: Visit, tmp_path: Path) -> None:
    """The whole traffic for 50 MB of media: known fields, true values, less than 10 kB a file."""
    folder = tmp_path / "device"
    folder.mkdir()
    paths = pictures(folder, 10, width=1340, height=1250)
    paths += [folder / HOSTILE, folder / "kätzchen 🐈.png"]
    for number, path in enumerate(paths[10:]):
        picture(100 + number).save(path)
    paths.append(folder / "film.mp4")
    paths[-1].write_bytes(film())
    for path in paths:
        os.utime(path, ns=(1_700_000_000_123_000_000,) * 2)
    assert sum(path.stat().st_size for path in paths) > 50_000_000
    traffic = Traffic(visit.page)
    page = visit.open("01_ingest")
    page.locator(".tagcat-device-zone").wait_for()
    page.wait_for_timeout(500)  # the page's own beginnings are over
    before = [message.custom for message in traffic.messages() if message.custom]
    assert [said["type"] for said in before] == ["hello"], "nothing is told before something is chosen"
    traffic.forget()
    choose(page, paths)
    assert "13 of 13 files" in done(page).inner_text()
    page.wait_for_timeout(500)
    size = traffic.bytes()
    told = claims(traffic)
    assert [thumbnail for _, thumbnail in told] == [None] * 13
    for file, _ in told:
        path = folder / file["path"]
        assert file == (expected_film(path) if path.suffix == ".mp4" else expected(path))
    assert {file["path"] for file, _ in told} == {path.name for path in paths}
    assert size < 10_000 * len(paths), f"{size} bytes for {len(paths)} files"
    assert size > 100 * len(paths), "the record is broken"
    assert HOSTILE in page.locator(".tagcat-entries").inner_text(), "names are shown as text"


@pytest.mark.soak
def test_thumbnails_leave_only_where_they_are_allowed(
    chromium: Any, served: Served, visit: Visit, tmp_path: Path
) -> None:
    paths = pictures(tmp_path, 3, seed=400, width=800, height=500)
    traffic = Traffic(visit.page)
    page = visit.open("01_ingest")
    switch = page.get_by_role("switch", name="Send small thumbnails, too")
    assert not switch.is_checked()
    choose(page, paths[:2])
    done(page)
    switch.check()
    page.wait_for_timeout(300)
    traffic.forget()
    choose(page, paths)
    page.get_by_text("5 of 5 files").wait_for()
    done(page)
    told = claims(traffic)
    assert len(told) == 3, "what went without a thumbnail is read again for one"
    for file, thumbnail in told:
        assert file == expected(tmp_path / file["path"])
        assert thumbnail is not None
        assert is_thumbnail(thumbnail)
        assert b"Exif" not in thumbnail
    # Another page of another kernel shows them, also to a browser that has no file of theirs.
    stranger = Visit(chromium, served, viewport={"width": 1440, "height": 900})
    shown = stranger.open("home").locator(".tagcat-gallery .tagcat-thumb img")
    shown.nth(2).wait_for(timeout=60_000)
    assert stranger.page.locator(".tagcat-gallery .tagcat-thumb-here").count() == 0
    stranger.close()


# ---- what a person does ----------------------------------------------------------------------------------


def png(seed: int, **options: int) -> str:
    target = io.BytesIO()
    picture(seed, 320, 240).save(target, "PNG", **options)
    return base64.b64encode(target.getvalue()).decode()


def test_a_folder_is_read_and_opens_again_on_a_later_visit(visit: Visit) -> None:
    files = {"a.png": png(201), "day 1/b.png": png(202), "day 1/notes.txt": "aGVsbG8=", "c.jpg": "/9j/4A=="}
    visit.context.add_init_script(PICKER)
    page = visit.open("01_ingest")
    page.evaluate(FOLDER, files)
    page.get_by_role("button", name="Choose a folder").click()
    said = done(page).inner_text()
    assert "3 of 3 files · 1 failed" in said
    assert "1 file passed over" in said
    assert "Holiday/day 1/b.png" in said
    page.get_by_role("button", name="Failed 1").click()
    assert page.locator(".tagcat-entry").all_inner_texts()[0].startswith("Holiday/c.jpg")

    page.reload(wait_until="commit")
    visit.ready()
    shelf = page.locator(".tagcat-shelf")
    shelf.locator(".tagcat-thumb img").nth(1).wait_for()
    assert "2 files" in shelf.inner_text()
    assert "⧈" in shelf.inner_text()
    shelf.get_by_role("button", name="Open b.png").click()
    page.wait_for_function("document.querySelector('.tagcat-viewer img')?.naturalWidth === 320")
    page.keyboard.press("Escape")
    page.locator(".tagcat-viewer").wait_for(state="hidden")

    # The same folder again: the kernel knows all of it, and nothing is read.
    page.get_by_role("button", name="Choose a folder").click()
    assert "2 stored before" in done(page).inner_text()

    # A changed file is told as one that has changed.
    page.evaluate(FOLDER, {"a.png": png(203)})
    page.get_by_role("button", name="Clear the list").click()
    page.get_by_role("button", name="Choose a folder").click()
    done(page)
    page.get_by_text("3 of 3 files").wait_for()
    shelf.get_by_role("button", name="Open a.png").click()
    page.locator(".tagcat-viewer img").wait_for()
    assert "2 files" in shelf.inner_text(), "what it was is not at hand any more"


def test_it_opens_where_it_is_shown_once_the_person_allows_it(visit: Visit, results: Path) -> None:
    """After a restart the browser asks before it opens a folder: a click on ⧈ brings its question."""
    # One picture in two files, so that there is a match to look at.
    files = {"cat.png": png(601), "day 1/cat again.png": png(601, compress_level=0), "dog.png": png(602)}
    files["cats.mp4"] = base64.b64encode(film(40)).decode()
    visit.context.add_init_script(PICKER)
    page = visit.open("01_ingest")
    page.evaluate(FOLDER, files)
    page.get_by_role("button", name="Choose a folder").click()
    done(page)
    visit.context.add_init_script(QUESTION)

    page = visit.open("home")
    gallery = page.locator(".tagcat-gallery").first
    cat = gallery.get_by_role("option").filter(has_text="cat.png")
    cat.locator(".tagcat-missing-reason").wait_for()
    assert page.evaluate("asked") == []
    cat.locator(".tagcat-thumb-here").click()
    page.wait_for_function("document.querySelector('.tagcat-viewer img')?.naturalWidth === 320")
    page.screenshot(path=results / "device-opened.png")
    page.keyboard.press("Escape")
    # One answer opens all of the folder, and what was missing is drawn.
    gallery.locator(".tagcat-thumb:has(.tagcat-here) img").nth(2).wait_for()
    assert page.evaluate("asked") == ["Holiday"]
    gallery.get_by_role("option").filter(has_text="cats.mp4").locator(".tagcat-thumb-here").click()
    page.wait_for_function("document.querySelector('.tagcat-viewer video')?.videoWidth === 180")
    page.keyboard.press("Escape")
    # By keys alone: the button below the gallery opens what is in focus, and so does its letter.
    cat.click()
    gallery.get_by_role("button", name="Open cat.png on this device").wait_for()
    page.keyboard.press("o")
    page.locator(".tagcat-viewer img").wait_for()
    page.keyboard.press("Escape")
    page.locator(".tagcat-viewer").wait_for(state="detached")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Open cat.png on this device"

    page = visit.open("03_matching")
    page.get_by_role("option").filter(has_text="cat again.png").click()
    figure = page.locator(".tagcat-review-large").first
    figure.locator(".tagcat-missing-reason").wait_for()
    mark = figure.get_by_role("button", name=re.compile(r"Open cat( again)?\.png on this device"))
    mark.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.tagcat-viewer img')?.naturalWidth === 320")
    page.keyboard.press("Escape")
    page.locator(".tagcat-review-large img").nth(1).wait_for()
    assert "cat" in page.evaluate(FOCUSED), "the focus is back where it was"
    assert serious(page) == []

    page = visit.open("02_key_frames")
    page.get_by_role("combobox", name="Video").select_option("cats.mp4 (0:01.6)")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.tagcat-player-film').videoWidth === 180")
    page.locator(".tagcat-line-picture img").first.wait_for()


# Comes before the workers' own script while `holding` is set: of twelve files, the last six never get on.
HOLD = """
const real = URL.createObjectURL;
const first = `addEventListener("message", (event) => {
  if (parseInt(event.data.file.name) % 12 >= 6) event.stopImmediatePropagation();
});`;
URL.createObjectURL = (blob) => {
  const held = globalThis.holding && blob.type === "text/javascript";
  return real(held ? new Blob([first, blob], { type: blob.type }) : blob);
};
"""


@pytest.mark.soak
def test_it_is_cancelled_and_gone_on_with(visit: Visit, tmp_path: Path) -> None:
    visit.context.add_init_script(PICKER)
    visit.context.add_init_script(HOLD)
    page = visit.open("01_ingest")
    paths = pictures(tmp_path, 24, seed=300)
    course = page.locator(".tagcat-device-course")
    page.evaluate("holding = true")
    choose(page, paths[:12])
    course.get_by_text("6 of 12 files").wait_for()
    page.locator(".tagcat-device-now", has_text="006.png · 0 %").wait_for()
    course.get_by_role("button", name="Cancel").click()
    assert "Stored 6" in done(page, "stopped").inner_text()
    page.evaluate("holding = false")
    course.get_by_role("button", name="Go on").click()
    assert "12 of 12 files" in done(page).inner_text()

    # A reload in the middle of a folder: what was acknowledged is stored, the rest goes on from there.
    page.evaluate(FOLDER, {path.name: base64.b64encode(path.read_bytes()).decode() for path in paths[12:]})
    page.evaluate("holding = true")
    page.get_by_role("button", name="Choose a folder").click()
    course.get_by_text("18 of 24 files").wait_for()
    page.reload(wait_until="commit")
    visit.ready()
    again = page.get_by_role("group", name="Last visit")
    again.wait_for()
    assert re.search(r"The last time, \d+ of 24 files were read", again.inner_text())
    again.get_by_role("button", name="Go on").click()
    assert "12 of 12 files · 6 stored before" in done(page).inner_text()
    assert not again.is_visible()


def test_files_are_dropped_and_opened_by_keys_alone(visit: Visit, tmp_path: Path) -> None:
    """A real drag of real files: Chromium gives handles for them, so they open again later."""
    (tmp_path / "below").mkdir()
    paths = pictures(tmp_path, 1, seed=500) + pictures(tmp_path / "below", 1, seed=501)
    page = visit.open("01_ingest")
    zone = page.locator(".tagcat-device-zone")
    zone.scroll_into_view_if_needed()
    box = zone.bounding_box()
    place = {"x": box["x"] + 20, "y": box["y"] + 20}
    session = visit.context.new_cdp_session(page)
    dropped = [str(paths[0]), str(tmp_path / "below")]
    data = {"items": [], "files": dropped, "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": step, **place, "data": data})
    said = done(page).inner_text()
    assert "2 of 2 files" in said
    assert "000.png" in said
    assert "below/000.png" in said

    # … and all of it by keys alone.
    page.get_by_role("button", name="Choose files").focus()
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    said = " | ".join(reached)
    for name in ("Choose a folder", "switch", "Clear the list", "All 2", "Failed 0", "Forget these"):
        assert name in said, said
    assert "Open 000.png" in said
    page.get_by_role("button", name="Open 000.png").first.focus()
    page.keyboard.press("Enter")
    page.locator(".tagcat-viewer img").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Open 000.png")
    bar = page.get_by_role("progressbar", name="Files read on this device")
    assert (bar.get_attribute("aria-valuenow"), bar.get_attribute("aria-valuemax")) == ("2", "2")
    page.get_by_role("button", name="Forget these").press("Enter")
    page.locator(".tagcat-shelf").wait_for(state="hidden")
