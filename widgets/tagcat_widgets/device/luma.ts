// A decoded video frame to its dHash: its own Y plane at full depth, wherever the browser hands it out.
//
// Streams coded in RGB (as planes G, B, R) go through the formula of images; browsers call them I444 and may
// forget the matrix that the file tells. A frame that the browser gives
// only as colours it made itself, or as no known format, is hashed from those colours and is approximate.

import type { VideoSample } from "mediabunny";
import { AreaMeans, dhashOfMeans, greyOf, type Samples, type Scale } from "./hash";
import { orientationOf } from "./orientation";

export interface FrameHash {
  dhash: string;
  approximate: boolean;
}

const FULL: Scale = { bits: 8, limited: false };
const YUV = /^(?:I4\d\dA?|NV12)(?:P(\d+))?$/;

/** Hashes frames one after the other into the same memory. */
export class FrameHasher {
  private bytes = new Uint8Array(0);

  /** `coded`: whether the file says that its samples are RGB. */
  constructor(private readonly coded: { rgb: boolean }) {}

  /** Returns the dHash of a frame as it is shown. */
  async hash(frame: VideoSample): Promise<FrameHash> {
    const { codedWidth: width, codedHeight: height, colorSpace } = frame;
    const orientation = orientationOf(frame.rotation, frame.flip);
    const means = new AreaMeans(width, height, orientation);
    const yuv = YUV.exec((frame.format ?? "").replace("AP", "P"));
    const rgb = colorSpace.matrix === "rgb" || (colorSpace.matrix === null && this.coded.rgb);
    if (yuv && !(rgb && frame.format !== "I444")) {
      const planes = await this.copy(frame);
      if (rgb) return { dhash: this.ofGbr(means, planes), approximate: false };
      const bits = Number(yuv[1] ?? 8);
      const limited = colorSpace.fullRange !== true;
      return { dhash: this.ofLuma(means, planes[0], { bits, limited }), approximate: false };
    }
    const [plane] = await this.copy(frame, { format: "RGBA" });
    return { dhash: this.ofRgba(means, plane), approximate: !rgb };
  }

  private async copy(frame: VideoSample, options?: VideoFrameCopyToOptions): Promise<PlaneLayout[]> {
    const size = frame.allocationSize(options);
    if (this.bytes.length < size) this.bytes = new Uint8Array(size);
    return frame.copyTo(this.bytes.subarray(0, size), options);
  }

  private ofLuma(means: AreaMeans, plane: PlaneLayout | undefined, scale: Scale): string {
    const { offset = 0, stride = 0 } = plane ?? {};
    const size = scale.bits > 8 ? 2 : 1;
    const samples: Samples = size === 2 ? new Uint16Array(this.bytes.buffer) : this.bytes;
    for (let y = 0; y < means.height; y++) means.add(samples, (offset + y * stride) / size);
    return dhashOfMeans(means.means(scale));
  }

  private ofGbr(means: AreaMeans, planes: PlaneLayout[]): string {
    const { width, height } = means;
    const rgba = new Uint8Array(4 * width);
    const grey = new Uint8Array(width);
    for (let y = 0; y < height; y++) {
      for (const [plane, channel] of [1, 2, 0].entries()) {
        const { offset = 0, stride = 0 } = planes[plane] ?? {};
        const at = offset + y * stride;
        for (let x = 0; x < width; x++) rgba[4 * x + channel] = this.bytes[at + x] as number;
      }
      greyOf(rgba, 0, width, grey);
      means.add(grey);
    }
    return dhashOfMeans(means.means(FULL));
  }

  private ofRgba(means: AreaMeans, plane: PlaneLayout | undefined): string {
    const { offset = 0, stride = 0 } = plane ?? {};
    const grey = new Uint8Array(means.width);
    for (let y = 0; y < means.height; y++) {
      greyOf(this.bytes, (offset + y * stride) / 4, means.width, grey);
      means.add(grey);
    }
    return dhashOfMeans(means.means(FULL));
  }
}
