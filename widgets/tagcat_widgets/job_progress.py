"""The progress of a job that lives on outside the page.

A job is a process of its own; this widget only watches it. `watch(look)` asks `look()` for the job's
state twice a second while it runs, off the kernel's event loop, and stops by itself at its end. After a
reload a new widget watches the same job, and its bar stands where it was. Cancelling is the job's: the
button calls the callbacks of `on_cancel`, nothing more.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import shown

Look = Callable[[], object]
"""Gives a job as it stands: a mapping or an object with state, done, total, message, result."""

LISTED = 200
"""Failures that are listed by name; the rest is counted."""


class JobProgress(Front):
    """A progress bar with a Cancel button.

    Parameters
    ----------
    poll
        If given, watching begins at once, as with `watch(poll)`.
    title
        What the job is called.
    noun
        What is counted, in the plural.
    interval
        Seconds between two looks.

    Examples
    --------
    >>> look = lambda: {"state": "done", "done": 3, "total": 3, "result": {"images": 2, "failed": []}}
    >>> progress = JobProgress(title="Reading files")
    >>> ended = []
    >>> progress.on_end(ended.append)
    >>> progress.watch(look)
    >>> progress.join()
    >>> ended, progress.counts
    (['done'], [['images', 2]])
    """

    _esm = bundle("job_progress.js")
    _css = bundle("job_progress.css")

    title = traitlets.Unicode("Job", help="What the job is called.").tag(sync=True)
    state = traitlets.Enum(
        ["idle", "running", "done", "failed", "cancelled"], "idle", help="idle shows nothing."
    ).tag(sync=True)
    done = traitlets.Int(0, min=0, help="How many are done.").tag(sync=True)
    total = traitlets.Int(None, min=0, allow_none=True, help="Of how many; None: unknown.").tag(sync=True)
    noun = traitlets.Unicode("files", help="What is counted, in the plural.").tag(sync=True)
    message = traitlets.Unicode("", help="What it is doing, or why it ended.").tag(sync=True)
    counts: traitlets.List[Any] = traitlets.List(help="[noun, number] from the result.").tag(sync=True)
    failures: traitlets.List[Any] = traitlets.List(help="The first {path, error} of it.").tag(sync=True)
    failed = traitlets.Int(0, min=0, help="How many failed in all.").tag(sync=True)
    cancelling = traitlets.Bool(False, help="Whether it was asked to stop.").tag(sync=True)
    can_cancel = traitlets.Bool(False, help="Whether there is a Cancel button.").tag(sync=True)
    result = traitlets.Any(None, allow_none=True, help="The job's result; stays in Python.")

    def __init__(
        self,
        poll: Look | None = None,
        *,
        title: str = "Job",
        noun: str = "files",
        interval: float = 0.5,
        **keywords: Any,
    ) -> None:
        self._interval = interval
        self._watching = 0  # the number of the present watch: an older one that wakes up stops
        self._on_cancel: list[Callable[[], object]] = []
        self._on_end: list[Callable[[str], object]] = []
        self._thread: threading.Thread | None = None
        self._task: asyncio.Task[None] | None = None
        super().__init__(title=title, noun=noun, **keywords)
        self.on_msg(self._heard)
        if poll is not None:
            self.watch(poll)

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Show a Cancel button, and call `callback()` when it is pressed."""
        self._on_cancel.append(callback)
        self.can_cancel = True

    def on_end(self, callback: Callable[[str], object]) -> None:
        """Call `callback(state)` when a watched job ends: "done", "failed" or "cancelled"."""
        self._on_end.append(callback)

    def watch(self, look: Look) -> None:
        """Watch a job until it ends; one that was watched before is let go.

        `look` runs in a thread. Where there is a running event loop (any kernel) the traits change on
        it; elsewhere in the thread.
        """
        self._watching += 1
        self.cancelling = False
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._thread = threading.Thread(
                target=lambda: asyncio.run(self._watch(look, self._watching)),
                name="tagcat job progress",
                daemon=True,
            )
            self._thread.start()
        else:
            self._task = loop.create_task(self._watch(look, self._watching))

    def stop(self) -> None:
        """Stop watching; the job goes on."""
        self._watching += 1

    def join(self, seconds: float = 10.0) -> None:
        """Wait for a watch that runs in a thread to end; for scripts and tests."""
        if self._thread is not None:
            self._thread.join(seconds)

    def show(self, job: object) -> None:
        """Show a job as it stands: a mapping or an object with state, done, total, message, result."""
        fields = job if isinstance(job, Mapping) else {name: getattr(job, name, None) for name in _FIELDS}
        result = fields.get("result")
        found = result if isinstance(result, Mapping) else {}
        failures = [row for row in found.get("failed") or () if isinstance(row, Mapping)]
        with self.hold_sync():
            self.state = fields.get("state") or "running"
            self.total = fields.get("total")
            self.done = fields.get("done") or 0
            self.message = fields.get("message") or ""
            self.result = result
            self.counts = [[shown(name), value] for name, value in found.items() if type(value) is int]
            self.failed = len(failures)
            self.failures = [
                {"path": shown(row.get("path", "")), "error": shown(row.get("error", ""))}
                for row in failures[:LISTED]
            ]

    async def _watch(self, look: Look, number: int) -> None:
        while number == self._watching:
            try:
                job = await asyncio.to_thread(look)
            except Exception as error:  # the person is told; the job itself may well go on
                job = {"state": "failed", "message": f"The job can't be watched: {error}"}
            if number != self._watching:
                return
            self.show(job)
            if self.state != "running":
                await self._ended()
                return
            await asyncio.sleep(self._interval)

    async def _ended(self) -> None:
        for callback in list(self._on_end):
            try:
                answer = callback(self.state)
                if inspect.isawaitable(answer):
                    await answer
            except Exception as error:  # there is no cell that could show it
                self.message = f"The job has ended, but the page can't show it: {error}"

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        if not isinstance(content, dict) or content.get("type") != "cancel" or self.state != "running":
            return
        try:
            for callback in self._on_cancel:
                callback()
        except Exception as error:  # shown to the person who pressed the button
            self.message = f"It can't be cancelled: {error}"
        else:
            self.cancelling = True

    @traitlets.validate("title", "noun", "message")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])


_FIELDS = ("state", "done", "total", "message", "result")
