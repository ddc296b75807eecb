// The MD5 of a file's bytes, read piece by piece: the whole file never lies in memory. Browsers' own
// cryptography has no MD5, so hash-wasm's WebAssembly computes it.

import { createMD5 } from "hash-wasm";

/** Returns 32 hex digits; `advance` hears how many bytes are done. */
export async function md5Of(file: Blob, advance: (bytes: number) => void = () => {}): Promise<string> {
  const md5 = await createMD5();
  md5.init();
  const reader = file.stream().getReader();
  try {
    for (let bytes = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return md5.digest("hex");
      md5.update(value);
      bytes += value.byteLength;
      advance(bytes);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
