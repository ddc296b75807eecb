import { describe, expect, it } from "vitest";
import progress from "../tagcat_widgets/job_progress";
import { draw, HOSTILE, one } from "./page";

type State = "idle" | "running" | "done" | "failed" | "cancelled";
const start = (state = {}) =>
  draw(progress, {
    title: "Reading files",
    state: "running" as State,
    done: 3,
    total: 12 as number | null,
    noun: "files",
    message: "cat.jpg",
    counts: [] as [string, number][],
    failures: [] as { path: string; error: string }[],
    failed: 0,
    cancelling: false,
    can_cancel: true,
    ...state,
  });

describe("JobProgress", () => {
  it("shows how far a job is", async () => {
    const { el } = await start();
    const bar = one(el, "[role=progressbar]");
    expect(bar.getAttribute("aria-valuenow")).toBe("3");
    expect(bar.getAttribute("aria-valuemax")).toBe("12");
    expect(one(el, ".tagcat-job-fill").style.width).toBe("25%");
    expect(one(el, ".tagcat-job-line").textContent).toBe("3 of 12 filescat.jpg");
  });

  it("promises nothing while the total is unknown", async () => {
    const { el } = await start({ total: null });
    expect(one(el, "[role=progressbar]").hasAttribute("aria-valuenow")).toBe(false);
    expect(one(el, ".tagcat-job-line").textContent).toBe("3 filescat.jpg");
  });

  it("asks Python to cancel, once", async () => {
    const { model, el } = await start();
    const cancel = one<HTMLButtonElement>(el, "button");
    cancel.click();
    cancel.click();
    expect(model.sent).toEqual([{ type: "cancel" }]);
    model.set("cancelling", true);
    expect(one(el, "[role=status]").textContent).toBe("Stopping");
    model.set("state", "cancelled");
    expect(cancel.hidden).toBe(true);
  });

  it("has no button where nobody hears it, and shows nothing when idle", async () => {
    const { model, el } = await start({ can_cancel: false });
    expect(one(el, "button").hidden).toBe(true);
    model.set("state", "idle");
    expect(one(el, ".tagcat-job").hidden).toBe(true);
  });

  it("ends with counts and with what failed", async () => {
    const { el } = await start({
      state: "done",
      done: 12,
      counts: [
        ["images", 1],
        ["matches", 1234],
        ["skipped", 0],
      ],
      failures: [{ path: HOSTILE[0] as string, error: HOSTILE[1] as string }],
      failed: 3,
    });
    const counts = [...el.querySelectorAll(".tagcat-job-count")].map((count) => count.textContent);
    expect(counts).toEqual(["1 image", "1,234 matches"]);
    expect(one(el, "summary").textContent).toBe("3 files could not be read");
    const rows = [...el.querySelectorAll("li")];
    expect(rows[0]?.firstElementChild?.textContent).toBe(HOSTILE[0]);
    expect(rows[1]?.textContent).toBe("and 2 more");
    expect(el.querySelector("script, img")).toBeNull();
  });

  it("leaves nothing behind", async () => {
    const { model, remove } = await start();
    remove();
    expect(model.heard).toEqual([]);
  });
});
