import { describe, expect, it } from "vitest";
import { fileName } from "../tagcat_widgets/shared/file_name";
import { HOSTILE, one } from "./page";

const halves = (element: Element) => {
  const { head, tail } = one(element, ".tagcat-middle-shown").dataset;
  return [head, tail];
};

describe("fileName", () => {
  it("leaves a short name whole", () => {
    const element = fileName("quiet", "cats.jpg");
    expect([element.textContent, element.children.length, element.className]).toEqual([
      "cats.jpg",
      0,
      "tagcat-ellipsis quiet",
    ]);
  });

  it("always shows the end of a long one, and says the whole once", () => {
    const long = "DSC_2024-05-31 holiday in the mountains 0017.jpg";
    const element = fileName("", long);
    expect(halves(element)).toEqual([
      "DSC_2024-05-31 holiday in the mountain".replace(/ /g, "\u00a0"),
      "s\u00a00017.jpg",
    ]);
    expect(element.textContent).toBe(long);
    expect(element.title).toBe(long);
    expect(one(element, ".tagcat-middle-shown").getAttribute("aria-hidden")).toBe("true");
  });

  it("keeps the extension before what follows", () => {
    const element = fileName("", "excursion.mp4", "0:01.20");
    expect(halves(element)).toEqual(["excursio", "n.mp4\u00a00:01.20"]);
    expect(element.textContent).toBe("excursion.mp4 0:01.20");
  });

  it("cuts between characters that are whole", () => {
    const flags = "🇺🇦".repeat(30);
    const [head, tail] = halves(fileName("", flags));
    expect([head, tail]).toEqual(["🇺🇦".repeat(20), "🇺🇦".repeat(10)]);
  });

  it.each(HOSTILE)("shows %.20s as text", (hostile) => {
    const element = fileName("", hostile);
    expect(element.textContent).toBe(hostile);
    expect(element.querySelector("img, script")).toBeNull();
  });
});
