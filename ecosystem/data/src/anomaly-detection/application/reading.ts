import type { ClientOf } from 'mortar';
import type { Datasets } from '../../data-quality/contract.js';
import type { Column } from '../domain/detector.js';

type Source = ClientOf<typeof Datasets>;

/** Reads columns of numbers, page by page, into memory that threads can share. */
export async function readNumbers(
  source: Source,
  datasetId: string,
  names: readonly string[],
  rows: number,
): Promise<readonly Column[]> {
  const columns = names.map((name) => ({ name, values: sharedColumn(rows) }));
  await forEachPage(rows, async (offset, limit) => {
    const page = await source.numbers({ datasetId, columns: [...names], offset, limit });
    const numbers = page.columns.map(doublesOf);
    columns.forEach(({ values }, index) => {
      values.set(numbers[index] ?? [], offset);
    });
    return numbers[0]?.length ?? 0;
  });
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
  await forEachPage(rows, async (offset, limit) => {
    const { columns } = await source.texts({ datasetId, columns: [name], offset, limit });
    const page = columns[0] ?? [];
    for (const text of page) texts.push(text);
    return page.length;
  });
  return texts;
}

/** The bytes may begin anywhere in their buffer, and doubles may not. */
function doublesOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}

/** `NaN` until it is read, as what is missing. */
function sharedColumn(rows: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(rows * Float64Array.BYTES_PER_ELEMENT)).fill(Number.NaN);
}

/** `read` answers with how many rows the page had, which only its owner knows before. */
async function forEachPage(
  rows: number,
  read: (offset: number, limit: number) => Promise<number>,
): Promise<void> {
  for (let offset = 0; offset < rows; ) {
    const count = await read(offset, rows - offset);
    if (count === 0) return;
    offset += count;
  }
}
