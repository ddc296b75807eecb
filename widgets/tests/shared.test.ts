import type { AnyModel } from "@anywidget/types";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { make, root, throttle } from "../tagcat_widgets/shared/dom";
import { counted, formatTime } from "../tagcat_widgets/shared/format";
import { extend, toggle } from "../tagcat_widgets/shared/selection";
import { Thumbnails } from "../tagcat_widgets/shared/thumbnails";
import { follow, together } from "../tagcat_widgets/shared/traits";
import { Virtual } from "../tagcat_widgets/shared/virtual";
import { FakeModel, HOSTILE, press, watchUrls } from "./page";

describe("format", () => {
  it.each([
    [0, "0:00.00"],
    [1.2, "0:01.20"],
    [59.996, "1:00.00"],
    [61.005, "1:01.01"],
    [3599.999, "1:00:00.00"],
    [3723.4, "1:02:03.40"],
    [-0.001, "0:00.00"],
    [Number.NaN, ""],
  ])("writes %d s as %s", (seconds, text) => {
    expect(formatTime(seconds)).toBe(text);
  });

  it.each([
    [1, "matches", "1 match"],
    [31, "matches", "31 matches"],
    [1, "key frames", "1 key frame"],
    [12345, "files", "12,345 files"],
    [0, "matches", "0 matches"],
  ])("counts %d %s as %s", (count, noun, text) => {
    expect(counted(count, noun)).toBe(text);
  });
});

describe("make", () => {
  it.each(HOSTILE)("keeps a hostile name text", (text) => {
    const element = make("div", "", { text, title: text });
    expect(element.textContent).toBe(text);
    expect(element.childElementCount).toBe(0);
    expect(element.getAttributeNames()).toEqual(["title"]);
  });
});

describe("root", () => {
  it("keeps plain keys from the notebook's shortcuts, and leaves it the others", () => {
    document.body.replaceChildren();
    const inner = make("button");
    root(document.body, "tagcat-test").append(inner);
    const heard: string[] = [];
    document.addEventListener("keydown", (event) => heard.push(event.key));
    press(inner, "d");
    press(inner, "s", { ctrlKey: true });
    expect(heard).toEqual(["s"]);
  });
});

describe("selection", () => {
  it("toggles without changing what it was given", () => {
    const before = new Set(["a"]);
    expect([...toggle(before, "b")]).toEqual(["a", "b"]);
    expect([...toggle(before, "a")]).toEqual([]);
    expect([...before]).toEqual(["a"]);
  });
  it("extends in both directions", () => {
    const keys = ["a", "b", "c", "d"];
    expect([...extend(keys, new Set(), 1, 3)]).toEqual(["b", "c", "d"]);
    expect([...extend(keys, new Set(["d"]), 2, 0)]).toEqual(["d", "a", "b", "c"]);
  });
});

describe("throttle", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  it("calls at once, then seldom, and the last time always", () => {
    const action = vi.fn();
    const call = throttle(100, action);
    for (let i = 0; i < 50; i++) {
      call();
      vi.advanceTimersByTime(10);
    }
    expect(action.mock.calls.length).toBeLessThanOrEqual(6);
    const before = action.mock.calls.length;
    call();
    call.flush();
    expect(action.mock.calls.length).toBe(before + 1);
    vi.runAllTimers();
    expect(action.mock.calls.length).toBe(before + 1);
  });
});

describe("Thumbnails", () => {
  let urls: Set<string>;
  beforeEach(() => {
    vi.useFakeTimers();
    urls = watchUrls();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const start = (keep = 3) => {
    const model = new FakeModel({});
    return { model, thumbnails: new Thumbnails(model as unknown as AnyModel, keep) };
  };
  const box = () => make("div", "tagcat-thumb");

  it("asks once for what is seen, in one message", () => {
    const { model, thumbnails } = start();
    for (const key of ["a", "b", "a"]) thumbnails.attach(box(), key);
    vi.runAllTimers();
    expect(model.sent).toHaveLength(1);
    expect(model.sent[0]).toMatchObject({ type: "thumbnails", keys: ["a", "b"] });
  });

  it("does not ask for what was scrolled past", () => {
    const { model, thumbnails } = start();
    const passed = box();
    thumbnails.attach(passed, "a");
    thumbnails.attach(box(), "b");
    thumbnails.release(passed);
    vi.runAllTimers();
    expect(model.sent[0]?.keys).toEqual(["b"]);
  });

  it("shows a picture in every box of its key, and a reason where there is none", () => {
    const { model, thumbnails } = start();
    const boxes = [box(), box(), box()];
    for (const [index, key] of ["a", "a", "b"].entries()) thumbnails.attach(boxes[index] as HTMLElement, key);
    vi.runAllTimers();
    model.answer(["a"], [{ key: "b", reason: HOSTILE[0] }]);
    expect(boxes[0]?.querySelector("img")?.src).toMatch(/^blob:/);
    expect(boxes[1]?.querySelector("img")?.src).toMatch(/^blob:/);
    expect(boxes[2]?.querySelector("img")).toBeNull();
    expect(boxes[2]?.textContent).toBe(HOSTILE[0]);
    vi.runAllTimers();
    expect(model.sent).toHaveLength(1);
  });

  it("ignores answers to another view", () => {
    const { model, thumbnails } = start();
    const mine = box();
    thumbnails.attach(mine, "a");
    vi.runAllTimers();
    model.emit("msg:custom", { type: "thumbnails", view: "other", found: ["a"] }, [
      new DataView(new ArrayBuffer(1)),
    ]);
    expect(mine.childElementCount).toBe(0);
    expect(urls.size).toBe(0);
  });

  it("revokes what was scrolled away, never what is shown, and all at the end", () => {
    const { model, thumbnails } = start(2);
    const boxes = ["a", "b", "c", "d"].map((key) => {
      const element = box();
      thumbnails.attach(element, key);
      return element;
    });
    vi.runAllTimers();
    model.answer(["a", "b", "c", "d"]);
    expect(urls.size).toBe(4);
    for (const element of boxes.slice(0, 3)) thumbnails.release(element);
    expect(urls.size).toBe(2);
    expect(urls.has(boxes[3]?.querySelector("img")?.src ?? "")).toBe(true);
    thumbnails.close();
    expect(urls.size).toBe(0);
    expect(model.heard).toEqual([]);
  });
});

describe("Virtual", () => {
  const start = (count: number, shape = {}) => {
    const scroller = make("div");
    document.body.append(scroller);
    const released: HTMLElement[] = [];
    const virtual = new Virtual(scroller, {
      width: 100,
      height: () => 100,
      gap: 0,
      render: (index) => make("div", "", { text: index }),
      release: (cell) => released.push(cell),
      ...shape,
    });
    virtual.reset(count);
    return { scroller, virtual, released };
  };

  it("draws a screenful of 10,000 and is as long as all of them", () => {
    const { virtual } = start(10_000);
    expect(virtual.columns).toBe(8);
    expect(virtual.canvas.childElementCount).toBeLessThan(150);
    expect(virtual.canvas.style.height).toBe("125000px");
  });

  it("draws the last one when it is revealed, in order, and releases the first", () => {
    const { virtual, released } = start(10_000);
    virtual.reveal(9_999);
    const drawn = [...virtual.canvas.children].map((cell) => Number(cell.textContent));
    expect(drawn.at(-1)).toBe(9_999);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
    expect(released.map((cell) => cell.textContent)).toContain("0");
    virtual.reveal(0);
    const again = [...virtual.canvas.children].map((cell) => Number(cell.textContent));
    expect(again[0]).toBe(0);
    expect(again).toEqual([...again].sort((a, b) => a - b));
  });

  it("lays a strip out sideways", () => {
    const { virtual, scroller } = start(1_000, { horizontal: true, gap: 10 });
    expect(virtual.canvas.style.width).toBe("109990px");
    virtual.reveal(999);
    expect(scroller.scrollLeft).toBe(109_990 - 800);
    expect(virtual.cell(999)?.style.transform).toBe("translate(109890px, 0px)");
  });

  it("draws nothing for nothing", () => {
    expect(start(0).virtual.canvas.childElementCount).toBe(0);
  });
});

describe("follow", () => {
  it("acts once for all traits of one new state, and no more when it has ended", async () => {
    const model = new FakeModel({ items: [], places: [], height: 0 });
    const drawn = vi.fn();
    const end = follow(model as never, [["items", "places"], together(drawn)]);
    model.set("items", [1]);
    model.set("places", [2]);
    model.set("height", 5);
    expect(drawn).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(drawn).toHaveBeenCalledTimes(1);
    end();
    model.set("items", []);
    await Promise.resolve();
    expect(drawn).toHaveBeenCalledTimes(1);
  });
});
