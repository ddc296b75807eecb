// One video file to its key frames. mediabunny reads the container and drives the browser's decoder
// (WebCodecs) around its known faults; here frames become samples, hashes and key frames.
//
// Only containers that lie in one file are let in: a playlist would name other files and addresses. What does
// not decode is damage: decoding goes on at the next independent frame, and what decoded is kept.

import {
  BlobSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  IsobmffInputFormat,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  type VideoSample,
  VideoSampleSink,
  WEBM,
} from "mediabunny";
import { type Part, shownParts, whenShown } from "./edits";
import { KeyFrames } from "./keyframes";
import { FrameHasher } from "./luma";
import { breaksOff } from "./promises";
import { type Course, checkPixels, type DeviceFrame, type HashOptions, MediaError } from "./record";
import { Clock, SECOND, type Span, samplesAtEnd, samplesBetween } from "./sampling";
import { Preview } from "./thumbnail";

export interface Film {
  width: number;
  height: number;
  duration: number;
  fps: number;
  damaged: boolean;
  approximate: boolean;
  frames: DeviceFrame[];
  thumbnail?: Uint8Array<ArrayBuffer>;
}

/** Thrown where WebCodecs can't help, but the browser's player might. */
export class NeedsPlayer extends MediaError {}

/** Hashes a video file. */
export async function hashVideo(file: Blob, options: HashOptions, course: Course): Promise<Film> {
  if (typeof VideoDecoder !== "function") throw new NeedsPlayer("this browser lets pages decode no video");
  const input = new Input({
    source: new BlobSource(file),
    formats: [MP4, QTFF, MATROSKA, WEBM, MPEG_TS],
  });
  try {
    const track = await trackOf(input);
    const movie = (await input.getFormat()) instanceof IsobmffInputFormat;
    const facts = {
      rgb: (await track.getColorSpace()).matrix === "rgb",
      damaged: await breaksOff(file),
      parts: movie ? await shownParts(file, track.id) : [],
    };
    return await new Reading(track, facts, options, course).film();
  } finally {
    input.dispose();
  }
}

async function trackOf(input: Input): Promise<InputVideoTrack> {
  if (!(await input.canRead())) throw new NeedsPlayer("no video format that this browser's pages can read");
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new MediaError("no video stream");
  checkPixels(await track.getCodedWidth(), await track.getCodedHeight());
  if (!(await track.canDecode())) {
    const codec = (await track.getCodecParameterString()) ?? (await track.getCodec()) ?? "unknown";
    throw new NeedsPlayer(`this browser does not decode its codec (${codec})`);
  }
  return track;
}

/** What a file says of its stream beside what mediabunny reads. */
interface Facts {
  /** Whether its samples are RGB. */
  rgb: boolean;
  damaged: boolean;
  /** What its edit list shows. */
  parts: Part[];
}

/** A video on its way from frames to a film. */
class Reading {
  private readonly clock = new Clock();
  private readonly hasher: FrameHasher;
  private readonly keys: KeyFrames;
  private readonly preview: Preview | undefined;
  private readonly frames: DeviceFrame[] = [];
  private readonly parts: Part[];
  private damaged: boolean;
  private approximate = false;

  constructor(
    private readonly track: InputVideoTrack,
    { rgb, damaged, parts }: Facts,
    options: HashOptions,
    private readonly course: Course,
  ) {
    this.hasher = new FrameHasher({ rgb });
    this.damaged = damaged;
    this.parts = parts;
    this.keys = new KeyFrames(options.keyFrameDistance);
    this.preview = options.thumbnail ? new Preview() : undefined;
  }

  async film(): Promise<Film> {
    const usual = await usualLength(this.track);
    const length = (await this.track.getDurationFromMetadata()) ?? 0;
    let shown: { frame: VideoSample; time: number } | undefined;
    let [count, width, height] = [0, 0, 0];
    try {
      for await (const frame of this.decoded()) {
        const stamp = whenShown(this.parts, microseconds(frame.timestamp));
        if (stamp === undefined) {
          frame.close(); // cut away, and only needed to decode the rest
          continue;
        }
        const time = this.clock.next(stamp, microseconds(frame.duration) || usual);
        count += 1;
        if (shown) await this.take(shown.frame, shown.time, samplesBetween(shown.time, time));
        else [width, height] = sizeOf(frame);
        shown?.frame.close();
        shown = { frame, time };
        this.course.progress(length ? Math.min(1, time / SECOND / length) : 0);
      }
      if (!shown) throw new MediaError("not one frame decodes");
      await this.take(shown.frame, shown.time, samplesAtEnd(shown.time, this.clock.end));
    } finally {
      shown?.frame.close();
    }
    const duration = this.clock.end / SECOND;
    const thumbnail = this.preview?.jpeg;
    return {
      width,
      height,
      duration,
      fps: duration ? count / duration : SECOND / usual,
      damaged: this.damaged,
      approximate: this.approximate,
      frames: this.frames,
      ...(thumbnail && { thumbnail }),
    };
  }

  private async take(frame: VideoSample, time: number, { first, after }: Span): Promise<void> {
    if (first >= after) return;
    const { dhash, approximate } = await this.hasher.hash(frame);
    this.approximate ||= approximate;
    if (!this.keys.take(dhash)) return;
    this.frames.push({ sample: first, position: time / SECOND, dhash });
    const [width, height] = sizeOf(frame);
    await this.preview?.offer(dhash, width, height, (context) => frame.draw(context, 0, 0, width, height));
  }

  /** Yields what decodes in the order in which it is shown; after damage it goes on at the next key packet. */
  private async *decoded(): AsyncGenerator<VideoSample> {
    const decoding = await decoderOptions(this.track);
    const packets = new EncodedPacketSink(this.track);
    let from = Number.NEGATIVE_INFINITY;
    for (;;) {
      let last = from;
      try {
        for await (const frame of new VideoSampleSink(this.track, decoding).samples(from)) {
          checkPixels(frame.codedWidth, frame.codedHeight);
          last = Math.max(last, frame.timestamp);
          yield frame;
        }
        this.damaged ||= await indexGoesOn(this.track, last);
        return;
      } catch (error) {
        if (error instanceof MediaError) throw error;
        this.damaged = true;
      }
      const next = await keyPacketAfter(packets, last).catch(() => null);
      if (next === null) return;
      from = next;
    }
  }
}

/** Returns the time in seconds of the first key packet after a time, null without one. */
async function keyPacketAfter(packets: EncodedPacketSink, time: number): Promise<number | null> {
  const key = await packets.getKeyPacket(time);
  const next = key ? await packets.getNextKeyPacket(key) : await packets.getFirstKeyPacket();
  return next && next.timestamp > time ? next.timestamp : null;
}

/** Tells whether the index of an MP4 names packets behind the last frame: then the file breaks off. */
async function indexGoesOn(track: InputVideoTrack, last: number): Promise<boolean> {
  if (!((await track.input.getFormat()) instanceof IsobmffInputFormat)) return false;
  const end = await new EncodedPacketSink(track).getPacket(Number.POSITIVE_INFINITY, { metadataOnly: true });
  return end !== null && end.timestamp > last;
}

/** Software decoders hand out their planes as they are; a card's frames come back slowly or as colours. */
async function decoderOptions(track: InputVideoTrack) {
  const config = await track.getDecoderConfig();
  const software = { hardwareAcceleration: "prefer-software" } as const;
  if (!config) return {};
  const { supported } = await VideoDecoder.isConfigSupported({ ...config, ...software });
  return supported ? software : {};
}

/** Returns the length in microseconds of a frame that does not tell its own. */
async function usualLength(track: InputVideoTrack): Promise<number> {
  try {
    const { averagePacketRate } = await track.computePacketStats(100);
    return averagePacketRate > 0 ? Math.round(SECOND / averagePacketRate) : SECOND / 25;
  } catch {
    return SECOND / 25;
  }
}

/** Returns seconds in microseconds, rounded to the nearest as the kernel does. */
function microseconds(seconds: number): number {
  return Math.round(seconds * SECOND);
}

/** Returns a frame's width and height in its own pixels, the way up as shown. */
function sizeOf(frame: VideoSample): [number, number] {
  const { codedWidth, codedHeight, rotation } = frame;
  return rotation % 180 === 0 ? [codedWidth, codedHeight] : [codedHeight, codedWidth];
}
