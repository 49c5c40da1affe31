import assert from 'node:assert/strict';
import { ANY_VERSION, getOrThrow, NEW_ENTITY } from '../../../patterns/index.js';
import { fill, held, refuses, type SubjectCase, specimen } from './subject.js';

/** What is read is what was saved, and nobody's to share. */
export const readingCases: readonly SubjectCase[] = [
  {
    name: 'an entity that was never saved is not there',
    run: async (repository) => {
      assert.equal(await repository.get('a'), undefined);
      assert.equal(await repository.exists('a'), false);
      await refuses(getOrThrow(repository, 'a'), 'MORTAR_ENTITY_MISSING');
    },
  },
  {
    name: 'an entity comes back as it was saved, with its version',
    run: async (repository) => {
      const entity = specimen('a', { note: 'under a stone', isRare: true, weight: 2.5 });
      const version = await repository.save(entity, NEW_ENTITY);
      assert.deepEqual(await repository.get('a'), { entity, version });
      assert.deepEqual(await getOrThrow(repository, 'a'), { entity, version });
      assert.equal(await repository.exists('a'), true);
    },
  },
  {
    name: 'ids are told apart to the letter',
    run: async (repository) => {
      const ids = [
        'a',
        'A',
        'a ',
        ' a',
        'ä',
        'a\u0308',
        'a%',
        '_',
        "a'b",
        '__proto__',
        'constructor',
        '😀',
        '1',
      ];
      await fill(
        repository,
        ids.map((id, weight) => specimen(id, { weight })),
      );
      for (const [weight, id] of ids.entries())
        assert.equal((await held(repository, id)).entity.weight, weight);
      assert.equal(await repository.count(), ids.length);
    },
  },
  {
    name: 'texts come back to the letter',
    run: async (repository) => {
      const note = `' " \\ \n \t % _ $1 \u2028 é e\u0301 😀 ${'x'.repeat(10_000)}`;
      await repository.save(specimen('a', { note }), NEW_ENTITY);
      assert.equal((await held(repository, 'a')).entity.note, note);
    },
  },
  {
    name: 'nothing, an empty text and an absent field are told apart',
    run: async (repository) => {
      await fill(repository, [specimen('a', { note: null }), specimen('b', { note: '' }), specimen('c')]);
      assert.equal((await held(repository, 'a')).entity.note, null);
      assert.equal((await held(repository, 'b')).entity.note, '');
      assert.equal(Object.hasOwn((await held(repository, 'c')).entity, 'note'), false);
    },
  },
  {
    name: 'data that JSON has no form for comes back as it was',
    needs: 'data beyond JSON',
    run: async (repository) => {
      const more = { map: new Map([[1, new Set(['x'])]]), bytes: new Uint8Array([0, 255]), zero: -0 };
      const entity = specimen('a', { foundAt: new Date(1_234), serial: 2n ** 70n, more });
      await repository.save(entity, NEW_ENTITY);
      assert.deepEqual((await held(repository, 'a')).entity, entity);
    },
  },
  {
    name: 'a field named __proto__ is data like any other',
    run: async (repository) => {
      const more: unknown = JSON.parse('{"__proto__":{"isRare":true}}');
      await repository.save(specimen('a', { more }), NEW_ENTITY);
      assert.deepEqual((await held(repository, 'a')).entity.more, more);
    },
  },
  {
    name: 'what becomes of an entity after its save does not reach the repository',
    run: async (repository) => {
      const entity = specimen('a');
      const saving = repository.save(entity, NEW_ENTITY);
      entity.places[0]?.depths.push(3);
      await saving;
      entity.places.length = 0;
      assert.deepEqual((await held(repository, 'a')).entity, specimen('a'));
    },
  },
  {
    name: 'what becomes of an entity after it was read does not reach the repository',
    run: async (repository) => {
      await repository.save(specimen('a'), NEW_ENTITY);
      (await held(repository, 'a')).entity.places[0]?.depths.push(3);
      (await repository.find()).items[0]?.entity.places.pop();
      assert.deepEqual((await held(repository, 'a')).entity, specimen('a'));
      assert.deepEqual((await repository.find()).items[0]?.entity, specimen('a'));
    },
  },
  {
    name: 'two reads share nothing',
    run: async (repository) => {
      await repository.save(specimen('a'), ANY_VERSION);
      const [one, other] = [await held(repository, 'a'), await held(repository, 'a')];
      one.entity.places.pop();
      assert.deepEqual(other.entity, specimen('a'));
    },
  },
];
