// The thumbnails of a graph. They come small, many on one sheet that is decoded once beside the page's own
// work: two thousand full thumbnails would be decoded anew at every frame, for no cache of a browser holds
// them. What the person comes near to is asked for in full.

import type { Item } from "../shared/item";
import type { Picture, Thumbnails } from "../shared/thumbnails";

export const PICTURE = 30; // px, half of a thumbnail's height at scale 1
const NEAR = 1.3; // the scale from which a small picture is coarse
const FULL = 200; // pictures in full at most
const DOT = 10; // px, its radius

interface Look {
  ctx: CanvasRenderingContext2D;
  id: unknown;
  x: number;
  y: number;
  label?: string | undefined;
  style: { color?: string; borderColor?: string; borderWidth?: number };
}

export class Pictures {
  private readonly small = new Map<string, Picture>();
  private readonly full = new Map<string, Picture>(); // oldest first
  private readonly wanted = new Set<string>();
  private closed = false;

  /** `come` hears the keys of pictures that can be drawn from now on. */
  constructor(
    private readonly thumbnails: Thumbnails,
    private readonly thumbnailsInFull: Thumbnails,
    private readonly keyOf: (id: unknown) => string | undefined,
    private readonly come: (key: string) => void,
  ) {}

  /** How many have been asked for. */
  get count(): number {
    return this.wanted.size;
  }

  /** Whether the picture of an item has been asked for. */
  asked({ key }: Item): boolean {
    return this.wanted.has(key);
  }

  /** Asks for the picture of an item, once. */
  ask({ key }: Item): void {
    if (this.wanted.has(key)) return;
    this.wanted.add(key);
    this.thumbnails.fetch(key, (picture) => this.keep(this.small, key, picture));
  }

  /** Asks for what is in view in full, where the view is that near. */
  sharpen(items: Item[], scale: number): void {
    if (scale * (globalThis.devicePixelRatio || 1) < NEAR) return;
    for (const { key } of items.slice(0, FULL)) {
      const here = this.full.get(key);
      this.full.delete(key); // to the end: seen last
      if (here) this.full.set(key, here);
      else this.thumbnailsInFull.fetch(key, (picture) => this.keep(this.full, key, picture));
    }
  }

  /** Draws a node, as vis-network asks for it: its picture with a border, or a dot until that is here. */
  readonly draw = ({ ctx, id, x, y, label, style }: Look) => {
    const key = this.keyOf(id) ?? "";
    const picture = this.full.get(key) ?? this.small.get(key);
    const border = style.borderWidth ?? 1;
    if (!picture) {
      return {
        drawNode() {
          ctx.beginPath();
          ctx.arc(x, y, DOT, 0, 2 * Math.PI);
          ctx.fillStyle = style.color ?? "#888";
          ctx.fill();
          ctx.lineWidth = border;
          ctx.strokeStyle = style.borderColor ?? "#888";
          ctx.stroke();
        },
        drawExternalLabel: () => write(ctx, label, x, y + DOT),
        nodeDimensions: { width: 2 * DOT, height: 2 * DOT },
      };
    }
    // Wide pictures are as high as others, high ones as wide as a square: none hides its neighbours.
    const shape = picture.width / picture.height;
    const [width, height] =
      shape >= 1 ? [2 * PICTURE * shape, 2 * PICTURE] : [2 * PICTURE, (2 * PICTURE) / shape];
    const [left, top] = [x - width / 2, y - height / 2];
    return {
      drawNode() {
        ctx.fillStyle = style.borderColor ?? "#fff";
        ctx.fillRect(left - border, top - border, width + 2 * border, height + 2 * border);
        ctx.drawImage(
          picture.bitmap,
          picture.left,
          picture.top,
          picture.width,
          picture.height,
          left,
          top,
          width,
          height,
        );
      },
      drawExternalLabel: () => write(ctx, label, x, y + height / 2 + border),
      nodeDimensions: { width, height },
    };
  };

  /** Forgets all, for another graph. */
  clear(): void {
    for (const { bitmap } of [...this.small.values(), ...this.full.values()]) bitmap.close();
    this.small.clear();
    this.full.clear();
    this.wanted.clear();
  }

  close(): void {
    this.closed = true;
    this.clear();
  }

  private keep(kept: Map<string, Picture>, key: string, picture: Picture): void {
    if (this.closed || !this.wanted.has(key)) return;
    kept.set(key, picture);
    for (const [oldest, { bitmap }] of this.full) {
      if (this.full.size <= FULL) break;
      bitmap.close();
      this.full.delete(oldest);
    }
    this.come(key);
  }
}

/** Writes a name under its node, in the colours of the page; nothing where nodes have none. */
function write(ctx: CanvasRenderingContext2D, label: string | undefined, x: number, y: number): void {
  if (!label) return;
  const page = getComputedStyle(ctx.canvas);
  ctx.font = "15px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  ctx.lineWidth = 4;
  ctx.lineJoin = "round";
  ctx.strokeStyle = page.getPropertyValue("--tc-page").trim() || "#fff";
  ctx.strokeText(label, x, y + 4);
  ctx.fillStyle = page.getPropertyValue("--tc-ink").trim() || "#17191c";
  ctx.fillText(label, x, y + 4);
}
