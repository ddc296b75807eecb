// What a pointer does on a map of dots. A drag draws a line around dots, or moves the map where the person says
// so; a press that hardly moves is a click; a mouse that is not pressed only looks.

/** Where the pointer is or was, in pixels of the map. */
type Spot = [x: number, y: number];

const STILL = 4; // px that a click may shake

export interface Dragged {
  /** Whether there is anything on the map. */
  ready(): boolean;
  /** The mouse, not pressed, is here. */
  look(x: number, y: number): void;
  /** A drag goes on: the line has grown, or the map is moved by so much. */
  drag(right: number, down: number): void;
  click(x: number, y: number, event: PointerEvent): void;
  /** A line was drawn; its corners are x, y, x, y … */
  surround(line: readonly number[], event: PointerEvent): void;
  /** The drag has ended, or was given up. */
  end(): void;
}

export class MapDrag {
  /** Whether a drag moves the map instead of drawing a line. */
  moving = false;
  /** Corners x, y of the line that is being drawn. */
  line: number[] = [];
  private start: Spot | undefined;
  private last: Spot = [0, 0];
  private reach = 0; // px from the start, at most

  constructor(
    board: HTMLElement,
    private readonly canvas: HTMLElement,
    private readonly heard: Dragged,
  ) {
    board.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !heard.ready()) return;
      this.start = this.last = this.spot(event);
      this.reach = 0;
      this.line = this.moving ? [] : [...this.start];
      board.setPointerCapture?.(event.pointerId);
    });
    board.addEventListener("pointermove", (event) => {
      if (this.start) this.go(this.spot(event));
      else heard.look(...this.spot(event));
    });
    board.addEventListener("pointerup", (event) => this.up(event));
    board.addEventListener("pointercancel", () => this.cancel());
  }

  /** Gives up what is being drawn. */
  cancel(): void {
    this.start = undefined;
    this.line = [];
    this.heard.end();
  }

  /** Returns where an event is on the map. */
  spot(event: MouseEvent): Spot {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private measure([x, y]: Spot): void {
    const [fromX, fromY] = this.start as Spot;
    this.reach = Math.max(this.reach, Math.hypot(x - fromX, y - fromY));
  }

  private go(spot: Spot): void {
    const [x, y] = this.last;
    this.last = spot;
    if (!this.moving) {
      this.measure(spot);
      this.line.push(...spot);
    }
    this.heard.drag(spot[0] - x, spot[1] - y);
  }

  private up(event: PointerEvent): void {
    if (!this.start) return;
    const spot = this.spot(event);
    this.measure(spot);
    const drawn = this.line;
    this.start = undefined;
    this.line = [];
    if (this.reach <= STILL) this.heard.click(...spot, event);
    else if (!this.moving) this.heard.surround(drawn, event);
    this.heard.end();
  }
}
