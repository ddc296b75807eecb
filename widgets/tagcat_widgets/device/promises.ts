// How long a file says it is: Matroska and WebM promise their size in their first bytes. Their readers take
// the end of the file for the end of the film, even where half of it is missing (tagcat_kernel/media/promises.py).

const HEAD = 4096; // first bytes of a file that hold the promise
const EBML = [0x1a, 0x45, 0xdf, 0xa3];
const SEGMENT = [0x18, 0x53, 0x80, 0x67];

/** Tells whether a file is shorter than its first bytes promise. */
export async function breaksOff(file: Blob): Promise<boolean> {
  const promised = promisedSize(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
  return promised !== undefined && file.size < promised;
}

/** Returns the size in bytes that the beginning of a file promises, undefined if it promises nothing. */
export function promisedSize(head: Uint8Array): number | undefined {
  if (!startsWith(head, 0, EBML)) return undefined;
  const header = numberAt(head, EBML.length);
  if (!header) return undefined;
  const start = header.value + header.end;
  if (!startsWith(head, start, SEGMENT)) return undefined;
  const segment = numberAt(head, start + SEGMENT.length);
  return segment && segment.value + segment.end;
}

/** Returns EBML's variable-length number and where it ends, undefined if it is unknown or cut off. */
function numberAt(data: Uint8Array, at: number): { value: number; end: number } | undefined {
  const first = data[at];
  if (!first) return undefined;
  const length = Math.clz32(first) - 23; // its leading zero bits tell how many bytes follow the first
  if (at + length > data.length) return undefined;
  let value = first & (0xff >> length);
  let unknown = value === 0xff >> length;
  for (const byte of data.subarray(at + 1, at + length)) {
    value = value * 256 + byte;
    unknown &&= byte === 0xff;
  }
  return unknown ? undefined : { value, end: at + length };
}

function startsWith(data: Uint8Array, at: number, start: number[]): boolean {
  return start.every((byte, index) => data[at + index] === byte);
}
