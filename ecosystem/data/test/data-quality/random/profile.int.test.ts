import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnDetails } from '../../../dist/data-quality/contract/report.js';
import { Bench } from '../inspecting.js';
import { numberOf, plainNotes, plainProfile } from './plain-profile.js';
import { csvOf, presentIn, randomColumns } from './table.js';

const RUNS = 40;

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

/** Sums are compared to a thousandth: the engine adds in another order, and keeps ten digits. */
function near({ quantiles, mean, deviation, ...rest }: Omit<ColumnDetails, 'name' | 'notes'>) {
  const close = (value: number | null) => (value === null ? null : expect.closeTo(value, 3));
  return {
    ...rest,
    quantiles: quantiles?.map((value) => expect.closeTo(value, 2)) ?? null,
    mean: close(mean),
    deviation: close(deviation),
  };
}

describe('the profile of any table', () => {
  it('is what a plain computation comes to', async () => {
    await fc.assert(
      fc.asyncProperty(randomColumns, async (columns) => {
        const report = await bench.report('random.csv', csvOf(columns.map(({ cells }) => cells)));
        expect(report.rows).toBe(columns[0]?.cells.length);
        const found = report.columns.slice(1).map(({ name: _, notes: __, ...details }) => details);
        expect(found).toEqual(columns.map((column) => near(plainProfile(column))));
        expect(report.columns.slice(1).map(({ notes }) => notes)).toEqual(columns.map(plainNotes));
      }),
      { numRuns: RUNS },
    );
  });

  it('is the same of the same content, to the last digit', async () => {
    await fc.assert(
      fc.asyncProperty(randomColumns, async (columns) => {
        const content = csvOf(columns.map(({ cells }) => cells));
        const [one, other] = [
          await bench.report('one.csv', content),
          await bench.report('other.csv', content),
        ];
        expect(other).toEqual(one);
      }),
      { numRuns: 10 },
    );
  });

  it('does not hang on the format that the table comes in', async () => {
    await fc.assert(
      fc.asyncProperty(randomColumns, async (columns) => {
        const csv = await bench.report('same.csv', csvOf(columns.map(({ cells }) => cells)));
        const rows = (columns[0]?.cells ?? []).map((_, row) =>
          Object.fromEntries([
            ['row', String(row)],
            ...columns.map(({ cells }, place) => [`c${place}`, cells[row] ?? '']),
          ]),
        );
        const lines = rows.map((row) => JSON.stringify(row)).join('\n');
        const ndjson = await bench.report('same.ndjson', `${lines}\n`);
        expect(ndjson.columns.map(({ name }) => name)).toEqual(csv.columns.map(({ name }) => name));
        // What is text in JSON stays as it is written, so blanks and words for nothing come through alike.
        const lasting = ({ missing, distinct, type }: ColumnDetails) => ({ missing, distinct, type });
        const texts = (all: readonly ColumnDetails[]) => all.slice(5).map(lasting);
        expect(texts(ndjson.columns)).toEqual(texts(csv.columns));
      }),
      { numRuns: 15 },
    );
  });
});

describe('the ends of a column', () => {
  it('are exact, however many digits they have', async () => {
    const numbers = fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(numbers, async (values) => {
        const report = await bench.report('ends.csv', csvOf([values.map(String)]));
        const { quantiles } = report.columns[1] ?? {};
        expect([quantiles?.[0], quantiles?.at(-1)]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('the rows of any table', () => {
  it('come in pages of any size as they are written, and as numbers', async () => {
    await fc.assert(
      fc.asyncProperty(randomColumns, fc.integer({ min: 1, max: 70 }), async (columns, limit) => {
        const path = bench.write('pages.csv', csvOf(columns.map(({ cells }) => cells)));
        const report = await bench.assess(path);
        const source = await bench.look(path);
        if (typeof report === 'string' || typeof source === 'string') throw new TypeError('It can be read.');
        const wanted = report.columns.slice(1);
        const texts = wanted.map((): (string | null)[] => []);
        const numbers = wanted.map((): number[] => []);
        for (let offset = 0; offset <= report.rows; offset += limit) {
          const page = { columns: wanted, offset, limit };
          for (const [place, values] of (await bench.inspector.texts(source, page)).entries())
            texts[place]?.push(...values);
          for (const [place, values] of (await bench.inspector.numbers(source, page)).entries())
            numbers[place]?.push(...values);
        }
        expect(texts.map((values) => values.map((value) => value ?? ''))).toEqual(
          columns.map(({ cells }) => cells),
        );
        expect(numbers).toEqual(
          columns.map(({ cells }, place) => cells.map((cell) => plainNumber(wanted[place]?.type, cell))),
        );
      }),
      { numRuns: 15 },
    );
  });
});

/** `NaN` where there is no value, or none of the type. */
function plainNumber(type: ColumnDetails['type'] = 'text', cell: string): number {
  const [value] = presentIn([cell]);
  return value === undefined ? Number.NaN : numberOf(type, value);
}
