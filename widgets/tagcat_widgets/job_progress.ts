// The progress of a job that lives outside the page: a bar, what it is doing, a Cancel button while it
// runs, and at the end its counts and what failed. It only draws the traits; Python watches the job.

import type { Render } from "@anywidget/types";
import { make, name, root } from "./shared/dom";
import { fileName } from "./shared/file_name";
import { counted, formatCount } from "./shared/format";

interface Failure {
  path: string;
  error: string;
}
interface Model {
  title: string;
  state: "idle" | "running" | "done" | "failed" | "cancelled";
  done: number;
  total: number | null;
  noun: string;
  message: string;
  counts: [string, number][];
  failures: Failure[];
  failed: number;
  cancelling: boolean;
  can_cancel: boolean;
}

const SAID = { idle: "", running: "Running", done: "Done", failed: "Failed", cancelled: "Cancelled" };

const render: Render<Model> = ({ model, el }) => {
  const job = root(el, "tagcat-job");
  const title = make("span", "tagcat-job-title", { dir: "auto" });
  const state = make("span", "tagcat-job-state", { role: "status" });
  const cancel = make("button", "tagcat-button tagcat-job-cancel", { type: "button" });
  const bar = make("div", "tagcat-job-bar", { role: "progressbar", "aria-valuemin": 0 });
  const fill = make("div", "tagcat-job-fill");
  const share = make("span", "tagcat-numbers");
  const message = make("span", "tagcat-ellipsis tagcat-quiet", { dir: "auto" });
  const line = make("div", "tagcat-job-line", {}, share, message);
  const counts = make("div", "tagcat-job-counts");
  const summary = make("summary");
  const failures = make("ul", "tagcat-scroller");
  const details = make("details", "tagcat-job-failures", {}, summary, failures);
  bar.append(fill);
  job.append(make("div", "tagcat-job-head", {}, title, state, cancel), bar, line, counts, details);

  cancel.addEventListener("click", () => {
    model.send({ type: "cancel" });
    cancel.disabled = true;
  });

  const draw = () => {
    const now = model.get("state");
    const done = model.get("done");
    const total = model.get("total");
    const running = now === "running";
    job.hidden = now === "idle";
    job.dataset.state = now;
    title.textContent = model.get("title");
    state.textContent = running && model.get("cancelling") ? "Stopping" : SAID[now];
    cancel.hidden = !running || !model.get("can_cancel");
    cancel.disabled = model.get("cancelling");
    cancel.textContent = model.get("cancelling") ? "Stopping …" : "Cancel";
    // How much there is to do may not be known yet: then the bar only moves.
    const unknown = running && total === null;
    const percent = total ? Math.min(100, (100 * done) / total) : now === "done" ? 100 : 0;
    bar.classList.toggle("tagcat-unknown", unknown);
    fill.style.width = unknown ? "" : `${percent}%`;
    bar.setAttribute("aria-label", model.get("title"));
    bar.setAttribute("aria-valuemax", String(total ?? 100));
    if (unknown) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(total === null ? percent : Math.min(done, total)));
    const noun = model.get("noun");
    share.textContent =
      total === null ? (done ? counted(done, noun) : "") : `${formatCount(done)} of ${counted(total, noun)}`;
    message.textContent = model.get("message");
    message.title = model.get("message");
    line.hidden = !share.textContent && !message.textContent;
    counts.replaceChildren(
      ...model
        .get("counts")
        .filter(([, count]) => count > 0)
        .map(([noun, count]) =>
          make(
            "span",
            "tagcat-job-count tagcat-numbers",
            {},
            make("strong", "", { text: formatCount(count) }),
            make("span", "tagcat-quiet", { text: ` ${counted(count, noun).replace(/^\S+ /, "")}` }),
          ),
        ),
    );
    counts.hidden = counts.childElementCount === 0;
    const failed = model.get("failed");
    const listed = model.get("failures");
    details.hidden = failed === 0;
    summary.textContent = `${counted(failed, "files")} could not be read`;
    failures.replaceChildren(
      ...listed.map(({ path, error }) => make("li", "", {}, fileName("", path), name("tagcat-quiet", error))),
    );
    if (failed > listed.length) {
      failures.append(
        make("li", "tagcat-quiet", { text: `and ${formatCount(failed - listed.length)} more` }),
      );
    }
  };
  model.on("change", draw);
  draw();
  return () => model.off("change" as "change:state", draw);
};

export default { render };
