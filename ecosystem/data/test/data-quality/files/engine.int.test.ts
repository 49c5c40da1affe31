import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine, shown } from '../../../dist/data-quality/infrastructure/engine.js';
import {
  copyOf,
  identifier,
  literal,
  presentOf,
  writtenIn,
} from '../../../dist/data-quality/infrastructure/sql.js';

let folder: string;
let engine: Engine;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-engine-'));
  engine = new Engine(folder);
});
afterAll(() => {
  engine[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Text without the one character that the engine has no text with. */
const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0'));

describe('the engine', () => {
  it('works on items side by side and answers in their order', async () => {
    const items = Array.from({ length: 20 }, (_, place) => place);
    const doubled = await engine.each(undefined, items, async (session, item) => {
      // The first ones take longest.
      const [row] = await session.rows(`SELECT count(*) AS n FROM range(${(20 - item) * 100_000})`);
      return [item, Number(row?.['n'])];
    });
    expect(doubled).toEqual(items.map((item) => [item, (20 - item) * 100_000]));
    expect(await engine.each(undefined, [], () => Promise.reject(new Error('never')))).toEqual([]);
  });

  it('begins nothing more when one has failed', async () => {
    const begun: number[] = [];
    const items = Array.from({ length: 50 }, (_, place) => place);
    let failed = (): void => undefined;
    const failing = new Promise<void>((resolve) => {
      failed = resolve;
    });
    const working = engine.each(undefined, items, async (session, item) => {
      begun.push(item);
      if (item > 0) return await failing;
      return await session.run('SELECT nonsense').finally(failed);
    });
    await expect(working).rejects.toThrow(/nonsense/);
    await engine.with(undefined, (session) => session.run('SELECT 1'));
    expect(begun.length).toBeLessThan(10);
  });

  it('stops what runs when it is told to, and goes on with the next', async () => {
    const stopping = new AbortController();
    const before = process.cpuUsage().user;
    const running = engine.with(stopping.signal, (session) =>
      session.rows(
        'SELECT count(*) FROM range(3000000) a, range(3000000) b WHERE (a.range + b.range) % 7 = 9',
      ),
    );
    const ended = expect(running).rejects.toThrow(/interrupt/i);
    // It runs when it takes time of the processor.
    await expect.poll(() => process.cpuUsage().user - before, { timeout: 60_000 }).toBeGreaterThan(300_000);
    stopping.abort();
    await ended;
    const [row] = await engine.with(undefined, (session) => session.rows('SELECT 1 AS one'));
    expect(row).toEqual({ one: 1 });
  });

  it('begins no statement after it was told to stop', async () => {
    const stopping = new AbortController();
    const statements: string[] = [];
    const running = engine.with(stopping.signal, async (session) => {
      await session.run('SELECT 1');
      stopping.abort(new Error('stopped'));
      for (const kind of ['run', 'rows', 'columns'] as const)
        await session[kind]('SELECT 1').catch((error: Error) => statements.push(`${kind}: ${error.message}`));
    });
    await running;
    expect(statements).toEqual(['run: stopped', 'rows: stopped', 'columns: stopped']);
  });

  it('takes any text as a text, and any name as a name', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (value, name) => {
        fc.pre(name !== '');
        const [row] = await engine.with(undefined, (session) =>
          session.rows(`SELECT ${literal(value)} AS ${identifier(name)}`),
        );
        expect(row).toEqual({ [name]: value });
      }),
      { numRuns: 50, examples: [['', '__proto__']] },
    );
  });
});

describe('the columns of a copy', () => {
  const nothing = new Set(['', 'na', 'n/a', '#n/a', 'null', 'nil', 'nan', '?', '-', '--', '.']);
  const margins = ['', ' ', '   ', '\u{A0}', '\u{3000}', '\u{2003} '];
  const cell = fc.oneof(
    fc.constant(null),
    text,
    fc
      .tuple(
        fc.constantFrom(...margins),
        fc.constantFrom('NA', 'n/A', '-', '5', 'é', 'nano', 'x y'),
        fc.constantFrom(...margins),
      )
      .map((parts) => parts.join('')),
  );

  it('give back what is written, and the value without blanks around it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 30 }), async (cells) => {
        const rows = cells.map((one, row) => `(${row}, ${one === null ? 'NULL::VARCHAR' : literal(one)})`);
        const copied = copyOf(`(VALUES ${rows.join(', ')}) t(n, c)`, [
          { name: 'n', text: 'CAST(n AS VARCHAR)' },
          { name: 'c', text: 'c' },
        ]);
        const found = await engine.with(undefined, (session) =>
          session.rows(`SELECT ${writtenIn('c')} AS written, ${presentOf('c')} AS present FROM (${copied})
            ORDER BY CAST(${presentOf('n')} AS INTEGER)`),
        );
        expect(found).toEqual(cells.map((written) => ({ written, present: presentOfCell(written) })));
      }),
      { numRuns: 60 },
    );
  });

  function presentOfCell(written: string | null): string | null {
    const trimmed = written?.replace(/^\p{Zs}+|\p{Zs}+$/gu, '') ?? null;
    return trimmed === null || nothing.has(trimmed.toLowerCase()) ? null : trimmed;
  }
});

describe('a value that is shown', () => {
  it('is short, and moves no cursor', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
        const text = shown(value);
        expect([...text].length).toBeLessThanOrEqual(80);
        expect(text).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
