// The geometry of a map of dots: where each one stands on the screen, which is under the mouse, which lie
// within a line drawn around them. Plain arithmetic over all dots: 20,000 take well under a millisecond,
// so there is no index to keep.

export interface View {
  /** Pixels for one unit of the places. */
  scale: number;
  /** Pixels that are added after scaling. */
  left: number;
  top: number;
}

/** Returns the view that shows all places with a margin in a box of pixels; y grows upwards. */
export function showing(places: Float32Array, width: number, height: number, margin: number): View {
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < places.length; at += 2) {
    const x = places[at] as number;
    const y = places[at + 1] as number;
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  }
  if (west > east) return { scale: 1, left: width / 2, top: height / 2 };
  const room = (pixels: number, extent: number) =>
    extent > 0 ? Math.max(1, pixels - 2 * margin) / extent : Number.POSITIVE_INFINITY;
  const both = Math.min(room(width, east - west), room(height, north - south));
  const scale = Number.isFinite(both) ? both : 1; // one dot, or all in one place
  return {
    scale,
    left: width / 2 - (scale * (west + east)) / 2,
    top: height / 2 + (scale * (south + north)) / 2,
  };
}

/** Returns the view with everything `factor` times as large, the pixel (x, y) staying where it is. */
export function zoomed(view: View, factor: number, x: number, y: number): View {
  return {
    scale: view.scale * factor,
    left: x + (view.left - x) * factor,
    top: y + (view.top - y) * factor,
  };
}

/** Writes the pixels x, y of all places into `out`. */
export function project(places: Float32Array, view: View, out: Float32Array): void {
  for (let at = 0; at < places.length; at += 2) {
    out[at] = view.left + view.scale * (places[at] as number);
    out[at + 1] = view.top - view.scale * (places[at + 1] as number);
  }
}

/** Returns the index of the dot nearest to a pixel within `reach`, or −1; of equal ones the last, on top. */
export function nearest(dots: Float32Array, x: number, y: number, reach: number): number {
  let found = -1;
  let least = reach * reach;
  for (let at = 0; at < dots.length; at += 2) {
    const far = ((dots[at] as number) - x) ** 2 + ((dots[at + 1] as number) - y) ** 2;
    if (far <= least) {
      least = far;
      found = at / 2;
    }
  }
  return found;
}

/** Where an arrow key leads, as `right` and `down` of `neighbour`. */
export const DIRECTIONS: Record<string, [number, number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** Returns the nearest other dot on one side of dot `from` (within 45° of that direction), or `from`. */
export function neighbour(dots: Float32Array, from: number, right: number, down: number): number {
  const x = dots[2 * from] as number;
  const y = dots[2 * from + 1] as number;
  let found = from;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < dots.length; at += 2) {
    const dx = (dots[at] as number) - x;
    const dy = (dots[at + 1] as number) - y;
    const along = dx * right + dy * down;
    const aside = Math.abs(dx * down - dy * right);
    const far = dx * dx + dy * dy;
    if (along > 0 && aside <= along && far < least) {
      least = far;
      found = at / 2;
    }
  }
  return found;
}

/** Returns the indices of the dots inside a polygon of pixels (x, y, x, y …), by the even-odd rule. */
export function within(dots: Float32Array, polygon: readonly number[]): number[] {
  const found: number[] = [];
  const corners = polygon.length;
  for (let at = 0; at < dots.length; at += 2) {
    const x = dots[at] as number;
    const y = dots[at + 1] as number;
    let inside = false;
    for (let a = 0, b = corners - 2; a < corners; b = a, a += 2) {
      const ay = polygon[a + 1] as number;
      const by = polygon[b + 1] as number;
      if (ay > y === by > y) continue;
      const ax = polygon[a] as number;
      const bx = polygon[b] as number;
      if (x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    }
    if (inside) found.push(at / 2);
  }
  return found;
}
