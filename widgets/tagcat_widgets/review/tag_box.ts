// The field that a key opens to put a tag on what is in question.

import { make } from "../shared/dom";
import { tagField } from "../shared/tag_field";

export class TagBox {
  readonly element: HTMLElement;
  private readonly field;

  /** `take` hears the word; `left` hears that the field was closed. */
  constructor(
    tags: () => readonly { name: string; count: number }[],
    take: (name: string) => void,
    private readonly left: () => void,
  ) {
    this.field = tagField(tags, (name) => {
      take(name);
      this.close();
    });
    this.element = make("div", "tagcat-review-word", { hidden: true }, this.field.element);
    this.field.input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return; // the first one empties the field
      event.preventDefault();
      this.close();
    });
  }

  /** Opens the field, named `what`. */
  open(what: string): void {
    this.field.input.placeholder = what;
    this.field.input.setAttribute("aria-label", what);
    this.element.hidden = false;
    this.field.input.focus();
  }

  close(): void {
    this.element.hidden = true;
    this.left();
  }

  /** Offers the tags that there are now. */
  refresh(): void {
    if (!this.element.hidden) this.field.draw();
  }
}
