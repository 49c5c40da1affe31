import { type Position, position } from 'mortar/event-store';

/** Positions beyond `low` as a bitmap: the first bit stands for the position after it. Nothing for none. */
export function bitmapOf(low: Position, ahead: readonly Position[]): Uint8Array | null {
  const last = ahead.at(-1);
  if (last === undefined) return null;
  const bits = new Uint8Array(Math.ceil((last - low) / 8));
  for (const one of ahead) {
    const offset = one - low - 1;
    bits[offset >> 3] = (bits[offset >> 3] ?? 0) | (1 << (offset & 7));
  }
  return bits;
}

/** The positions of a bitmap, ascending. */
export function positionsOf(low: Position, bits: Uint8Array | null): readonly Position[] {
  const found: Position[] = [];
  if (bits === null) return found;
  for (const [index, byte] of bits.entries())
    for (let bit = 0; bit < 8; bit += 1)
      if ((byte & (1 << bit)) !== 0) found.push(position(low + index * 8 + bit + 1));
  return found;
}
