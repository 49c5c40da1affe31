const HIGH_OR_LOW_SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Cs}/u;

/** Whether a text holds half of a surrogate pair, which UTF-8 cannot say. */
export function hasLoneSurrogate(text: string): boolean {
  return HIGH_OR_LOW_SURROGATE.test(text) && LONE_SURROGATE.test(text);
}

/** The bytes of a text in UTF-8; past `limit` it stops counting and answers with anything greater. */
export function utf8Bytes(text: string, limit: number): number {
  const { length } = text;
  // A UTF-16 unit takes between one and three bytes, so most texts need no count.
  if (length > limit || length * 3 <= limit) return length;
  let bytes = length;
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Each half of a pair takes two of its four bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
    if (bytes > limit) return bytes;
  }
  return bytes;
}
