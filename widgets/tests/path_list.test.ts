import { describe, expect, it } from "vitest";
import paths from "../tagcat_widgets/path_list";
import { draw, HOSTILE, one } from "./page";

const row = (key: string, name = key) => ({ key, name, folder: false, detail: "/photos", error: "" });
const start = (state = {}) =>
  draw(paths, { rows: [row("1"), row("2")], empty: "None.", error: "", submit: "Read these", ...state });
const buttons = (el: Element) => [...el.querySelectorAll<HTMLButtonElement>(".tagcat-paths-remove")];

describe("PathList", () => {
  it("says what shall go, and leaves the list to Python", async () => {
    const { model, el } = await start();
    buttons(el)[1]?.click();
    one<HTMLButtonElement>(el, ".tagcat-paths-head button").click();
    one<HTMLButtonElement>(el, ".tagcat-primary").click();
    expect(model.sent).toEqual([{ type: "remove", key: "2" }, { type: "clear" }, { type: "submit" }]);
    expect(buttons(el)).toHaveLength(2);
    expect(model.saved).toBe(0);
  });

  it("gives the focus to the next row when one is removed", async () => {
    const { model, el } = await start();
    buttons(el)[0]?.focus();
    model.set("rows", [row("2")]);
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Remove 2");
  });

  it("has nothing to go on with when it is empty", async () => {
    const { el } = await start({ rows: [] });
    expect(one<HTMLButtonElement>(el, ".tagcat-primary").disabled).toBe(true);
    expect(one(el, ".tagcat-empty").textContent).toBe("None.");
  });

  it("shows hostile names and errors as text", async () => {
    const rows = HOSTILE.map((text, n) => ({
      ...row(String(n), text),
      detail: text,
      error: n % 2 ? text : "",
    }));
    const { el } = await start({ rows, error: HOSTILE[0] });
    expect(el.querySelector("script, img")).toBeNull();
    expect(one(el, "[role=alert]").textContent).toBe(HOSTILE[0]);
    expect(one(el, ".tagcat-paths-words").firstElementChild?.textContent).toBe(HOSTILE[0]);
  });

  it("leaves nothing behind", async () => {
    const { model, remove } = await start();
    remove();
    expect(model.heard).toEqual([]);
  });
});
