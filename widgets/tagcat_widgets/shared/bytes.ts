// Columns of numbers as Python sends them: the bytes of a numpy array, little-endian.

/** Returns little-endian float32 numbers, as many as asked; what is missing is 0. */
export function floats(bytes: DataView, length: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  for (let at = 0; at < Math.min(length, Math.floor(bytes.byteLength / 4)); at++) {
    out[at] = bytes.getFloat32(4 * at, true);
  }
  return out;
}

/** Returns little-endian uint16 numbers, as many as asked; what is missing is 0. */
export function numbers(bytes: DataView, length: number): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(length);
  for (let at = 0; at < Math.min(length, Math.floor(bytes.byteLength / 2)); at++) {
    out[at] = bytes.getUint16(2 * at, true);
  }
  return out;
}

/** Returns little-endian uint32 numbers, as many as asked; what is missing is 0. */
export function integers(bytes: DataView, length: number): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(length);
  for (let at = 0; at < Math.min(length, Math.floor(bytes.byteLength / 4)); at++) {
    out[at] = bytes.getUint32(4 * at, true);
  }
  return out;
}
