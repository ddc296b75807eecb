// The folders and files that a person has chosen, as a list from which they can be taken out again.
// Removing and clearing are messages ({type: "remove", key}, {type: "clear"}), and so is going on ({type: "submit"}): the list itself is Python's,
// which has checked every path, and what a browser writes into the trait is never read back.

import type { Render } from "@anywidget/types";
import { make, name, root } from "./shared/dom";
import { fileName } from "./shared/file_name";
import { counted } from "./shared/format";
import { follow } from "./shared/traits";

interface Row {
  key: string;
  name: string;
  folder: boolean;
  detail: string;
  error: string;
}
interface Model {
  rows: Row[];
  empty: string;
  error: string;
  submit: string;
}

const render: Render<Model> = ({ model, el }) => {
  const paths = root(el, "tagcat-paths");
  const head = make("div", "tagcat-paths-head");
  const count = make("span", "tagcat-paths-count", { role: "status" });
  const clear = make("button", "tagcat-button", { type: "button", text: "Clear" });
  const submit = make("button", "tagcat-button tagcat-primary", { type: "button" });
  const error = make("div", "tagcat-paths-error", { role: "alert", dir: "auto" });
  const list = make("ul", "tagcat-scroller tagcat-paths-list", { "aria-label": "Chosen folders and files" });
  const empty = make("div", "tagcat-empty");
  head.append(count, clear);
  paths.append(head, error, list, empty, submit);

  clear.addEventListener("click", () => model.send({ type: "clear" }));
  submit.addEventListener("click", () => model.send({ type: "submit" }));

  const draw = () => {
    const rows = model.get("rows");
    const focused = [...list.children].findIndex((child) => child.contains(document.activeElement));
    count.textContent = `${counted(rows.length, "places")} chosen`;
    head.hidden = list.hidden = rows.length === 0;
    empty.hidden = rows.length > 0;
    empty.textContent = model.get("empty");
    submit.textContent = model.get("submit");
    submit.disabled = rows.length === 0;
    error.textContent = model.get("error");
    error.hidden = !error.textContent;
    list.replaceChildren(
      ...rows.map((row) => {
        const remove = make("button", "tagcat-paths-remove", {
          type: "button",
          "aria-label": `Remove ${row.name}`,
          title: "Remove",
          text: "×",
        });
        remove.addEventListener("click", () => model.send({ type: "remove", key: row.key }));
        const words = make("div", "tagcat-paths-words", {}, fileName("", row.name));
        if (row.error) words.append(name("tagcat-ellipsis tagcat-paths-wrong", row.error));
        else if (row.detail) words.append(fileName("tagcat-quiet", row.detail));
        const kind = row.folder ? "folder" : "file";
        const mark = make("span", `tagcat-paths-mark tagcat-paths-${kind}`, {
          role: "img",
          "aria-label": kind,
        });
        return make("li", "tagcat-paths-row", {}, mark, words, remove);
      }),
    );
    // The row that had the focus is gone: the next one takes it, so that keys go on where they were.
    if (focused >= 0 && rows.length) {
      list.children[Math.min(focused, rows.length - 1)]?.querySelector("button")?.focus();
    }
  };
  draw();
  return follow(model, [["rows", "empty", "error", "submit"], draw]);
};

export default { render };
