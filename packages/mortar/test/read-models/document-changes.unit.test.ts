import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changesByCollection,
  compareTexts,
  type DocumentChange,
  isSameCollection,
} from '../../src/read-models/index.js';

const name = fc.constantFrom('a', 'b', '😀', '\uffff');
const place = fc.record({ collection: name, tenant: fc.constantFrom('', 'acme'), key: name });
const change: fc.Arbitrary<DocumentChange> = fc.oneof(
  place.map((where): DocumentChange => ({ kind: 'remove', ...where })),
  fc.tuple(place, fc.nat(99)).map(
    ([{ collection, tenant, key }, body]): DocumentChange => ({
      kind: 'put',
      collection,
      document: { tenant, key, body: `${body}`, values: [] },
    }),
  ),
);

/** What documents come to when changes are made one after the other. */
function applied(
  changes: readonly DocumentChange[],
  to = new Map<string, string>(),
): ReadonlyMap<string, string> {
  for (const one of changes) {
    const { tenant, key } = one.kind === 'put' ? one.document : one;
    const id = JSON.stringify([one.collection, tenant, key]);
    if (one.kind === 'put') to.set(id, one.document.body);
    else to.delete(id);
  }
  return to;
}

describe('changes of documents, by collection', () => {
  it('come to the same as one after the other, each document once', () => {
    fc.assert(
      fc.property(fc.array(change), fc.array(change), (before, changes) => {
        const grouped = changesByCollection(changes).flatMap(({ collection, puts, removals }) => [
          ...removals.map((removal): DocumentChange => ({ kind: 'remove', collection, ...removal })),
          ...puts.map((document): DocumentChange => ({ kind: 'put', collection, document })),
        ]);
        const ids = grouped.map((one) => {
          const { tenant, key } = one.kind === 'put' ? one.document : one;
          return JSON.stringify([one.collection, tenant, key]);
        });
        expect(new Set(ids).size).toBe(ids.length);
        const start = () => new Map(applied(before));
        expect([...applied(grouped, start())].sort()).toEqual([...applied(changes, start())].sort());
      }),
    );
  });

  it('come in the order of the bytes of collections, tenants and keys', () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const grouped = changesByCollection(changes);
        const names = grouped.map(({ collection }) => collection);
        expect(names).toEqual([...names].sort(compareTexts));
        for (const { puts, removals } of grouped)
          for (const list of [puts, removals]) {
            const places = list.map(({ tenant, key }) => `${tenant}\0${key}`);
            expect(places).toEqual([...places].sort(compareTexts));
          }
      }),
    );
  });
});

describe('collections', () => {
  it('are the same by their fields and indexes, in their order', () => {
    const one = { name: 'x', fields: ['a', 'b'], indexes: [['a'], ['b', 'a']] };
    expect(isSameCollection(one, { ...one, name: 'y' })).toBe(true);
    expect(isSameCollection(one, { ...one, fields: ['b', 'a'] })).toBe(false);
    expect(isSameCollection(one, { ...one, indexes: [['b', 'a'], ['a']] })).toBe(false);
    expect(isSameCollection(one, { ...one, indexes: [['a'], ['b'], ['a']] })).toBe(false);
  });
});
