// A button that saves a file: it asks the kernel for the bytes and hands them to the browser as a blob.

import type { Render } from "@anywidget/types";
import { make, root } from "./shared/dom";
import { follow } from "./shared/traits";

interface Model {
  name: string;
  label: string;
  told: string;
  making: boolean;
}

const KEPT = 60_000; // ms that the browser may take to begin saving

const render: Render<Model> = ({ model, el }) => {
  const box = root(el, "tagcat-save");
  const button = make("button", "tagcat-button", { type: "button" });
  const told = make("span", "tagcat-quiet", { role: "status", dir: "auto" });
  box.append(button, told);

  const take = () => {
    const making = model.get("making");
    button.textContent = making ? "Making the file …" : model.get("label");
    button.disabled = making;
    told.textContent = model.get("told");
  };
  const heard = (message: { type?: unknown; name?: unknown }, buffers: DataView[]) => {
    if (message?.type !== "file" || !wanted || !buffers[0]) return;
    wanted = false; // another view of this widget did not ask for it
    // Never opened as a page of this server: a blob of this type can only be saved.
    const url = URL.createObjectURL(new Blob([buffers[0] as BlobPart], { type: "application/octet-stream" }));
    make("a", "", { href: url, download: String(message.name) }).click();
    setTimeout(() => URL.revokeObjectURL(url), KEPT);
  };

  let wanted = false;
  button.addEventListener("click", () => {
    wanted = true;
    model.send({ type: "make" });
  });
  const unfollow = follow(model, [["label", "told", "making"], take]);
  model.on("msg:custom", heard);
  take();
  return () => {
    unfollow();
    model.off("msg:custom", heard);
  };
};

export default { render };
