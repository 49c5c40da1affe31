import { WINDOW_POSITIONS } from 'mortar/delivery';
import type { Position } from 'mortar/event-store';

/** Positions beyond `low` as a bitmap in base64: bit n, the lowest of a byte first, is position low + 1 + n. */
export function aheadText(low: Position, ahead: readonly Position[]): string {
  const last = ahead.at(-1);
  if (last === undefined) return '';
  const bitmap = Buffer.alloc(Math.ceil(Math.min(last - low, WINDOW_POSITIONS) / 8));
  for (const position of ahead) {
    const bit = position - low - 1;
    bitmap[bit >>> 3] = (bitmap[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
  return bitmap.toString('base64');
}

/** The positions of a bitmap, ascending. */
export function aheadFrom(low: Position, text: string): readonly Position[] {
  const ahead: Position[] = [];
  Buffer.from(text, 'base64').forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1)
      if ((byte & (1 << bit)) !== 0) ahead.push((low + 1 + index * 8 + bit) as Position);
  });
  return ahead;
}
