// Is this file an image, a video, or nothing of ours? The kernel's own rule (tagcat_kernel/media/probe.py):
// the first bytes win, else a name is enough, so that a broken photograph is a failure to be told.

export type Kind = "image" | "video";

export const IMAGE_NAMES = new Set(
  (
    "apng avif avifs bmp cur dds dib gif hdr heic heif hif ico j2c j2k jfif jp2 jpc jpe jpeg jpf jpg jpx mpo " +
    "pam pbm pcx pfm pgm pic png pnm ppm psb psd pxm qoi ras sgi sr sun tga tif tiff webp xbm xpm"
  ).split(" "),
);
export const VIDEO_NAMES = new Set(
  (
    "3g2 3gp asf avi divx dv f4v flv h264 h265 hevc ivf m1v m2t m2ts m2v m4v mj2 mjpeg mjpg mkv mov mp4 mpe " +
    "mpeg mpg mxf nut ogv qt rm rmvb vob webm wmv y4m 264 265"
  ).split(" "),
);

const HEAD = 512; // bytes that are read to know a file by its content

const MOVIE_BOXES = new Set(["ftyp", "moov", "mdat", "wide", "skip", "free", "pnot"]);
const IMAGE_BRANDS = new Set("avif avis heic heix hevc heim heis hevm hevs mif1 msf1".split(" "));
const AUDIO_BRANDS = new Set(["M4A ", "M4B ", "M4P "]);
const IMAGE_STARTS = [
  "\xff\xd8\xff",
  "\x89PNG\r\n\x1a\n",
  "GIF87a",
  "GIF89a",
  "II*\0",
  "MM\0*",
  "II+\0",
  "MM\0+",
  "\0\0\0\x0cjP  \r\n\x87\n",
  "\xff\x4f\xff\x51",
  "qoif",
  "DDS ",
  "#?RADIANCE",
  "#?RGBE",
  "\x59\xa6\x6a\x95",
];
const VIDEO_STARTS = [
  "\x1a\x45\xdf\xa3",
  "FLV\x01",
  "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
  "\0\0\x01\xba",
  "\0\0\x01\xb3",
  "DKIF\0\0",
  ".RMF",
  "YUV4MPEG2 ",
];

/** Tells what a file is, by its first bytes, else by its name; null for what is no media. */
export async function kindOf(file: File): Promise<Kind | null> {
  return (await kindInside(file)) ?? kindOfName(file.name);
}

/** Tells what a file's name says. */
export function kindOfName(name: string): Kind | null {
  const extension = /[^./\\]\.([^.]*)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  if (IMAGE_NAMES.has(extension)) return "image";
  return VIDEO_NAMES.has(extension) ? "video" : null;
}

/** Tells what a file's first bytes say. */
export async function kindInside(file: Blob): Promise<Kind | null> {
  const bytes = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  return kindOfContent(String.fromCharCode(...bytes)); // a byte a character
}

/** Tells what the first bytes of a file say, each byte a character. */
export function kindOfContent(head: string): Kind | null {
  if (isImage(head)) return "image";
  return isVideo(head) ? "video" : null;
}

function isImage(head: string): boolean {
  const [box, brand] = [head.slice(4, 8), head.slice(8, 12)];
  return (
    IMAGE_STARTS.some((start) => head.startsWith(start)) ||
    (head.startsWith("RIFF") && brand === "WEBP") ||
    (box === "ftyp" && IMAGE_BRANDS.has(brand)) ||
    isBmp(head) ||
    isPnm(head)
  );
}

function isVideo(head: string): boolean {
  const [box, brand] = [head.slice(4, 8), head.slice(8, 12)];
  const size = [0, 1, 2, 3].reduce((sum, at) => sum * 256 + code(head, at), 0);
  // Words such as "wide" stand in texts, too: there a letter stands where a box has its length.
  const sized = size < 2 ** 24 || box === "mdat" || box === "moov";
  if (MOVIE_BOXES.has(box) && !(size >= 2 && size < 8) && sized) {
    return !(box === "ftyp" && AUDIO_BRANDS.has(brand));
  }
  if (head.startsWith("OggS")) {
    return head.slice(0, 64).includes("\x80theora") || head.slice(0, 64).includes("\x01video");
  }
  // Transport streams repeat their sync byte every 188 bytes (192 with a time code before each).
  const synced = [
    [0, 188],
    [4, 192],
  ].some(([at = 0, step = 0]) => [0, 1, 2].every((packet) => head[at + packet * step] === "G"));
  const started = VIDEO_STARTS.some((start) => head.startsWith(start));
  return started || (head.startsWith("RIFF") && brand === "AVI ") || synced;
}

/** Two letters are little proof, so the next fields must make sense as well. */
function isBmp(head: string): boolean {
  const sizes = [12, 16, 40, 52, 56, 64, 108, 124];
  return (
    head.startsWith("BM") &&
    head.length > 18 &&
    sizes.includes(code(head, 14)) &&
    head.slice(15, 18) === "\0\0\0"
  );
}

function isPnm(head: string): boolean {
  return /^P[1-6][ \t\n\r\v\f]+(\d+(?=[ \t\n\r\v\f]|$)|#)/.test(head);
}

function code(head: string, at: number): number {
  return head.charCodeAt(at) || 0;
}
