import type { ClientOf } from 'mortar';
import { type Datasets, MOST_VALUES } from '../../data-quality/contract.js';
import type { Column } from '../domain/detector.js';

type Source = ClientOf<typeof Datasets>;

const MOST_COLUMNS = 100;

/** Reads columns of numbers, page by page, into memory that threads can share. */
export async function readNumbers(
  source: Source,
  datasetId: string,
  names: readonly string[],
  rows: number,
): Promise<readonly Column[]> {
  const columns = names.map((name) => ({ name, values: sharedColumn(rows) }));
  for (const part of partsOf(names)) {
    const targets = columns.filter(({ name }) => part.includes(name));
    await forEachPage(part.length, rows, async (offset, limit) => {
      const page = await source.numbers({ datasetId, columns: part, offset, limit });
      page.columns.forEach((bytes, index) => {
        // The bytes may begin anywhere in their buffer, and doubles may not.
        const numbers = new Float64Array(bytes.slice().buffer, 0, bytes.byteLength >>> 3);
        targets[index]?.values.set(numbers.subarray(0, rows - offset), offset);
      });
    });
  }
  return columns;
}

/** Reads one column of texts. */
export async function readTexts(
  source: Source,
  datasetId: string,
  name: string,
  rows: number,
): Promise<readonly (string | null)[]> {
  const texts: (string | null)[] = [];
  await forEachPage(1, rows, async (offset, limit) => {
    const page = await source.texts({ datasetId, columns: [name], offset, limit });
    for (const text of page.columns[0] ?? []) texts.push(text);
  });
  return texts.slice(0, rows);
}

/** `NaN` until it is read, as what is missing. */
function sharedColumn(rows: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(rows * Float64Array.BYTES_PER_ELEMENT)).fill(Number.NaN);
}

function partsOf(names: readonly string[]): string[][] {
  const count = Math.ceil(names.length / MOST_COLUMNS);
  return Array.from({ length: count }, (_, part) =>
    names.slice(part * MOST_COLUMNS, (part + 1) * MOST_COLUMNS),
  );
}

async function forEachPage(
  columns: number,
  rows: number,
  read: (offset: number, limit: number) => Promise<void>,
): Promise<void> {
  const size = Math.floor(MOST_VALUES / columns);
  for (let offset = 0; offset < rows; offset += size) await read(offset, Math.min(size, rows - offset));
}
