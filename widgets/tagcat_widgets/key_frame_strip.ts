// Key frames on a time line: a listbox whose options lie where their times are. A thumbnail stands wherever the
// one before leaves room; a frame without room is a mark, which shows its thumbnail while it is hovered, in
// focus or selected. Only what is on screen is drawn, and marks on one pixel are drawn once, so 10,000 key
// frames cost no more than a screen full. A wider line has room for more.

import type { Render } from "@anywidget/types";
import { make, root, uniqueId } from "./shared/dom";
import { counted, formatTime } from "./shared/format";
import type { Item } from "./shared/item";
import { toggle } from "./shared/selection";
import { Thumbnails } from "./shared/thumbnails";
import { follow } from "./shared/traits";
import { PAD, TimeLine } from "./strip/time_line";

interface Model {
  items: Item[];
  selected: string[];
  duration: number;
  position: number;
  empty: string;
  label: string;
}

interface Drawn {
  option: HTMLElement;
  thumb: boolean;
}

const AHEAD = 200; // px drawn beyond what is seen
const WIDEST = 256;

const render: Render<Model> = ({ model, el }) => {
  const strip = root(el, "tagcat-line");
  const id = uniqueId("line");
  const list = make("div", "tagcat-line-options", { role: "listbox", "aria-orientation": "horizontal" });
  const ticks = make("div", "tagcat-line-ticks", { "aria-hidden": "true" });
  const head = make("div", "tagcat-line-head", { "aria-hidden": "true" });
  const field = make("div", "tagcat-line-field", {}, ticks, list, head);
  const scroller = make("div", "tagcat-scroller tagcat-line-scroller", {}, field);
  const status = make("span", "tagcat-line-status tagcat-quiet tagcat-numbers", { role: "status" });
  const narrower = button("−", "Narrower");
  const wider = button("+", "Wider");
  const foot = make("div", "tagcat-line-foot", {}, status, narrower, wider);
  const empty = make("div", "tagcat-empty");
  list.tabIndex = 0;
  list.setAttribute("aria-multiselectable", "true");
  strip.append(scroller, foot, empty);

  const thumbnails = new Thumbnails(model);
  const drawn = new Map<number, Drawn>();
  let items: Item[] = [];
  let selected = new Set<string>();
  let room: { thumb: boolean; mark: boolean }[] = []; // what each frame has room for
  let focus = 0;
  let hover = -1;
  let zoom = 1;
  let now = 0;

  function button(text: string, said: string): HTMLButtonElement {
    return make("button", "tagcat-button", { type: "button", text, "aria-label": said, title: said });
  }

  const timeAt = (index: number) => items[index]?.time ?? 0;
  const seen = () => scroller.clientWidth || 800;
  const length = () => Math.max(model.get("duration"), timeAt(items.length - 1), 0.001);
  const line = () => new TimeLine(length(), Math.max(2 * PAD + 1, seen()) * zoom);
  const isChosen = (index: number) => selected.has(items[index]?.key ?? "");

  /** Decides which frames have room at this width. */
  function layout(): void {
    room = line().room(items.map((item) => item.time ?? 0));
    field.style.width = `${line().width}px`;
    for (const index of [...drawn.keys()]) erase(index);
    drawTicks();
    draw();
  }

  function drawTicks(): void {
    const whole = line();
    const { step, times } = whole.ticks(scroller.scrollLeft - AHEAD, scroller.scrollLeft + seen() + AHEAD);
    const made = times.map((time) => {
      const text = formatTime(time);
      const tick = make("span", "tagcat-line-tick", { text: step < 1 ? text : text.replace(/\.00$/, "") });
      tick.style.left = `${whole.place(time)}px`;
      return tick;
    });
    ticks.replaceChildren(...made);
  }

  function wanted(): Set<number> {
    const left = scroller.scrollLeft - AHEAD;
    const right = scroller.scrollLeft + seen() + AHEAD;
    const whole = line();
    const found = new Set<number>();
    for (const index of items.keys()) {
      const x = whole.place(timeAt(index));
      if (x < left || x > right) continue;
      if (room[index]?.thumb || room[index]?.mark || isChosen(index)) found.add(index);
    }
    if (items.length) found.add(focus); // a screen reader reads it by its id
    return found;
  }

  const raised = (index: number) => index === hover || index === focus || isChosen(index);

  function draw(): void {
    const want = wanted();
    for (const index of [...drawn.keys()]) if (!want.has(index)) erase(index);
    for (const index of [...want].sort((a, b) => a - b)) {
      const thumb = Boolean(room[index]?.thumb) || raised(index);
      if (drawn.get(index)?.thumb !== thumb) {
        erase(index);
        add(index, thumb);
      }
      style(index);
    }
    if (items.length) list.setAttribute("aria-activedescendant", `${id}-${focus}`);
    else list.removeAttribute("aria-activedescendant");
    const total = counted(items.length, "key frames");
    status.textContent = selected.size ? `${selected.size} of ${total} selected` : total;
    head.style.left = `${line().place(Math.min(now, length()))}px`;
    narrower.disabled = zoom <= 1;
    wider.disabled = zoom >= WIDEST;
  }

  function add(index: number, thumb: boolean): void {
    const item = items[index] as Item;
    const time = formatTime(timeAt(index));
    const said = item.name && item.name !== time ? `${time}, ${item.name}` : time;
    const option = make("div", "tagcat-line-frame", {
      role: "option",
      id: `${id}-${index}`,
      "aria-label": said,
      "aria-setsize": items.length,
      "aria-posinset": index + 1,
      title: said,
    });
    option.style.left = `${line().place(timeAt(index))}px`;
    if (thumb) {
      const box = make("div", "tagcat-thumb");
      const badge = make("span", "tagcat-line-time tagcat-numbers", { text: time });
      option.append(make("div", "tagcat-line-picture", {}, box, badge));
      thumbnails.attach(box, item.key);
    }
    option.append(make("span", "tagcat-line-mark"));
    option.addEventListener("click", (event) => {
      event.stopPropagation();
      choose(index, event.ctrlKey || event.metaKey || event.shiftKey);
    });
    option.addEventListener("mouseenter", () => {
      hover = index;
      draw();
    });
    option.addEventListener("mouseleave", () => {
      hover = -1;
      draw();
    });
    // In the order of their times, for who reads one after the other.
    const after = [...drawn.keys()].filter((other) => other > index).sort((a, b) => a - b)[0];
    list.insertBefore(option, after === undefined ? null : (drawn.get(after)?.option ?? null));
    drawn.set(index, { option, thumb });
  }

  function erase(index: number): void {
    const gone = drawn.get(index);
    if (!gone) return;
    drawn.delete(index);
    thumbnails.release(gone.option);
    gone.option.remove();
  }

  function style(index: number): void {
    const option = drawn.get(index)?.option;
    option?.setAttribute("aria-selected", String(isChosen(index)));
    option?.classList.toggle("tagcat-focus", index === focus);
    option?.classList.toggle("tagcat-line-raised", index === hover || index === focus);
  }

  function choose(index: number, keep: boolean): void {
    const item = items[index];
    if (!item) return;
    focus = index;
    const next = keep ? toggle(selected, item.key) : new Set([item.key]);
    const added = next.has(item.key);
    selected = next;
    share(added ? timeAt(index) : undefined);
  }

  /** Tells Python what is selected now and, where it moved, where the video should be. */
  function share(seconds?: number): void {
    model.set(
      "selected",
      items.filter((item) => selected.has(item.key)).map((item) => item.key),
    );
    if (seconds !== undefined) {
      now = seconds;
      model.set("position", seconds);
    }
    model.save_changes();
    draw();
  }

  function reveal(): void {
    const x = line().place(timeAt(focus));
    if (x - PAD < scroller.scrollLeft) scroller.scrollLeft = x - PAD;
    else if (x + PAD > scroller.scrollLeft + seen()) scroller.scrollLeft = x + PAD - seen();
  }

  function widen(factor: number): void {
    const middle = (scroller.scrollLeft + seen() / 2) / line().width;
    const before = zoom;
    zoom = Math.max(1, Math.min(WIDEST, zoom * factor));
    if (zoom === before) return;
    field.style.width = `${line().width}px`;
    scroller.scrollLeft = middle * line().width - seen() / 2;
    layout();
  }

  narrower.addEventListener("click", () => widen(0.5));
  wider.addEventListener("click", () => widen(2));
  field.addEventListener("click", (event) => {
    if (!items.length) return;
    const x = event.clientX - field.getBoundingClientRect().left;
    now = line().time(x);
    model.set("position", now);
    model.save_changes();
    draw();
  });
  scroller.addEventListener("scroll", () => {
    drawTicks();
    draw();
  });
  list.addEventListener("keydown", (event) => {
    if (!items.length) return;
    const command = event.ctrlKey || event.metaKey;
    const last = items.length - 1;
    const steps: Record<string, number> = {
      ArrowRight: focus + 1,
      ArrowLeft: focus - 1,
      Home: 0,
      End: last,
    };
    const next = steps[event.key];
    if (next !== undefined && !command) {
      focus = Math.max(0, Math.min(last, next));
      reveal();
      draw();
    } else if (event.key === "Enter" || event.key === " ") choose(focus, event.key === " ");
    else if ((event.key === "+" || event.key === "-") && !command) widen(event.key === "+" ? 2 : 0.5);
    else if (event.key === "Escape" && selected.size) {
      selected = new Set();
      share();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const take = () => {
    const kept = items[focus]?.key;
    items = model.get("items");
    selected = new Set(model.get("selected"));
    focus = Math.max(
      0,
      items.findIndex((item) => item.key === kept),
    );
    hover = -1;
    now = model.get("position");
    scroller.hidden = foot.hidden = items.length === 0;
    empty.hidden = items.length > 0;
    empty.textContent = model.get("empty");
    list.setAttribute("aria-label", model.get("label"));
    thumbnails.retry();
    layout();
  };
  const takeSelected = () => {
    const before = selected;
    selected = new Set(model.get("selected"));
    // What was selected elsewhere is brought into sight.
    const fresh = items.findIndex((item) => selected.has(item.key) && !before.has(item.key));
    if (fresh >= 0) {
      focus = fresh;
      reveal();
    }
    draw();
  };
  const takePosition = () => {
    now = model.get("position");
    head.style.left = `${line().place(Math.min(now, length()))}px`;
  };

  const unfollow = follow(
    model,
    [["items", "duration", "empty", "label"], take],
    [["selected"], takeSelected],
    [["position"], takePosition],
  );
  const resized = new ResizeObserver(() => layout());
  resized.observe(scroller);
  take();
  return () => {
    unfollow();
    resized.disconnect();
    thumbnails.close();
  };
};

export default { render };
