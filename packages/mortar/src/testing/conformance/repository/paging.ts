import assert from 'node:assert/strict';
import { ANY_VERSION, type Find, where } from '../../../patterns/index.js';
import { fill, idsOf, refuses, type Specimen, type Subject, type SubjectCase, specimen } from './subject.js';

const HERD = Array.from({ length: 23 }, (_, index) =>
  specimen(`s${String(index).padStart(2, '0')}`, {
    weight: index % 4,
    kind: index % 2 === 0 ? 'even' : 'odd',
  }),
);

/** The ids of all pages; `between` runs after each page. */
async function walk(
  repository: Subject,
  find: Find<Specimen>,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < 100; page += 1) {
    const { items, next } = await repository.find(after === undefined ? find : { ...find, after });
    ids.push(...idsOf(items));
    if (next === undefined) return ids;
    assert.equal(items.length, find.limit ?? 100, 'a page before the last is full');
    after = next;
    await between(page);
  }
  throw new assert.AssertionError({ message: 'the pages come to an end' });
}

/** Pages go on after the last entity, whatever is written in between. */
export const pagingCases: readonly SubjectCase[] = [
  {
    name: 'pages make up the whole, each entity once, in order',
    run: async (repository) => {
      await fill(repository, HERD);
      const all = idsOf((await repository.find()).items);
      for (const limit of [1, 2, 7, 22, 23, 24, 10_000])
        assert.deepEqual(await walk(repository, { limit }), all, `pages of ${limit}`);
    },
  },
  {
    name: 'pages of every order make up the whole, also where sort keys are equal',
    run: async (repository) => {
      await fill(repository, HERD);
      const sorts: readonly NonNullable<Find<Specimen>['sort']>[] = [
        [{ by: 'weight' }],
        [{ by: 'weight', direction: 'descending' }],
        [{ by: 'kind', direction: 'descending' }, { by: 'weight' }],
        [{ by: 'note' }],
      ];
      for (const sort of sorts) {
        const whole = idsOf((await repository.find({ sort })).items);
        assert.equal(new Set(whole).size, HERD.length);
        assert.deepEqual(await walk(repository, { sort, limit: 3 }), whole);
      }
    },
  },
  {
    name: 'pages of what a specification finds',
    run: async (repository) => {
      await fill(repository, HERD);
      const ids = await walk(repository, { where: where({ kind: { eq: 'odd' } }), limit: 4 });
      assert.deepEqual(
        ids,
        HERD.filter(({ kind }) => kind === 'odd').map(({ id }) => id),
      );
    },
  },
  {
    name: 'a page of 100 unless said',
    run: async (repository) => {
      const changes = Array.from({ length: 101 }, (_, index) => specimen(String(1_000 + index)));
      await repository.saveAll(changes.map((entity) => ({ entity, expected: ANY_VERSION })));
      const { items, next } = await repository.find();
      assert.equal(items.length, 100);
      assert.equal((await repository.find(next === undefined ? {} : { after: next })).items.length, 1);
    },
  },
  {
    name: 'the last page leads nowhere, also when it is full',
    run: async (repository) => {
      await fill(repository, HERD.slice(0, 4));
      assert.equal((await repository.find({ limit: 4 })).next, undefined);
      assert.notEqual((await repository.find({ limit: 3 })).next, undefined);
    },
  },
  {
    name: 'entities that come and go between pages neither hide nor repeat those that stay',
    run: async (repository) => {
      await fill(repository, HERD);
      const staying = HERD.filter((_, index) => index % 5 !== 0);
      const ids = await walk(repository, { sort: [{ by: 'weight' }], limit: 3 }, async (page) => {
        await repository.save(specimen(`a${page}`, { weight: page % 4 }), ANY_VERSION);
        await repository.save(specimen(`z${page}`, { weight: 3 - (page % 4) }), ANY_VERSION);
        await repository.delete(`s${String(page * 5).padStart(2, '0')}`, ANY_VERSION);
      });
      assert.equal(new Set(ids).size, ids.length, 'each at most once');
      for (const { id } of staying) assert.ok(ids.includes(id), `${id} was found`);
    },
  },
  {
    name: 'pages go on where the entity that a page ended with is gone, or changed',
    run: async (repository) => {
      await fill(repository, HERD);
      const ids = await walk(repository, { limit: 2 }, async (page) => {
        const id = HERD[page * 2 + 1]?.id;
        if (id !== undefined && page % 2 === 0) await repository.delete(id, ANY_VERSION);
        else if (id !== undefined) await repository.save(specimen(id, { weight: 99 }), ANY_VERSION);
      });
      assert.deepEqual(
        ids,
        HERD.map(({ id }) => id),
      );
    },
  },
  {
    name: 'a cursor may stand in a URL',
    run: async (repository) => {
      await fill(
        repository,
        ['ä?&/+ =#😀', 'ö'].map((id) => specimen(id)),
      );
      const { next } = await repository.find({ limit: 1 });
      assert.match(next ?? '', /^[\w.~-]+$/);
    },
  },
  {
    name: 'a cursor of another order, or of nowhere, is refused',
    run: async (repository) => {
      await fill(repository, HERD);
      const { next = '' } = await repository.find({ limit: 2, sort: [{ by: 'weight' }] });
      const others: readonly Find<Specimen>[] = [
        { after: next },
        { after: next, sort: [{ by: 'weight', direction: 'descending' }] },
        { after: next, sort: [{ by: 'kind' }] },
        { after: next, sort: [{ by: 'weight' }, { by: 'kind' }] },
        ...['', 'nowhere', 'e30', 'bnVsbA', '😀', next.slice(0, -4)].map((after) => ({ after })),
      ];
      for (const find of others) await refuses(repository.find(find), 'MORTAR_OPTIONS_INVALID');
    },
  },
];
