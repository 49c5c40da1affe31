import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Inbox, LOOK_MS } from '../../../src/start/watching/inbox.js';

let folder: string;
let now: number;
let inbox: Inbox;
beforeEach(() => begin());
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function begin(): void {
  folder = mkdtempSync(join(tmpdir(), 'mortar-inbox-'));
  now = 0;
  inbox = new Inbox(folder, () => now);
}

/** The names of what is ready at the next look. */
async function look(): Promise<string[]> {
  now += LOOK_MS;
  return (await inbox.ready()).map((path) => basename(path));
}

function write(name: string, content = 'a\n1\n'): void {
  writeFileSync(join(folder, name), content);
}

describe('a file is ready', () => {
  it('when two looks in a row have found it the same, once', async () => {
    write('a.csv');
    expect([await look(), await look(), await look(), await look()]).toEqual([[], ['a.csv'], [], []]);
  });

  it('when nobody writes it any more', async () => {
    write('a.csv');
    for (let piece = 0; piece < 5; piece += 1) {
      expect(await look()).toEqual([]);
      appendFileSync(join(folder, 'a.csv'), `${piece}\n`);
    }
    expect([await look(), await look()]).toEqual([[], ['a.csv']]);
  });

  it('no sooner than after a while, however often somebody asks', async () => {
    write('a.csv');
    await look();
    expect(await inbox.ready()).toEqual([]);
    expect(await look()).toEqual(['a.csv']);
  });

  it('again when it has changed, or another one of that size has taken its place', async () => {
    write('a.csv', 'a\n1\n');
    write('other.part', 'a\n2\n');
    await look();
    expect(await look()).toEqual(['a.csv']);
    renameSync(join(folder, 'other.part'), join(folder, 'a.csv'));
    expect([await look(), await look()]).toEqual([[], ['a.csv']]);
  });

  it('again when it was gone and is back', async () => {
    write('a.csv');
    await look();
    expect(await look()).toEqual(['a.csv']);
    rmSync(join(folder, 'a.csv'));
    expect(await look()).toEqual([]);
    expect(inbox.has(join(folder, 'a.csv'))).toBe(false);
    write('a.csv');
    expect([await look(), await look()]).toEqual([[], ['a.csv']]);
  });

  it('with hundreds of others, in their order', async () => {
    const names = Array.from({ length: 700 }, (_, place) => `f${String(place).padStart(3, '0')}.csv`);
    for (const name of names.toReversed()) write(name);
    expect([await look(), await look(), await look()]).toEqual([[], names, []]);
  });
});

describe('what is no table', () => {
  it('is never ready: other endings, folders, and what was removed meanwhile', async () => {
    write('notes.docx');
    write('a.csv.part');
    mkdirSync(join(folder, 'folder.csv'));
    write('soon-gone.csv');
    expect(await look()).toEqual([]);
    rmSync(join(folder, 'soon-gone.csv'));
    expect([await look(), await look()]).toEqual([[], []]);
  });
});

describe('a directory that is gone', () => {
  it('and comes back has what it had, and nothing of that is ready again', async () => {
    write('a.csv');
    await look();
    expect(await look()).toEqual(['a.csv']);
    renameSync(folder, `${folder}-elsewhere`);
    expect([await look(), await look()]).toEqual([[], []]);
    renameSync(`${folder}-elsewhere`, folder);
    write('b.csv');
    expect([await look(), await look(), await look()]).toEqual([[], ['b.csv'], []]);
  });
});

type Step = readonly ['write' | 'append' | 'remove' | 'look', number];

it('whatever happens, each state of a file that lasts is ready once, and none that is still written', async () => {
  const step = fc.tuple(fc.constantFrom('write', 'append', 'remove', 'look', 'look'), fc.nat(3));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      rmSync(folder, { recursive: true, force: true });
      begin();
      await holds(steps);
    }),
    { numRuns: 60 },
  );
});

/** Does the steps beside a plain account of which file has lain still for how many looks. */
async function holds(steps: readonly Step[]): Promise<void> {
  const still = new Map<string, number>();
  let size = 0;
  for (const [kind, file] of steps) {
    const name = `${file}.csv`;
    size += 1;
    if (kind === 'write') write(name, `a\n${'1\n'.repeat(size)}`);
    if (kind === 'append' && still.has(name)) appendFileSync(join(folder, name), '2\n');
    if (kind === 'remove') rmSync(join(folder, name), { force: true });
    if (kind === 'remove') still.delete(name);
    if (kind === 'write' || (kind === 'append' && still.has(name))) still.set(name, 0);
    if (kind !== 'look') continue;
    const wanted = [...still].filter(([, looks]) => looks === 1).map(([one]) => one);
    expect((await look()).sort()).toEqual(wanted.sort());
    for (const [one, looks] of still) still.set(one, looks + 1);
  }
}
