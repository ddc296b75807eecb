// Asks where a picture or clip is: it is hashed by this browser, in a worker as all files of a device are,
// and only its hashes are sent: {type: "find", kind, hashes: [[seconds, dhash], …]}, the seconds null for a
// picture. What Python found shows in other widgets; `told` and `error` say what came of it.

import type { Render } from "@anywidget/types";
import { capabilities, DevicePool } from "./device/pool";
import type { DeviceAnswer } from "./device/record";
import { make, root } from "./shared/dom";
import { fileName } from "./shared/file_name";
import { follow } from "./shared/traits";

interface Model {
  key_frame_distance: number;
  told: string;
  error: string;
  busy: boolean;
  asked: string;
  label: string;
}

const NOT_HERE = "Choose it on the machine where TagCat runs: that reads more formats.";

const render: Render<Model> = ({ model, el }) => {
  const widget = root(el, "tagcat-find");
  const able = capabilities();
  const usable = able.secure && typeof OffscreenCanvas === "function" && typeof Worker === "function";
  const choose = make("button", "tagcat-button tagcat-primary", { type: "button", text: "Choose a file" });
  const input = make("input", "", { type: "file", hidden: true, tabindex: -1, accept: "image/*,video/*" });
  const zone = make(
    "div",
    "tagcat-find-zone",
    { role: "group" },
    make("div", "tagcat-find-lead", { text: "Drop one picture or clip here" }),
    choose,
    input,
    make("div", "tagcat-quiet", {
      text: usable
        ? "This browser reads it; only its hashes are sent, and nothing of it is kept."
        : (able.reason ?? ""),
    }),
  );
  const picture = make("div", "tagcat-thumb tagcat-find-picture");
  const called = make("div", "tagcat-find-name");
  const state = make("div", "tagcat-find-told", { role: "status", dir: "auto" });
  const cancel = make("button", "tagcat-button", { type: "button", text: "Cancel" });
  const trouble = make("div", "tagcat-find-trouble", { role: "alert", dir: "auto" });
  const asked = make(
    "div",
    "tagcat-find-asked",
    {},
    picture,
    make("div", "tagcat-find-words", {}, called, state, trouble, cancel),
  );
  widget.append(zone, asked);

  let pool: DevicePool | undefined;
  let reading: AbortController | undefined;
  let url = "";
  let problem = ""; // of this browser, before Python was asked

  function show(file: { name: string } | undefined, thumbnail?: Uint8Array<ArrayBuffer>): void {
    if (url) URL.revokeObjectURL(url);
    url = thumbnail ? URL.createObjectURL(new Blob([thumbnail], { type: "image/jpeg" })) : "";
    picture.replaceChildren(...(url ? [make("img", "", { src: url, alt: "" })] : []));
    picture.hidden = !(file instanceof File);
    picture.classList.toggle("tagcat-waiting", !url && reading !== undefined);
    called.replaceChildren(...(file ? [fileName("", file.name)] : []));
  }

  async function ask(file: File): Promise<void> {
    reading?.abort();
    const mine = new AbortController();
    reading = mine;
    problem = "";
    show(file);
    draw("Reading …");
    pool ??= new DevicePool({ workers: 1 });
    const request = {
      keyFrameDistance: model.get("key_frame_distance"),
      thumbnail: true,
      signal: mine.signal,
      onProgress: (done: number) => reading === mine && draw(`Reading, ${Math.round(100 * done)} %`),
    };
    let answer: DeviceAnswer;
    try {
      answer = await pool.hash(file, request);
    } catch {
      return; // cancelled, or the page is left
    }
    if (reading !== mine) return;
    reading = undefined;
    if ("error" in answer) {
      problem = `${file.name}: ${answer.error}. ${NOT_HERE}`;
      show(file);
      draw();
      return;
    }
    show(file, answer.thumbnail);
    draw();
    const hashes = answer.frames
      ? answer.frames.map(({ position, dhash }) => [position, dhash])
      : [[null, answer.dhash]];
    model.send({ type: "find", kind: answer.kind, hashes });
  }

  function draw(progress = ""): void {
    const running = reading !== undefined;
    cancel.hidden = !running;
    state.textContent = running
      ? progress
      : model.get("busy")
        ? "Looking …"
        : problem
          ? ""
          : model.get("told");
    trouble.textContent = running ? "" : problem || model.get("error");
    trouble.hidden = !trouble.textContent;
    asked.hidden = !(running || called.hasChildNodes() || state.textContent || trouble.textContent);
  }

  function take(files: FileList | undefined | null): void {
    const [file, ...more] = files ?? [];
    if (!file) return;
    void ask(file);
    if (more.length) draw(`Reading the first of ${more.length + 1} …`);
  }

  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(input.files);
    input.value = ""; // so that the same choice counts again
  });
  const over = (inside: boolean) => (event: DragEvent) => {
    event.preventDefault();
    zone.classList.toggle("tagcat-over", inside && usable);
  };
  zone.addEventListener("dragenter", over(true));
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    event.stopPropagation(); // else JupyterLab would take the file to its own folder
    if (usable) take(event.dataTransfer?.files);
  });
  cancel.addEventListener("click", () => {
    reading?.abort();
    reading = undefined;
    show(undefined);
    draw();
  });

  zone.setAttribute("aria-label", model.get("label"));
  choose.disabled = !usable;
  const react = () => draw();
  /** Names the file that was asked with elsewhere, in place of the one of this device. */
  const takeAsked = () => {
    const named = model.get("asked");
    if (!named) return;
    reading?.abort();
    reading = undefined;
    problem = "";
    show({ name: named });
    draw();
  };
  const unfollow = follow(model, [["told", "error", "busy"], react], [["asked"], takeAsked]);
  show(undefined);
  takeAsked();
  draw();
  return () => {
    unfollow();
    reading?.abort();
    pool?.close();
    if (url) URL.revokeObjectURL(url);
  };
};

export default { render };
