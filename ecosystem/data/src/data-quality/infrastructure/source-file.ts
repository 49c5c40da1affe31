import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Format, Source } from '../contract/source.js';

const HEAD_BYTES = 65_536;
const CHUNK_BYTES = 1 << 18;
const TAIL_BYTES = 65_536;
/** Below that, bytes stand for no letter, but for some. */
const FIRST_LETTER = 0x20;
const BLANKS: ReadonlySet<number> = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x1b]);
const MOST_STRANGE = 0.05;
const FEW = 16;

const formatsByEnding: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.parquet': 'parquet',
};

/** The first bytes of files that are often renamed. */
const magics: readonly (readonly [name: string, bytes: string])[] = [
  ['a PNG image', '89504e47'],
  ['a JPEG image', 'ffd8ff'],
  ['a ZIP archive or an Excel workbook', '504b0304'],
  ['gzip', '1f8b'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
  ['Zstandard', '28b52ffd'],
  ['a 7z archive', '377abcaf271c'],
  ['an Excel workbook of the old kind', 'd0cf11e0a1b11ae1'],
  ['a PDF', '25504446'],
  ['a program', '7f454c46'],
  ['a SQLite database', '53514c69746520666f726d6174'],
  ['Parquet', '50415231'],
];

/** How a file is now: read once from beginning to end, a piece at a time. A string says why it can't be a data set. */
export async function lookAt(path: string, signal: AbortSignal): Promise<Source | string> {
  const format = formatsByEnding[extname(path).toLowerCase()];
  try {
    const { size, isDirectory, isFile } = await kindOf(path);
    if (isDirectory) return 'It is a directory; name the files in it.';
    if (!isFile) return 'It is no regular file.';
    if (format === undefined)
      return `Its ending says nothing: ${Object.keys(formatsByEnding).join(', ')} can be read.`;
    if (size === 0) return 'It is empty.';
    const fault = await faultOfHead(path, format);
    if (fault !== undefined) return fault;
    return await readThrough(path, format, signal);
  } catch (error) {
    signal.throwIfAborted();
    return reasonOf(error);
  }
}

async function kindOf(path: string) {
  const stats = await stat(path);
  return { size: stats.size, isDirectory: stats.isDirectory(), isFile: stats.isFile() };
}

async function faultOfHead(path: string, format: Format): Promise<string | undefined> {
  const head = await headOf(path);
  const hex = head.toString('hex', 0, 16);
  const magic = magics.find(([, bytes]) => hex.startsWith(bytes));
  if (format === 'parquet') return magic?.[0] === 'Parquet' ? undefined : 'It is no Parquet file.';
  if (magic !== undefined) return `It is ${magic[0]}, whatever its ending says.`;
  if (hex.startsWith('fffe0000') || hex.startsWith('0000feff'))
    return 'It is UTF-32, which is not read: save it as UTF-8.';
  if (isBinary(head)) return 'It is binary and no text.';
  const text = textOf(head);
  if (text.trim() === '' && head.length < HEAD_BYTES) return 'It has nothing but blanks.';
  if (/^\s*<(?:!doctype html|html)\b/i.test(text)) return 'It is a web page, whatever its ending says.';
  const isTorn = format === 'json' && text.trimStart().startsWith('[') && !(await endsWith(path, ']'));
  return isTorn
    ? "It can't be read as json: the list that it is has no end, or something follows it."
    : undefined;
}

/** Text has no zero byte, and few bytes that stand for no letter. */
function isBinary(head: Buffer): boolean {
  if (isUtf16(head)) return false;
  if (head.includes(0)) return true;
  const strange = head.filter((byte) => byte < FIRST_LETTER && !BLANKS.has(byte)).length;
  return strange > FEW && strange > head.length * MOST_STRANGE;
}

function textOf(head: Buffer): string {
  if (!isUtf16(head)) return head.toString('utf8').replace(/^\u{FEFF}/u, '');
  return new TextDecoder(head[0] === 0xfe ? 'utf-16be' : 'utf-16le').decode(head);
}

/** The first bytes of a file. */
export async function headOf(path: string): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file?.close();
  }
}

/** Whether it is the last character that is no blank. */
async function endsWith(path: string, character: string): Promise<boolean> {
  const file = await open(path);
  try {
    let { size: end } = await file.stat();
    while (end > 0) {
      const start = Math.max(0, end - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      const tail = buffer.toString('latin1', 0, bytesRead).replaceAll('\0', '').trimEnd();
      if (tail !== '') return tail.endsWith(character);
      end = start;
    }
    return false;
  } finally {
    await file.close();
  }
}

/** With one buffer for all chunks: as many of their own would wait in memory for the collector. */
async function readThrough(path: string, format: Format, signal: AbortSignal): Promise<Source> {
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = format !== 'parquet';
  let bytes = 0;
  let first: Buffer | undefined;
  for await (const chunk of chunksOf(path)) {
    signal.throwIfAborted();
    first ??= Buffer.from(chunk.subarray(0, 2));
    hash.update(chunk);
    bytes += chunk.length;
    if (isUtf8) isUtf8 = canDecode(decoder, chunk, true);
  }
  if (isUtf8) isUtf8 = canDecode(decoder, undefined, false);
  const other = first !== undefined && isUtf16(first) ? 'utf-16' : 'latin-1';
  const encoding = isUtf8 || format === 'parquet' ? 'utf-8' : other;
  return { path, format, encoding, bytes, fingerprint: hash.digest('hex') };
}

/** Each is there until the next one is. */
async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function canDecode(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Buffer | undefined,
  stream: boolean,
): boolean {
  try {
    decoder.decode(chunk, { stream });
    return true;
  } catch {
    return false;
  }
}

/** With the mark of byte order that says so. */
function isUtf16(head: Buffer): boolean {
  return (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
}

/** Why the system gives no file, in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'There is no such file.';
  if (code === 'EACCES' || code === 'EPERM') return 'It may not be read.';
  if (code === 'ENOSPC') return 'The disk is full.';
  if (code === 'ELOOP') return 'It is a link that leads to itself.';
  if (code === 'ENAMETOOLONG') return 'There is no such file: the name is too long for one.';
  return error instanceof Error ? firstLineOf(error.message) : String(error);
}

function firstLineOf(message: string): string {
  return message.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
