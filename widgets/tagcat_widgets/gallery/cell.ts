// One item of a gallery: its thumbnail, a round mark to select it by, and the words under it.

import { make, name } from "../shared/dom";
import { fileName } from "../shared/file_name";
import { type Item, timeOf } from "../shared/item";

export interface Cell {
  option: HTMLElement;
  thumb: HTMLElement;
  mark: HTMLElement;
}

/** Returns an item as an option; in a strip only its time stands under it. */
export function cellOf(item: Item, strip: boolean, attributes: Record<string, string | number>): Cell {
  const thumb = make("div", "tagcat-thumb");
  const time = timeOf(item);
  const mark = make("span", "tagcat-gallery-mark", { "aria-hidden": "true" });
  const caption = make("div", "tagcat-gallery-caption");
  if (strip) {
    caption.append(
      make("span", "tagcat-unseen", { text: item.name, dir: "auto" }),
      make("span", "tagcat-ellipsis tagcat-numbers", { text: time || item.detail, dir: "auto" }),
    );
  } else {
    const detail = [time, item.detail].filter(Boolean).join(" · ");
    caption.append(
      fileName("tagcat-gallery-name", item.name),
      name("tagcat-ellipsis tagcat-quiet tagcat-numbers", detail),
    );
  }
  const frame = make("div", "tagcat-gallery-frame", {}, thumb, mark);
  if (item.badge) frame.append(make("span", "tagcat-gallery-badge", { text: item.badge, dir: "auto" }));
  const title = strip ? [item.name, item.detail].filter(Boolean).join(" · ") : undefined;
  const option = make("div", "tagcat-gallery-item", { role: "option", title, ...attributes }, frame, caption);
  return { option, thumb, mark };
}
