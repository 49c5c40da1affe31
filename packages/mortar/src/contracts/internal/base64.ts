// A call takes a bounded number of arguments.
const CHUNK_BYTES = 8_192;

/** Bytes as base64 (RFC 4648, section 4), padded. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  }
  return btoa(binary);
}

/** The bytes of a base64 text; `undefined` for any text that `toBase64` does not make. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text);
    // atob forgives blanks, missing padding and stray bits.
    if (btoa(binary) !== text) return undefined;
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
