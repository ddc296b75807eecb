// A player: a moment of a video as a picture that the kernel decodes, or the film itself. The film's bytes come
// part by part over the widget's messages, never from an address, and live in a blob as long as the video is
// shown. A film that lies on this device is played from there. Whatever shows, `position` says where the video
// is, and is shared with Python both ways.

import type { Render } from "@anywidget/types";
import { type Kept, keptAt, NotOpenError, openKept } from "./shared/device_files";
import { make, root, throttle, uniqueId } from "./shared/dom";
import { fileName } from "./shared/file_name";
import { formatTime } from "./shared/format";
import { Thumbnails } from "./shared/thumbnails";
import { follow } from "./shared/traits";

interface Model {
  key: string;
  name: string;
  note: string;
  duration: number;
  position: number;
  playable: boolean;
  height: number;
  empty: string;
}

interface Part {
  type?: unknown;
  view?: unknown;
  key?: unknown;
  at?: number;
  size?: number;
  container?: string;
  reason?: string;
}

const PER_SECOND = 25; // moments that can be asked for
const SAME = 0.02; // s: nearer than this is the same moment
const STEP = 1; // s, by an arrow key
const KEPT = 40; // pictures; each is some 100 kB

const render: Render<Model> = ({ model, el }) => {
  const player = root(el, "tagcat-player");
  const view = uniqueId("player");
  const title = make("div", "tagcat-player-title");
  const box = make("div", "tagcat-thumb tagcat-player-picture", { "data-hold": "" });
  const film = make("video", "tagcat-player-film", { playsinline: true });
  film.hidden = true;
  const loading = make("div", "tagcat-player-loading tagcat-numbers", {
    "aria-hidden": "true",
    hidden: true,
  });
  const stage = make("div", "tagcat-player-stage", { role: "img" }, box, film, loading);
  const play = make("button", "tagcat-button tagcat-player-play", { type: "button" });
  const mute = make("button", "tagcat-button", { type: "button", text: "Mute", "aria-pressed": "false" });
  const slider = make("input", "tagcat-player-slider", {
    type: "range",
    min: 0,
    step: 1 / PER_SECOND,
    "aria-label": "Position in the video",
  });
  const clock = make("span", "tagcat-player-clock tagcat-quiet tagcat-numbers");
  const controls = make("div", "tagcat-player-controls", {}, play, slider, clock, mute);
  const note = make("div", "tagcat-player-note", { role: "note", dir: "auto" });
  const status = make("div", "tagcat-player-status tagcat-quiet", { role: "status", dir: "auto" });
  const whole = make("div", "tagcat-player-whole", {}, title, note, stage, controls, status);
  const empty = make("div", "tagcat-empty");
  player.append(whole, empty);

  const thumbnails = new Thumbnails(model, KEPT);
  let now = 0;
  let parts: DataView[] | undefined; // while the film comes
  let here = 0; // bytes of it
  let size = 0;
  let url = "";
  let shown = ""; // key of the video
  let playing = ""; // key that the film on the stage belongs to
  let kept: Kept | undefined; // its file on this device
  const unplayable = new Set<string>();

  const share = throttle(100, () => {
    model.set("position", now);
    model.save_changes();
  });

  function draw(): void {
    const duration = model.get("duration");
    slider.value = String(now);
    const said = `${formatTime(now)} of ${formatTime(duration)}`;
    slider.setAttribute("aria-valuetext", said);
    clock.textContent = `${formatTime(now)} / ${formatTime(duration)}`;
    stage.setAttribute("aria-label", `${model.get("name")} at ${formatTime(now)}`);
    if (film.hidden && shown) {
      thumbnails.attach(box, `${shown}:${Math.floor(now * PER_SECOND + 1e-6)}`);
    }
  }

  function drawPlay(): void {
    const coming = parts !== undefined;
    const percent = size ? ` ${Math.floor((100 * here) / size)} %` : "";
    loading.hidden = !coming;
    loading.textContent = `Loading the film …${percent}`;
    play.textContent = coming ? `Stop loading${percent}` : playing && !film.paused ? "Pause" : "Play";
    play.hidden = !(model.get("playable") || kept) || unplayable.has(shown);
    mute.hidden = !playing;
  }

  /** Goes to a moment that a person chose here. */
  function go(seconds: number): void {
    now = Math.max(0, Math.min(model.get("duration"), seconds));
    if (playing) film.currentTime = now;
    draw();
    share();
  }

  function ask(at: number): void {
    model.send({ type: "part", view, key: shown, at });
  }

  function stopLoading(): void {
    parts = undefined;
    here = 0;
    size = 0;
    drawPlay();
  }

  /** Takes the film from the stage; its moments show again. */
  function strike(): void {
    playing = "";
    film.pause();
    film.removeAttribute("src");
    film.load();
    if (url) URL.revokeObjectURL(url);
    url = "";
    film.hidden = true;
    box.hidden = false;
    stopLoading();
  }

  /** Plays the file of this device; what can't be opened there is asked of the kernel. */
  async function startHere(from: Kept): Promise<void> {
    try {
      const file = await openKept(from, true);
      if (parts && shown === from.key) start(file);
    } catch (error) {
      if (!parts || shown !== from.key) return;
      status.textContent = `${error instanceof NotOpenError ? error.message : "the browser can't open it"}.`;
      if (model.get("playable")) ask(0);
      else stopLoading();
    }
  }

  function start(whole: Blob): void {
    url = URL.createObjectURL(whole);
    playing = shown;
    status.textContent = "";
    stopLoading();
    film.src = url;
    film.currentTime = now;
    film.hidden = false;
    box.hidden = true;
    void run();
  }

  async function run(): Promise<void> {
    try {
      await film.play();
    } catch (error) {
      // What can't be decoded is told by the event "error"; a browser may also want one more click.
      if ((error as DOMException)?.name === "NotAllowedError") status.textContent = "Press Play once more.";
    }
    drawPlay();
  }

  play.addEventListener("click", () => {
    status.textContent = "";
    if (parts) stopLoading();
    else if (!playing) {
      parts = [];
      status.textContent = "Loading the film"; // once, for who hears it; how far it is stands on the stage
      if (kept) void startHere(kept);
      else ask(0);
    } else if (film.paused) {
      if (film.ended) go(0);
      void run();
    } else film.pause();
    drawPlay();
  });
  mute.addEventListener("click", () => {
    film.muted = !film.muted;
    mute.setAttribute("aria-pressed", String(film.muted));
  });
  slider.addEventListener("input", () => go(Number(slider.value)));
  stage.addEventListener("click", () => {
    if (playing) play.click();
  });
  slider.addEventListener("keydown", (event) => {
    // A range's own arrow keys step by one moment; with Shift, or Page Up and Down, by a second.
    const seconds: Record<string, number> = { PageUp: STEP, PageDown: -STEP };
    if (event.shiftKey) Object.assign(seconds, { ArrowRight: STEP, ArrowLeft: -STEP });
    const step = seconds[event.key];
    if (step === undefined) return;
    event.preventDefault();
    go(now + step);
  });
  film.addEventListener("timeupdate", () => {
    if (!playing || film.seeking) return;
    now = Math.min(film.currentTime, model.get("duration"));
    draw();
    share();
  });
  for (const event of ["play", "pause", "ended"]) film.addEventListener(event, drawPlay);
  film.addEventListener("error", () => {
    if (!playing) return;
    unplayable.add(shown);
    strike();
    status.textContent = "This browser can't play this format; its moments are shown as pictures.";
    draw();
  });

  const receive = (message: Part, buffers: DataView[]) => {
    if (message?.type !== "part" || message.view !== view || message.key !== shown || !parts) return;
    if (message.at !== here) return; // of a loading that was stopped
    const part = buffers[0];
    if (message.reason !== undefined || !part?.byteLength) {
      const reason = message.reason ?? "nothing came";
      status.textContent = `It can't be played here: ${reason}. Its moments are shown as pictures.`;
      stopLoading();
      return;
    }
    parts.push(part);
    here += part.byteLength;
    size = message.size ?? 0;
    const kind = message.container === "video/webm" ? message.container : "video/mp4";
    if (here >= size) start(new Blob(parts as BlobPart[], { type: kind }));
    else ask(here);
    drawPlay();
  };

  const look = async (key: string) => {
    const found = await keptAt(key);
    if (key !== shown) return;
    kept = found;
    drawPlay();
  };

  const take = () => {
    const key = model.get("key");
    if (key !== shown) {
      strike();
      shown = key;
      kept = undefined;
      void look(key);
      status.textContent = "";
      box.replaceChildren(); // another video's picture is not this one's
    }
    whole.hidden = !shown;
    empty.hidden = Boolean(shown);
    empty.textContent = model.get("empty");
    title.replaceChildren(fileName("", model.get("name")));
    note.textContent = model.get("note");
    note.hidden = !note.textContent;
    slider.max = String(model.get("duration"));
    stage.style.height = `min(${model.get("height")}px, 60vw)`;
    now = model.get("position");
    thumbnails.retry();
    draw();
    drawPlay();
  };
  const takePosition = () => {
    const there = model.get("position");
    if (Math.abs(there - now) < SAME) return;
    now = there;
    if (playing) film.currentTime = now;
    draw();
  };

  const unfollow = follow(
    model,
    [["key", "name", "note", "duration", "playable", "height", "empty"], take],
    [["position"], takePosition],
  );
  model.on("msg:custom", receive);
  take();
  return () => {
    unfollow();
    model.off("msg:custom", receive);
    share.flush();
    strike();
    thumbnails.close();
  };
};

export default { render };
