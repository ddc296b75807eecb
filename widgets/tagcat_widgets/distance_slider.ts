// A slider over a histogram: one bar a distance, its centre exactly above the slider's thumb. The slider is
// a real <input type=range>, so keys and screen readers work as everywhere. While it is dragged the value
// reaches Python a few times a second, the last one always.

import type { Render } from "@anywidget/types";
import { make, root, throttle, uniqueId } from "./shared/dom";
import { counted } from "./shared/format";
import { follow } from "./shared/traits";

interface Model {
  value: number;
  maximum: number;
  counts: number[];
  noun: string;
  label: string;
  caption: string;
  cumulative: boolean;
  stored: number | null;
  chance: string[];
  disabled: boolean;
}

const THROTTLE = 150; // ms

/** Returns how many there are at `value`: the sum up to it, or the count at it. */
export function countAt(counts: readonly number[], value: number, cumulative: boolean): number | undefined {
  if (value >= counts.length) return undefined;
  return cumulative ? counts.slice(0, value + 1).reduce((sum, count) => sum + count, 0) : counts[value];
}

/** Returns in words what `value` gains or loses against the distance that the collection keeps. */
export function changed(
  counts: readonly number[],
  value: number,
  stored: number | null,
  cumulative: boolean,
  noun: string,
): string {
  if (stored === null) return "";
  if (value === stored) return "the stored distance";
  const now = countAt(counts, value, cumulative);
  const before = countAt(counts, stored, cumulative);
  if (now === undefined || before === undefined) return "";
  const what = now === before ? `no ${noun} gained or lost` : counted(Math.abs(now - before), noun);
  const how = now > before ? " gained" : now < before ? " lost" : "";
  return `${what}${how} against the stored ${stored}`;
}

/** Returns a bar's height in percent: by the square root, so that small counts beside large ones are seen. */
export function barHeight(count: number, largest: number): number {
  return count > 0 && largest > 0 ? Math.max(4, Math.sqrt(count / largest) * 100) : 0;
}

const render: Render<Model> = ({ model, el }) => {
  const slider = root(el, "tagcat-slider");
  const id = uniqueId("slider");
  const caption = make("label", "tagcat-slider-caption", { for: id, dir: "auto" });
  const readout = make("output", "tagcat-slider-readout tagcat-numbers", { for: id, "aria-live": "off" });
  const bars = make("div", "tagcat-slider-bars", { "aria-hidden": "true" });
  const ticks = make("div", "tagcat-slider-ticks tagcat-quiet tagcat-numbers", { "aria-hidden": "true" });
  const input = make("input", "tagcat-slider-input", { id, type: "range", min: 0, step: 1 });
  const told = make("div", "tagcat-slider-told tagcat-quiet tagcat-numbers", { dir: "auto" });
  slider.append(make("div", "tagcat-slider-head", {}, caption, readout), bars, input, ticks, told);

  const send = throttle(THROTTLE, () => {
    model.set("value", input.valueAsNumber);
    model.save_changes();
  });

  function paint(): void {
    const value = input.valueAsNumber;
    const cumulative = model.get("cumulative");
    const label = model.get("label");
    const noun = model.get("noun");
    const count = countAt(model.get("counts"), value, cumulative);
    const said = count === undefined ? "" : counted(count, noun);
    readout.replaceChildren(
      make("span", "tagcat-quiet", { text: `${label} ` }),
      make("strong", "", { text: value }),
      make("span", "tagcat-quiet", { text: said && " · " }),
      make("strong", "", { text: said }),
    );
    const stored = model.get("stored");
    const change = changed(model.get("counts"), value, stored, cumulative, noun);
    const chance = model.get("chance")[value];
    const more = [change, chance && `${chance} expected to be chance`].filter(Boolean);
    told.textContent = more.join(" · ");
    told.hidden = more.length === 0;
    input.setAttribute("aria-valuetext", [`${label} ${value}`, said, ...more].filter(Boolean).join(", "));
    slider.style.setProperty("--tc-share", String(input.max === "0" ? 0 : value / Number(input.max)));
    for (const [index, column] of [...bars.children].entries()) {
      column.classList.toggle("tagcat-in", cumulative ? index <= value : index === value);
      const compared = cumulative && stored !== null;
      column.classList.toggle("tagcat-gained", compared && index > stored && index <= value);
      column.classList.toggle("tagcat-lost", compared && index <= stored && index > value);
    }
    for (const [index, tick] of [...ticks.children].entries()) {
      tick.classList.toggle("tagcat-in", index === value);
      tick.classList.toggle("tagcat-stored", index === stored);
    }
  }

  const shape = () => {
    const maximum = model.get("maximum");
    const counts = model.get("counts").slice(0, maximum + 1);
    const largest = Math.max(0, ...counts);
    const distances = [...Array(maximum + 1).keys()];
    slider.style.setProperty("--tc-columns", String(maximum + 1));
    bars.replaceChildren(
      ...distances.map((distance) => {
        const count = counts[distance];
        const bar = make("div", "tagcat-slider-bar");
        bar.style.height = `${barHeight(count ?? 0, largest)}%`;
        const title = count === undefined ? "" : counted(count, model.get("noun"));
        const column = make("div", "tagcat-slider-column", { title: `${distance}: ${title}` }, bar);
        column.addEventListener("click", () => {
          if (input.disabled) return;
          input.valueAsNumber = distance;
          paint();
          send();
        });
        return column;
      }),
    );
    ticks.replaceChildren(...distances.map((distance) => make("span", "", { text: distance })));
    caption.textContent = model.get("caption") || model.get("label");
    input.max = String(maximum);
    input.disabled = model.get("disabled");
    input.value = String(model.get("value"));
    paint();
  };
  const take = () => {
    // An echo of an older value must not pull the thumb back while it is being dragged.
    if (!dragging) input.value = String(model.get("value"));
    paint();
  };

  let dragging = false;
  input.addEventListener("pointerdown", () => {
    dragging = true;
  });
  for (const end of ["pointerup", "pointercancel", "change"]) {
    input.addEventListener(end, () => {
      dragging = false;
      send.flush();
    });
  }
  input.addEventListener("input", () => {
    paint();
    send();
  });

  const unfollow = follow(
    model,
    [["maximum", "counts", "noun", "label", "caption", "cumulative", "stored", "chance", "disabled"], shape],
    [["value"], take],
  );
  shape();
  return () => {
    send.flush();
    unfollow();
  };
};

export default { render };
