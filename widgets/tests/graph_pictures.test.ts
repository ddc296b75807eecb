import { describe, expect, it, vi } from "vitest";
import { PICTURE, Pictures } from "../tagcat_widgets/graph/pictures";
import type { Item } from "../tagcat_widgets/shared/item";
import type { Picture, Thumbnails } from "../tagcat_widgets/shared/thumbnails";

const item = (key: string): Item => ({ key, name: key, detail: "", badge: "", time: null });

/** A desk that gives pictures when the test says so. */
function desk() {
  const waiting = new Map<string, (picture: Picture) => void>();
  const fetch = (key: string, receive: (picture: Picture) => void) => void waiting.set(key, receive);
  const bitmap = { width: 800, height: 160, close: vi.fn() } as unknown as ImageBitmap;
  const give = (key: string, place: Omit<Picture, "bitmap">) => waiting.get(key)?.({ bitmap, ...place });
  return { thumbnails: { fetch } as unknown as Thumbnails, waiting, give, bitmap };
}

/** A pen that notes what it is told. */
function pen() {
  const told: unknown[][] = [];
  const ctx = new Proxy({ canvas: document.createElement("canvas") } as Record<string, unknown>, {
    get: (own, name: string) => own[name] ?? ((...rest: unknown[]) => void told.push([name, ...rest])),
    set: () => true,
  });
  return { ctx: ctx as unknown as CanvasRenderingContext2D, told };
}

describe("the pictures of a graph", () => {
  const start = () => {
    const [small, full] = [desk(), desk()];
    const come = vi.fn();
    const pictures = new Pictures(small.thumbnails, full.thumbnails, (id) => ["a", "b"][id as number], come);
    const drawn = (label?: string) => {
      const { ctx, told } = pen();
      const node = pictures.draw({ ctx, id: 0, x: 100, y: 50, label, style: { borderWidth: 2 } });
      node.drawNode();
      node.drawExternalLabel();
      return { node, told };
    };
    return { pictures, small, full, come, drawn };
  };

  it("draws a dot until the picture is here, then the picture in its shape, and the name under it", () => {
    const { pictures, small, come, drawn } = start();
    pictures.ask(item("a"));
    expect(drawn("sea").told.some(([name]) => name === "arc")).toBe(true);
    small.give("a", { left: 80, top: 0, width: 80, height: 40 });
    expect(come).toHaveBeenCalledWith("a");
    const { node, told } = drawn("<b>sea");
    expect(node.nodeDimensions).toEqual({ width: 4 * PICTURE, height: 2 * PICTURE });
    expect(told).toContainEqual(["drawImage", small.bitmap, 80, 0, 80, 40, 40, 20, 120, 60]);
    expect(told).toContainEqual(["fillText", "<b>sea", 100, 86]);
    expect(drawn().told.some(([name]) => name === "fillText")).toBe(false);
  });

  it("asks once, and in full for what is looked at from near", () => {
    const { pictures, small, full, drawn } = start();
    pictures.ask(item("a"));
    expect([pictures.count, pictures.asked(item("a")), pictures.asked(item("b"))]).toEqual([1, true, false]);
    small.waiting.clear();
    pictures.ask(item("a"));
    expect(small.waiting.size).toBe(0);
    pictures.sharpen([item("a")], 0.5);
    expect(full.waiting.size).toBe(0);
    pictures.sharpen([item("a")], 3);
    full.give("a", { left: 0, top: 0, width: 240, height: 320 }); // a high one
    expect(drawn().node.nodeDimensions).toEqual({ width: 2 * PICTURE, height: (8 * PICTURE) / 3 });
    pictures.clear();
    full.give("a", { left: 0, top: 0, width: 240, height: 320 }); // of the graph before
    expect(drawn().told.some(([name]) => name === "drawImage")).toBe(false);
  });
});
