// Reads files on the person's own device and tells the kernel their hashes: what to choose, how far it is,
// and what is at hand of them. The work is in browser/: `choose` finds files, `run` hashes and tells them,
// `link` speaks with the kernel, `shelf` opens what lies here. docs/privacy.md says what leaves the device.

import type { Render } from "@anywidget/types";
import { fromDrop, fromHandles, fromInput, pick } from "./browser/choose";
import { Link } from "./browser/link";
import { EntryList } from "./browser/list";
import { Run } from "./browser/run";
import { Shelf } from "./browser/shelf";
import { thisSource } from "./browser/source";
import { capabilities } from "./device/pool";
import { allowed, finish, type Unfinished, unfinished } from "./shared/device_files";
import { make, root, throttle, uniqueId } from "./shared/dom";
import { counted, formatCount } from "./shared/format";

interface Model {
  label: string;
}

const SAID = { idle: "", running: "Reading", stopped: "Stopped", done: "Done" };

const render: Render<Model> = ({ model, el }) => {
  const widget = root(el, "tagcat-device");
  const able = capabilities();
  const link = new Link(model);
  const source = thisSource();
  let user = "";

  const notice = make("div", "tagcat-device-notice", { role: "note", text: able.reason ?? "" });
  notice.hidden = !able.reason;

  // ---- what to choose ----
  const choose = make("button", "tagcat-button tagcat-primary", { type: "button", text: "Choose files" });
  const folder = make("button", "tagcat-button", { type: "button", text: "Choose a folder" });
  const filesInput = make("input", "", { type: "file", multiple: true, hidden: true, tabindex: -1 });
  const folderInput = make("input", "", { type: "file", hidden: true, tabindex: -1, webkitdirectory: true });
  const zone = make(
    "div",
    "tagcat-device-zone",
    { role: "group" },
    make("div", "tagcat-device-lead", { text: "Drop pictures, videos or folders here" }),
    make("div", "tagcat-device-buttons", {}, choose, folder, filesInput, folderInput),
    make("div", "tagcat-quiet", {
      text: "They are read by this browser and stay where they are. Only hashes, sizes, times and names are sent.",
    }),
  );
  const known = uniqueId("thumbnails");
  const thumbnails = make("input", "tagcat-switch", { type: "checkbox", role: "switch", id: `${known}-box` });
  const sent = make("div", "tagcat-quiet", { id: known });
  thumbnails.setAttribute("aria-describedby", known);
  const permit = make(
    "div",
    "tagcat-device-permit",
    {},
    thumbnails,
    make("div", "", {}, make("label", "", { for: `${known}-box`, text: "Send small thumbnails, too" }), sent),
  );

  // ---- what was broken off ----
  const again = make("div", "tagcat-device-again", { role: "group", "aria-label": "Last visit" });
  again.hidden = true;

  // ---- how far it is ----
  const state = make("span", "tagcat-device-state", { role: "status" });
  const cancel = make("button", "tagcat-button", { type: "button", text: "Cancel" });
  const goOn = make("button", "tagcat-button", { type: "button", text: "Go on" });
  const clear = make("button", "tagcat-button", { type: "button", text: "Clear the list" });
  const fill = make("div", "tagcat-device-fill");
  const bar = make("div", "tagcat-device-bar", { role: "progressbar", "aria-valuemin": 0 }, fill);
  bar.setAttribute("aria-label", "Files read on this device");
  const share = make("div", "tagcat-quiet tagcat-numbers");
  const now = make("div", "tagcat-device-now tagcat-quiet tagcat-ellipsis tagcat-numbers", { dir: "auto" });
  const trouble = make("div", "tagcat-device-trouble", { role: "alert", dir: "auto" });
  const run = new Run(
    link,
    source,
    throttle(100, () => draw()),
  );
  const list = new EntryList(run);
  const course = make(
    "section",
    "tagcat-device-course",
    { "aria-label": "Reading on this device" },
    make("div", "tagcat-device-head", {}, state, cancel, goOn, clear),
    bar,
    share,
    now,
    trouble,
    list.element,
  );
  const shelf = new Shelf();
  widget.append(notice, zone, permit, again, course, shelf.element);

  const draw = () => {
    const { entries } = run;
    const done = run.count("stored", "known", "failed");
    const failed = run.count("failed");
    const running = run.state === "running";
    course.hidden = run.state === "idle";
    course.dataset.state = run.state;
    state.textContent = SAID[run.state];
    cancel.hidden = !running;
    goOn.hidden = run.state !== "stopped" || run.count("waiting") === 0;
    clear.hidden = running;
    thumbnails.disabled = running;
    bar.setAttribute("aria-valuemax", String(entries.length));
    bar.setAttribute("aria-valuenow", String(done));
    // The files under way count by how far they are, so that one long film moves the bar, too.
    const parts = entries.reduce((sum, entry) => sum + (entry.state === "hashing" ? entry.done : 0), done);
    fill.style.width = `${entries.length ? (100 * parts) / entries.length : 0}%`;
    const before = run.count("known");
    share.textContent = [
      `${formatCount(done)} of ${counted(entries.length, "files")}`,
      before ? `${formatCount(before)} stored before` : "",
      failed ? `${formatCount(failed)} failed` : "",
    ]
      .filter(Boolean)
      .join(" · ");
    // The list may be thousands long: what is being read stands here, too.
    const entry = entries.find(({ state }) => state === "hashing");
    now.textContent = entry ? `${entry.path} · ${Math.floor(100 * entry.done)} %` : "";
    now.hidden = !running;
    trouble.textContent = run.trouble;
    trouble.hidden = !run.trouble;
    list.draw();
  };

  const explain = () => {
    sent.textContent = thumbnails.checked
      ? "On: for each file a JPEG of at most 320 pixels a side goes to the kernel, so that galleries show it anywhere."
      : "Off: galleries show pictures of this device only in this browser.";
    run.thumbnails = thumbnails.checked;
  };

  const settled = () => void shelf.show(user);
  const add = (found: Parameters<Run["add"]>[0], handles: FileSystemHandle[] = []) => {
    again.hidden = true;
    void run.add(found, handles).then(settled);
  };

  const choosing = (wantsFolder: boolean, input: HTMLInputElement) => async () => {
    const handles = await pick(wantsFolder);
    if (handles === undefined) input.click();
    else if (handles.length) add(fromHandles(handles), handles);
  };
  choose.addEventListener("click", choosing(false, filesInput));
  folder.addEventListener("click", choosing(true, folderInput));
  for (const input of [filesInput, folderInput]) {
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      input.value = ""; // so that the same choice counts again
      if (files.length) add(fromInput(files));
    });
  }
  const over = (inside: boolean) => (event: DragEvent) => {
    event.preventDefault();
    zone.classList.toggle("tagcat-over", inside);
  };
  zone.addEventListener("dragenter", over(true));
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", async (event) => {
    over(false)(event);
    event.stopPropagation(); // else JupyterLab would take the files to its own folder
    if (!event.dataTransfer || choose.disabled) return;
    const { handles, found } = await fromDrop(event.dataTransfer);
    add(found, handles);
  });
  thumbnails.addEventListener("change", explain);
  cancel.addEventListener("click", () => {
    run.cancel();
    cancel.disabled = true;
    setTimeout(() => {
      cancel.disabled = false;
    }, 1000);
  });
  goOn.addEventListener("click", () => void run.goOn().then(settled));
  clear.addEventListener("click", () => run.clear());

  const offerRest = (left: Unfinished) => {
    const handles = [...left.folders, ...left.files];
    const told = `The last time, ${formatCount(left.done)} of ${counted(left.total, "files")} were read.`;
    const how = handles.length ? "" : " Choose the same files again: what is stored is skipped.";
    const resume = make("button", "tagcat-button tagcat-primary", { type: "button", text: "Go on" });
    const leave = make("button", "tagcat-button", { type: "button", text: "Leave it" });
    resume.hidden = handles.length === 0;
    resume.addEventListener("click", async () => {
      const open: typeof handles = [];
      for (const handle of handles) if (await allowed(handle, true).catch(() => false)) open.push(handle);
      if (open.length) add(fromHandles(open), open);
    });
    leave.addEventListener("click", async () => {
      await finish(user);
      again.hidden = true;
    });
    again.replaceChildren(make("span", "", { text: told + how }), resume, leave);
    again.hidden = false;
  };

  zone.setAttribute("aria-label", model.get("label"));
  const usable = able.secure && typeof OffscreenCanvas === "function" && typeof Worker === "function";
  for (const control of [choose, folder, thumbnails]) control.disabled = !usable;
  zone.classList.toggle("tagcat-off", !usable);
  explain();
  draw();
  if (usable) {
    link
      .ask({ type: "hello" })
      .then(async (welcome) => {
        user = welcome.user;
        await shelf.show(user);
        const left = await unfinished(user);
        if (left && run.state === "idle") offerRest(left);
      })
      .catch((error: Error) => {
        notice.textContent = error.message;
        notice.hidden = false;
      });
  }
  return () => {
    run.cancel();
    link.close();
    list.close();
    shelf.close();
  };
};

export default { render };
