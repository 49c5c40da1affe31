import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Source } from '../contract/source.js';
import { headOf } from './source-file.js';

const CHUNK_BYTES = 1 << 20;
const FIRST_HIGH = 0x80;
/** What Windows-1252 has from 0x80 on, where Latin-1 has nothing to print. */
const WINDOWS_LETTERS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Which text to write anew, and how. */
export interface Rewriting {
  readonly source: Pick<Source, 'path' | 'encoding'>;
  readonly target: string;
  /** Lines may end in any way, and all end in the same afterwards. */
  readonly withLineEnds: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Writes a text anew as every reader takes it: UTF-8, without a mark of byte order. */
export async function rewrite({ source, target, withLineEnds, signal }: Rewriting): Promise<void> {
  const decode = decoderOf(source.encoding, await headOf(source.path));
  const chunks = createReadStream(source.path, { highWaterMark: CHUNK_BYTES });
  async function* texts(from: AsyncIterable<Buffer>): AsyncGenerator<string> {
    let held = '';
    for await (const chunk of from) {
      const text = held + decode(chunk);
      // What ends in the first half of a line end waits for the second.
      held = withLineEnds && text.endsWith('\r') ? '\r' : '';
      const whole = text.slice(0, text.length - held.length);
      yield withLineEnds ? whole.replace(/\r\n?/g, '\n') : whole;
    }
    yield held === '' ? decode(undefined) : '\n';
  }
  await pipeline(chunks, texts, createWriteStream(target), { signal });
}

type Decode = (chunk: Buffer | undefined) => string;

function decoderOf(encoding: Source['encoding'], head: Buffer): Decode {
  if (encoding === 'latin-1') return (chunk) => ofWindows(chunk?.toString('latin1') ?? '');
  const wide = head[0] === 0xfe ? 'utf-16be' : 'utf-16le';
  const decoder = new TextDecoder(encoding === 'utf-16' ? wide : 'utf-8');
  return (chunk) => decoder.decode(chunk, { stream: chunk !== undefined });
}

/** The Web does the same: what is called Latin-1 is Windows-1252 nearly always. */
function ofWindows(text: string): string {
  return text.replace(
    /[\u0080-\u009f]/g,
    (letter) => WINDOWS_LETTERS[letter.charCodeAt(0) - FIRST_HIGH] ?? letter,
  );
}
