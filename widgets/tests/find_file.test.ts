import { afterEach, describe, expect, it, vi } from "vitest";
import finder from "../tagcat_widgets/find_file";
import { draw, HOSTILE, one } from "./page";

const start = (state = {}) =>
  draw(finder, {
    key_frame_distance: 6,
    told: "",
    error: "",
    busy: false,
    asked: "",
    label: "A file on this device",
    ...state,
  });

afterEach(() => vi.unstubAllGlobals());

describe("FileFinder", () => {
  it("is closed, and says why, where browsers don't let a page hash", async () => {
    vi.stubGlobal("isSecureContext", false);
    const { el } = await start();
    expect(one<HTMLButtonElement>(el, ".tagcat-primary").disabled).toBe(true);
    expect(one(el, ".tagcat-find-zone").textContent).toContain("from localhost or by HTTPS");
  });

  it("says what Python found, and what went wrong, as text", async () => {
    const { model, el } = await start();
    expect(one(el, ".tagcat-find-asked").hidden).toBe(true);
    model.set("busy", true);
    expect(one(el, "[role=status]").textContent).toBe("Looking …");
    model.set("told", HOSTILE[0]);
    model.set("busy", false);
    expect(one(el, "[role=status]").textContent).toBe(HOSTILE[0]);
    model.set("error", HOSTILE[1]);
    expect(one(el, "[role=alert]").textContent).toBe(HOSTILE[1]);
    expect(el.querySelector("img, script")).toBeNull();
  });

  it("names a file that was asked with elsewhere", async () => {
    const { model, el } = await start({ told: "Found in 1 image." });
    model.set("asked", HOSTILE[0]);
    expect(one(el, ".tagcat-find-name").textContent).toBe(HOSTILE[0]);
    expect(one(el, ".tagcat-find-picture").hidden).toBe(true);
    expect(el.querySelector("img")).toBeNull();
  });

  it("leaves nothing behind", async () => {
    const { model, remove } = await start();
    remove();
    expect(model.heard).toEqual([]);
  });
});
