"""A job is watched until it ends, by thread or on the event loop, and cancelled by its own means."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Any

from tagcat_widgets import JobProgress


@dataclass
class Job:
    state: str = "running"
    done: int = 0
    total: int | None = None
    message: str = ""
    result: dict[str, Any] | None = None


class Steps:
    """A job that gets on each time it is looked at."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = list(jobs)
        self.looks = 0

    def __call__(self) -> Job:
        self.looks += 1
        return self.jobs[min(self.looks, len(self.jobs)) - 1]


END = Job(
    "done",
    3,
    3,
    result={"images": 2, "seconds": 0.5, "cancelled": False, "failed": [{"path": "<b>", "error": "cut"}]},
)


def test_it_watches_until_the_end_and_no_longer() -> None:
    look = Steps(Job(), Job(done=1, total=3, message="cat.jpg"), END)
    progress = JobProgress(interval=0.01)
    ended: list[str] = []
    progress.on_end(ended.append)
    progress.watch(look)
    progress.join()
    assert (progress.state, progress.done, progress.total) == ("done", 3, 3)
    assert progress.counts == [["images", 2]]
    assert (progress.failed, progress.failures) == (1, [{"path": "<b>", "error": "cut"}])
    assert progress.result == END.result
    assert (ended, look.looks) == (["done"], 3)


def test_on_an_event_loop_the_traits_change_there() -> None:
    threads: set[threading.Thread] = set()

    async def page() -> JobProgress:
        progress = JobProgress(Steps(Job(), END), interval=0.01)
        progress.observe(lambda change: threads.add(threading.current_thread()), "state")
        ended = asyncio.Event()
        progress.on_end(lambda state: ended.set())
        await asyncio.wait_for(ended.wait(), 10)
        return progress

    assert asyncio.run(page()).state == "done"
    assert threads == {threading.main_thread()}


def test_a_new_widget_watches_the_same_job_after_a_reload() -> None:
    look = Steps(Job(done=1, total=3), END)
    first = JobProgress(interval=0.01)
    first.show(look())
    second = JobProgress(interval=0.01)
    second.watch(look)
    second.join()
    assert (first.state, first.done, second.state) == ("running", 1, "done")


def test_a_second_watch_replaces_the_first() -> None:
    first, second = Steps(Job(message="first")), Steps(END)
    progress = JobProgress(interval=0.01)
    progress.watch(first)
    thread = progress._thread
    progress.watch(second)
    progress.join()
    assert thread is not None
    thread.join(10)
    assert not thread.is_alive()
    assert progress.state == "done"


def test_cancel_is_the_jobs_own() -> None:
    progress = JobProgress()
    asked: list[str] = []
    assert not progress.can_cancel
    progress.on_cancel(lambda: asked.append("cancel"))
    assert progress.can_cancel
    progress.comm.custom({"type": "cancel"})
    assert asked == []  # nothing runs
    progress.show(Job())
    progress.comm.custom({"type": "cancel"})
    assert (asked, progress.cancelling) == (["cancel"], True)
    progress.comm.write(state="done", done=9)
    assert (progress.state, progress.done) == ("running", 0)


def test_a_cancel_that_fails_is_said() -> None:
    progress = JobProgress()

    def broken() -> None:
        raise OSError("the disk is full")

    progress.on_cancel(broken)
    progress.show(Job())
    progress.comm.custom({"type": "cancel"})
    assert progress.message == "It can't be cancelled: the disk is full"
    assert not progress.cancelling


def test_a_job_that_is_gone_ends_the_watch() -> None:
    def look() -> Job:
        raise KeyError("there is no job 7")

    progress = JobProgress()
    progress.watch(look)
    progress.join()
    assert progress.state == "failed"
    assert "there is no job 7" in progress.message


def test_a_page_that_fails_at_the_end_is_said_and_the_others_still_hear() -> None:
    progress = JobProgress()
    heard: list[str] = []

    def broken(state: str) -> None:
        raise OSError("the graph is away")

    progress.on_end(broken)
    progress.on_end(heard.append)
    progress.watch(Steps(END))
    progress.join()
    assert heard == ["done"]
    assert progress.message == "The job has ended, but the page can't show it: the graph is away"


def test_thousands_of_failures_are_counted_and_the_first_listed() -> None:
    progress = JobProgress()
    failed = [{"path": f"{n}\udce9", "error": "bad"} for n in range(5_000)]
    progress.show({"state": "done", "result": {"failed": failed}})
    assert (progress.failed, len(progress.failures)) == (5_000, 200)
    assert progress.failures[0]["path"] == "0�"
