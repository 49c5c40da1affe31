import assert from 'node:assert/strict';
import { ANY_VERSION, NEW_ENTITY } from '../../../patterns/index.js';
import { fill, held, refuses, type SubjectCase, specimen } from './subject.js';

/** Changes are made to the version that they expect, each wholly or not at all. */
export const savingCases: readonly SubjectCase[] = [
  {
    name: 'each save gives a greater version, a whole number from 1',
    run: async (repository) => {
      let last = await repository.save(specimen('a'), NEW_ENTITY);
      assert.ok(Number.isSafeInteger(last) && last >= 1, `${last} is a whole number from 1`);
      for (let weight = 2; weight < 6; weight += 1) {
        const next = await repository.save(specimen('a', { weight }), last);
        assert.ok(next > last, `${next} comes after ${last}`);
        assert.deepEqual(await repository.get('a'), { entity: specimen('a', { weight }), version: next });
        last = next;
      }
    },
  },
  {
    name: 'a save replaces all of the entity',
    run: async (repository) => {
      const version = await repository.save(specimen('a', { note: 'x', more: { deep: 1 } }), NEW_ENTITY);
      await repository.save(specimen('a'), version);
      assert.deepEqual((await held(repository, 'a')).entity, specimen('a'));
    },
  },
  {
    name: 'a save of a new entity conflicts where there is one, and changes nothing',
    run: async (repository) => {
      await repository.save(specimen('a'), NEW_ENTITY);
      await refuses(repository.save(specimen('a', { weight: 2 }), NEW_ENTITY), 'MORTAR_VERSION_CONFLICT');
      assert.deepEqual((await held(repository, 'a')).entity, specimen('a'));
    },
  },
  {
    name: 'a save conflicts with an older version, a newer one and an entity that is not there',
    run: async (repository) => {
      const first = await repository.save(specimen('a'), NEW_ENTITY);
      const second = await repository.save(specimen('a', { weight: 2 }), first);
      for (const expected of [first, second + 1])
        await refuses(repository.save(specimen('a', { weight: 3 }), expected), 'MORTAR_VERSION_CONFLICT');
      await refuses(repository.save(specimen('b'), first), 'MORTAR_VERSION_CONFLICT');
      assert.deepEqual(await repository.get('a'), { entity: specimen('a', { weight: 2 }), version: second });
      assert.equal(await repository.exists('b'), false);
    },
  },
  {
    name: 'the conflict says what was expected and what is there',
    run: async (repository) => {
      const version = await repository.save(specimen('a'), NEW_ENTITY);
      await assert.rejects(repository.save(specimen('a'), version + 7), {
        category: 'conflict',
        expected: `version ${version + 7}`,
        got: `version ${version}`,
      });
      await assert.rejects(repository.save(specimen('b'), version), { got: 'no such entity' });
    },
  },
  {
    name: 'a save that expects nothing always succeeds',
    run: async (repository) => {
      const first = await repository.save(specimen('a'), ANY_VERSION);
      const second = await repository.save(specimen('a', { weight: 2 }), ANY_VERSION);
      assert.ok(second > first);
      assert.equal((await held(repository, 'a')).entity.weight, 2);
    },
  },
  {
    name: 'a repeated save conflicts',
    run: async (repository) => {
      const version = await repository.save(specimen('a'), NEW_ENTITY);
      await repository.save(specimen('a', { weight: 2 }), version);
      await refuses(repository.save(specimen('a', { weight: 2 }), version), 'MORTAR_VERSION_CONFLICT');
    },
  },
  {
    name: 'a deleted entity is gone, and others stay',
    run: async (repository) => {
      await fill(repository, [specimen('a'), specimen('b')]);
      assert.equal(await repository.delete('a', (await held(repository, 'a')).version), true);
      assert.equal(await repository.get('a'), undefined);
      assert.equal(await repository.exists('a'), false);
      assert.equal(await repository.count(), 1);
      assert.equal(await repository.exists('b'), true);
    },
  },
  {
    name: 'a deletion that expects nothing may be repeated',
    run: async (repository) => {
      await repository.save(specimen('a'), NEW_ENTITY);
      assert.equal(await repository.delete('a', ANY_VERSION), true);
      assert.equal(await repository.delete('a', ANY_VERSION), false);
    },
  },
  {
    name: 'a deletion conflicts with another version and an entity that is not there',
    run: async (repository) => {
      const version = await repository.save(specimen('a'), NEW_ENTITY);
      await refuses(repository.delete('a', version + 1), 'MORTAR_VERSION_CONFLICT');
      await refuses(repository.delete('b', version), 'MORTAR_VERSION_CONFLICT');
      assert.equal(await repository.exists('a'), true);
    },
  },
  {
    name: 'a deleted entity can be made anew',
    run: async (repository) => {
      await repository.save(specimen('a'), NEW_ENTITY);
      await repository.delete('a', ANY_VERSION);
      await repository.save(specimen('a', { weight: 2 }), NEW_ENTITY);
      assert.equal((await held(repository, 'a')).entity.weight, 2);
    },
  },
  {
    name: 'an entity made anew has no version that it had before',
    needs: 'versions after deletion',
    run: async (repository) => {
      const before = await repository.save(specimen('a'), NEW_ENTITY);
      await repository.delete('a', before);
      const after = await repository.save(specimen('a'), NEW_ENTITY);
      assert.ok(after > before, `${after} comes after ${before}`);
      await refuses(repository.save(specimen('a', { weight: 2 }), before), 'MORTAR_VERSION_CONFLICT');
    },
  },
  {
    name: 'several are saved in one go, with their versions in order',
    run: async (repository) => {
      const version = await repository.save(specimen('a'), NEW_ENTITY);
      const versions = await repository.saveAll([
        { entity: specimen('b'), expected: NEW_ENTITY },
        { entity: specimen('a', { weight: 2 }), expected: version },
        { entity: specimen('c'), expected: ANY_VERSION },
      ]);
      const there = await Promise.all(['b', 'a', 'c'].map((id) => held(repository, id)));
      assert.deepEqual(
        versions,
        there.map((stored) => stored.version),
      );
      assert.deepEqual(await repository.saveAll([]), []);
    },
  },
  {
    name: 'of several, one that conflicts keeps all from being saved',
    run: async (repository) => {
      const version = await repository.save(specimen('a'), NEW_ENTITY);
      const changes = [
        { entity: specimen('b'), expected: NEW_ENTITY },
        { entity: specimen('c'), expected: ANY_VERSION },
        { entity: specimen('a', { weight: 2 }), expected: version + 1 },
      ] as const;
      await refuses(repository.saveAll(changes), 'MORTAR_VERSION_CONFLICT');
      await refuses(repository.saveAll(changes.toReversed()), 'MORTAR_VERSION_CONFLICT');
      assert.equal(await repository.count(), 1);
      assert.deepEqual(await repository.get('a'), { entity: specimen('a'), version });
    },
  },
  {
    name: 'of several, one that is not plain data keeps all from being saved',
    run: async (repository) => {
      const changes = [
        { entity: specimen('a'), expected: NEW_ENTITY },
        { entity: specimen('b', { more: () => 1 }), expected: NEW_ENTITY },
      ];
      await refuses(repository.saveAll(changes), 'MORTAR_CODEC_UNSUPPORTED');
      assert.equal(await repository.count(), 0);
    },
  },
];
