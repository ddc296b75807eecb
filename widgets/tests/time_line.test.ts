import { describe, expect, it } from "vitest";
import { PAD, THUMB, TimeLine } from "../tagcat_widgets/strip/time_line";

describe("a time line", () => {
  const line = new TimeLine(100, 1000 + 2 * PAD);

  it("turns times into pixels and back, and ends where it ends", () => {
    expect([0, 50, 100].map((time) => line.place(time))).toEqual([PAD, PAD + 500, PAD + 1000]);
    expect([0, 12.5, 100].map((time) => line.time(line.place(time)))).toEqual([0, 12.5, 100]);
    expect([line.time(-500), line.time(5000)]).toEqual([0, 100]);
  });

  it("writes round times that do not touch, and only those between two pixels", () => {
    const { step, times } = line.ticks(PAD, PAD + 1000);
    expect(step).toBe(10); // 10 px a second, 96 px apart at least
    expect(times).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(line.ticks(PAD + 205, PAD + 300).times).toEqual([20, 30]);
    expect(new TimeLine(10_000_000, 1000).ticks(0, 1000).step).toBe(10_000_000); // longer than any step
  });

  it("gives room to a thumbnail where the one before leaves some, and one mark to a pixel", () => {
    const apart = (THUMB + 4) / 10; // s
    const room = line.room([0, 0.01, 1, apart, 2 * apart - 0.1, 2 * apart]);
    expect(room.map(({ thumb }) => thumb)).toEqual([true, false, false, true, false, true]);
    expect(room.map(({ mark }) => mark)).toEqual([true, false, true, true, true, false]);
  });
});
