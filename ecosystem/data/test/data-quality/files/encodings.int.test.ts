import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Assessment } from '../../../dist/data-quality/contract/report.js';
import { Bench } from '../inspecting.js';

const CHUNK = 1 << 20;
const MARK = '\u{FEFF}';

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

const encodings: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8 with a mark': (text) => Buffer.from(MARK + text),
  'UTF-16, low byte first': (text) => Buffer.from(MARK + text, 'utf16le'),
  'UTF-16, high byte first': (text) => Buffer.from(MARK + text, 'utf16le').swap16(),
};

/** What a report says of values, without what was borne with. */
function valuesIn({ rows, columns, findings }: Assessment) {
  return { rows, columns, findings };
}

const table = 'name,town,n\nJosé,München,1\nŁukasz,"Łódź, Polska",2\n😀,"測試\n2",3\n';
const list = JSON.stringify([{ name: 'José', town: 'Łódź' }, { name: '😀' }]);
const lines = '{"name":"José"}\n{"name":"測試","n":1}\n';

describe('a text is the same in any encoding:', () => {
  it.each(
    Object.keys(encodings).flatMap((encoding) => [
      [encoding, 'csv', table],
      [encoding, 'json', list],
      [encoding, 'ndjson', lines],
    ]),
  )('%s, %s', async (encoding, ending, text) => {
    const plain = await bench.report(`plain.${ending}`, text);
    const encoded = await bench.report(`encoded.${ending}`, encodings[encoding]?.(text) ?? '');
    expect(valuesIn(encoded)).toEqual(valuesIn(plain));
    expect(encoded.notes).toEqual([]);
  });

  it('with letters that lie over the end of a piece', async () => {
    const text = `a\n${'x'.repeat(CHUNK - 9)}😀é\nüü\n`;
    const plain = await bench.report('long.csv', text);
    for (const [name, encode] of Object.entries(encodings))
      expect(valuesIn(await bench.report('long-encoded.csv', encode(text))), name).toEqual(valuesIn(plain));
  });

  it('whatever its letters are', async () => {
    const cell = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 6 }), async (cells) => {
        const rows = cells.map((value) => JSON.stringify({ value }));
        const text = `[${rows.join(',')}]`;
        const plain = await bench.report('any.json', text);
        for (const [name, encode] of Object.entries(encodings))
          expect(valuesIn(await bench.report('any-encoded.json', encode(text))), name).toEqual(
            valuesIn(plain),
          );
      }),
      { numRuns: 15 },
    );
  });
});

describe('what is no UTF-8 is read as Windows-1252, and says so:', () => {
  // Of these two letters, Latin-1 has one.
  const bytes = (text: string) =>
    Buffer.from(text.replaceAll('€', '\u0080').replaceAll('–', '\u0096'), 'latin1');

  it.each([
    ['csv', 'price\nüber 5 € – 7 €\nx\n'],
    ['json', '[{"price":"über 5 € – 7 €"},{"price":"x"}]'],
    ['ndjson', '{"price":"über 5 € – 7 €"}\n{"price":"x"}\n'],
  ])('%s', async (ending, text) => {
    const report = await bench.report(`windows.${ending}`, bytes(text));
    expect(report.columns[0]?.frequent.map(({ value }) => value)).toEqual(['x', 'über 5 € – 7 €']);
    expect(report.notes).toEqual([expect.stringMatching(/Windows-1252/)]);
  });
});

describe('lines that end in several ways', () => {
  const ends = ['\n', '\r\n', '\r'] as const;

  it('are lines, and that is noted', async () => {
    const plain = await bench.report('plain.csv', 'a,b\n1,x\n2,y\n3,z\n');
    const mixed = await bench.report('mixed.csv', 'a,b\r\n1,x\n2,y\r3,z\r\n');
    expect(valuesIn(mixed)).toEqual(valuesIn(plain));
    expect(mixed.notes).toEqual(['Its lines end in several ways.']);
  });

  it('are lines even where the first megabytes end in one way', async () => {
    const report = await bench.report('late.csv', `a,b\n${'1,x\n'.repeat(CHUNK)}${'2,y\r\n'.repeat(CHUNK)}`);
    expect(report.rows).toBe(2 * CHUNK);
    expect(report.columns.map(({ distinct }) => distinct)).toEqual([2, 2]);
  });

  it('come to the same however they end', async () => {
    const end = fc.constantFrom(...ends);
    await fc.assert(
      fc.asyncProperty(fc.array(end, { minLength: 3, maxLength: 8 }), async (chosen) => {
        const rows = chosen.map((_, row) => (row === 0 ? 'a,b' : `${row},x${row}`));
        const plain = await bench.report('ends.csv', `${rows.join('\n')}\n`);
        const text = rows.map((row, place) => row + chosen[place]).join('');
        expect(valuesIn(await bench.report('ends-mixed.csv', text)), JSON.stringify(text)).toEqual(
          valuesIn(plain),
        );
      }),
      { numRuns: 25 },
    );
  });
});
