import { afterEach, expect, it, vi } from "vitest";
import saveFile from "../tagcat_widgets/save_file";
import { draw, HOSTILE, one, watchUrls } from "./page";

const start = (state = {}) =>
  draw(saveFile, { name: "graph.html", label: "Save as HTML", told: "", making: false, ...state });
const bytes = new DataView(new TextEncoder().encode("<html>").buffer);

afterEach(() => vi.restoreAllMocks());

it("asks for the file and saves what comes, once", async () => {
  const urls = watchUrls();
  const saved: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(`${this.download} ${this.href}`);
  });
  const { model, el } = await start();
  model.emit("msg:custom", { type: "file", name: "graph.html" }, [bytes]);
  expect(saved, "nobody asked here").toEqual([]);
  one(el, "button").click();
  expect(model.sent).toEqual([{ type: "make" }]);
  model.emit("msg:custom", { type: "say" }, [bytes]);
  model.emit("msg:custom", { type: "file", name: "graph.html" }, [bytes]);
  model.emit("msg:custom", { type: "file", name: "graph.html" }, [bytes]);
  expect(saved).toEqual(["graph.html blob:test/1"]);
  expect(urls.size).toBe(1);
});

it("says what it is doing, as text, and lets go of everything", async () => {
  const { model, el, remove } = await start();
  const button = one(el, "button") as HTMLButtonElement;
  model.set("making", true);
  expect([button.disabled, button.textContent]).toEqual([true, "Making the file …"]);
  model.set("making", false);
  for (const text of HOSTILE) {
    model.set("told", text);
    expect(one(el, "[role=status]").textContent).toBe(text);
  }
  expect(el.querySelector("img, script")).toBeNull();
  remove();
  expect(model.heard).toEqual([]);
});
