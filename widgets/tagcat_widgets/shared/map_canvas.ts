// Paints a map of dots: what is not selected first, paler where something is, then the selection on top,
// rings around the dots that are looked at, and the line that is being drawn.

export interface Painting {
  /** Size in CSS pixels. */
  width: number;
  height: number;
  /** Pixels x, y of each dot. */
  dots: Float32Array;
  /** The dots of each cluster, as indices. */
  members: readonly (readonly number[])[];
  /** Whether each dot is selected. */
  chosen: readonly boolean[];
  /** Dots with a ring around them; −1 is none. */
  rings: readonly number[];
  /** Corners x, y of the line that is being drawn. */
  line: readonly number[];
}

// Okabe and Ito's colours for all kinds of sight and six between them, then the same as other shapes.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#8c6d31", "#7b68c8"];
COLOURS.push("#b0a800", "#c0392b", "#17a2a2", "#6b7785");

/** Returns the colour of a cluster; beyond the last colour they begin again, in another shape. */
export function colourOf(cluster: number): string {
  return COLOURS[cluster % COLOURS.length] as string;
}

/** Returns the shape of a cluster's dots: 0 a circle, 1 a square, 2 a diamond. */
export function shapeOf(cluster: number): number {
  return Math.floor(cluster / COLOURS.length) % 3;
}

/** Adds a dot's outline to the path. */
function outline(pen: CanvasRenderingContext2D, shape: number, x: number, y: number, size: number): void {
  if (shape === 0) {
    pen.moveTo(x + size, y);
    pen.arc(x, y, size, 0, 2 * Math.PI);
  } else if (shape === 1) pen.rect(x - size, y - size, 2 * size, 2 * size);
  else {
    pen.moveTo(x, y - 1.3 * size);
    pen.lineTo(x + 1.3 * size, y);
    pen.lineTo(x, y + 1.3 * size);
    pen.lineTo(x - 1.3 * size, y);
    pen.closePath();
  }
}

/** Paints everything anew; where there is no canvas to paint on, nothing. */
export function paint(canvas: HTMLCanvasElement, map: Painting): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const { dots, width, height } = map;
  const sharp = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
  }
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.clearRect(0, 0, width, height);
  const ink = getComputedStyle(canvas).color;
  const count = dots.length / 2;
  const size = count > 5_000 ? 3 : count > 500 ? 4.5 : 6;
  const some = map.chosen.includes(true);
  for (const turn of [false, true]) {
    pen.globalAlpha = turn || !some ? 0.85 : 0.22;
    for (const [cluster, of] of map.members.entries()) {
      pen.beginPath();
      for (const at of of) {
        if (map.chosen[at] !== turn) continue;
        outline(pen, shapeOf(cluster), dots[2 * at] as number, dots[2 * at + 1] as number, size);
      }
      pen.fillStyle = colourOf(cluster);
      pen.fill();
      if (!turn) continue;
      pen.lineWidth = 1.2;
      pen.strokeStyle = ink;
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = ink;
  pen.lineWidth = 2;
  for (const at of new Set(map.rings)) {
    if (at < 0 || at >= count) continue;
    pen.beginPath();
    pen.arc(dots[2 * at] as number, dots[2 * at + 1] as number, size + 5, 0, 2 * Math.PI);
    pen.stroke();
  }
  if (map.line.length > 2) drawLine(pen, map.line, ink);
}

function drawLine(pen: CanvasRenderingContext2D, line: readonly number[], ink: string): void {
  pen.beginPath();
  for (let at = 0; at < line.length; at += 2) pen.lineTo(line[at] as number, line[at + 1] as number);
  pen.closePath();
  pen.globalAlpha = 0.1;
  pen.fillStyle = ink;
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 1.5;
  pen.setLineDash([5, 4]);
  pen.stroke();
  pen.setLineDash([]);
}
