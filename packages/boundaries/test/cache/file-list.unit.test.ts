import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileList, listBytes, type Row } from '../../src/cache/file-list.js';
import type { Stamp } from '../../src/files/project-files.js';

/** What a disk may say: no -0, which JSON does not know. */
const times = fc.double({ noNaN: true, noDefaultInfinity: true }).map((time) => time + 0);
const stamps: fc.Arbitrary<Stamp> = fc.record({
  size: fc.nat(),
  mtimeMs: times,
  ctimeMs: times,
  ino: fc.maxSafeNat(),
});
const words = fc.stringMatching(/^[\w-]{1,30}$/);
const rows: fc.Arbitrary<Row> = fc.record({
  path: fc.string({ unit: 'binary', minLength: 1 }),
  key: words,
  stamp: fc.option(stamps, { nil: undefined }),
  shape: words,
  loose: fc.option(fc.string(), { nil: undefined }),
});
const lists = fc.uniqueArray(rows, { selector: ({ path }) => path, maxLength: 20 });

it('a list is read as it was written', () => {
  fc.assert(
    fc.property(lists, (list) => {
      expect(rowsOf(new FileList(bytesOf(list), undefined))).toEqual(list);
    }),
  );
});

it('changes make the list that has these rows, also a second time', () => {
  fc.assert(
    fc.property(lists, fc.array(fc.tuple(fc.nat(), rows)), fc.nat(5), (list, edits, split) => {
      const body = bytesOf(list);
      const changed = list.length === 0 ? [] : edits.map(([at, row]) => ({ ...row, path: pathAt(list, at) }));
      const expected = new Map(list.map((row) => [row.path, row]));
      for (const row of changed) expected.set(row.path, row);
      const once = Buffer.from(new FileList(body, undefined).changedBytes(changed.slice(0, split)));
      const twice = Buffer.from(new FileList(body, once).changedBytes(changed.slice(split)));
      const found = new FileList(body, twice);
      expect(rowsOf(found)).toEqual([...expected.values()]);
      // What was changed once stays among the changes.
      const kept: { rows: Row[] } = JSON.parse(Buffer.from(found.changedBytes([])).toString('utf8'));
      expect(kept.rows.map(({ path }) => path).sort()).toEqual(
        [...new Set(changed.map(({ path }) => path))].sort(),
      );
    }),
  );
});

it('a file has only the stamp that it was written down with', () => {
  fc.assert(
    fc.property(lists, stamps, (list, other) => {
      const found = new FileList(bytesOf(list), undefined);
      for (const [number, { stamp }] of list.entries()) {
        expect(found.hasStamp(number, other)).toBe(stamp !== undefined && isSame(stamp, other));
        if (stamp !== undefined) expect(found.hasStamp(number, stamp)).toBe(true);
      }
    }),
  );
});

describe('a list', () => {
  const row: Row = { path: 'a.ts', key: 'k', stamp: undefined, shape: 's', loose: undefined };

  it('that was not kept is empty, whatever has changed in it', () => {
    const changes = Buffer.from(new FileList(bytesOf([row]), undefined).changedBytes([row]));
    const list = new FileList(undefined, changes);
    expect(list.size).toBe(0);
    expect(list.numberOf('a.ts')).toBeUndefined();
  });

  it('takes no changes of another, though it has the same files', () => {
    const changes = Buffer.from(new FileList(bytesOf([row]), undefined).changedBytes([{ ...row, key: 'x' }]));
    expect(rowsOf(new FileList(bytesOf([row]), changes))).toEqual([row]);
  });

  it('knows no file by a name that every object has', () => {
    expect(new FileList(bytesOf([row]), undefined).numberOf('constructor')).toBeUndefined();
  });
});

function isSame(one: Stamp, other: Stamp): boolean {
  return (
    one.size === other.size &&
    one.mtimeMs === other.mtimeMs &&
    one.ctimeMs === other.ctimeMs &&
    one.ino === other.ino
  );
}

function pathAt(list: readonly Row[], at: number): string {
  return list[at % list.length]?.path ?? '';
}

function bytesOf(list: readonly Row[]): Buffer {
  return Buffer.concat(listBytes(list));
}

function rowsOf(list: FileList): readonly Row[] {
  return Array.from({ length: list.size }, (_, number) => list.rowOf(number));
}
