import { describe, expect, it } from "vitest";
import { nearest, neighbour, project, showing, within, zoomed } from "../tagcat_widgets/shared/scatter";

const places = new Float32Array([0, 0, 10, 0, 0, 5, 10, 5]);
const dotsOf = (width: number, height: number) => {
  const dots = new Float32Array(places.length);
  project(places, showing(places, width, height, 20), dots);
  return [...dots];
};

describe("the geometry of a map", () => {
  it("shows all places in the middle, in proportion, y upwards", () => {
    expect(dotsOf(140, 140)).toEqual([20, 95, 120, 95, 20, 45, 120, 45]);
    expect(dotsOf(1_000, 70)).toEqual([470, 50, 530, 50, 470, 20, 530, 20]);
  });

  it("shows one dot, many in one place, and none", () => {
    expect(showing(new Float32Array([3, 4]), 100, 60, 10)).toEqual({ scale: 1, left: 47, top: 34 });
    expect(showing(new Float32Array(0), 100, 60, 10)).toEqual({ scale: 1, left: 50, top: 30 });
    const dots = new Float32Array(4);
    project(new Float32Array([3, 4, 3, 4]), showing(new Float32Array([3, 4, 3, 4]), 100, 60, 10), dots);
    expect([...dots]).toEqual([50, 30, 50, 30]);
  });

  it("zooms around a pixel", () => {
    const view = showing(places, 140, 140, 20);
    const dots = new Float32Array(places.length);
    project(places, zoomed(view, 2, 20, 95), dots);
    expect([...dots]).toEqual([20, 95, 220, 95, 20, -5, 220, -5]);
  });

  it("finds the nearest dot within reach, the last of equal ones", () => {
    const dots = new Float32Array([0, 0, 10, 0, 10, 0]);
    expect(nearest(dots, 8, 1, 5)).toBe(2);
    expect(nearest(dots, 5, 30, 5)).toBe(-1);
  });

  it("walks to the nearest dot on a side, and stays where there is none", () => {
    const dots = new Float32Array([0, 0, 10, 2, 30, 0, 0, 10]);
    expect(neighbour(dots, 0, 1, 0)).toBe(1);
    expect(neighbour(dots, 1, 1, 0)).toBe(2);
    expect(neighbour(dots, 0, 0, 1)).toBe(3);
    expect(neighbour(dots, 0, -1, 0)).toBe(0);
  });

  it("tells what lies within a line, also a hollow one", () => {
    const dots = new Float32Array([5, 5, 15, 5, 5, 1]);
    expect(within(dots, [0, 0, 10, 0, 10, 10, 0, 10])).toEqual([0, 2]);
    expect(within(dots, [0, 0, 10, 0, 3, 5, 10, 10, 0, 10])).toEqual([2]);
    expect(within(dots, [1, 1])).toEqual([]);
  });
});
