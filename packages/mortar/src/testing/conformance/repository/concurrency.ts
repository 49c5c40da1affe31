import assert from 'node:assert/strict';
import { ANY_VERSION, NEW_ENTITY } from '../../../patterns/index.js';
import { held, type SubjectCase, specimen } from './subject.js';

const WRITERS = Array.from({ length: 16 }, (_, index) => index);

/** How many of several changes were made; asserts that all others conflicted. */
async function winners(changes: readonly Promise<unknown>[]): Promise<number> {
  const outcomes = await Promise.allSettled(changes);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.equal(outcome.reason?.code, 'MORTAR_VERSION_CONFLICT');
  }
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

/** Writers that know nothing of each other. */
export const concurrencyCases: readonly SubjectCase[] = [
  {
    name: 'of 16 that make one entity, one does',
    run: async (repository) => {
      const making = WRITERS.map((weight) => repository.save(specimen('a', { weight }), NEW_ENTITY));
      assert.equal(await winners(making), 1);
      assert.equal(await repository.count(), 1);
    },
  },
  {
    name: 'of 16 that save one version, one does, version after version',
    run: async (repository) => {
      await repository.save(specimen('a'), NEW_ENTITY);
      for (let round = 0; round < 5; round += 1) {
        const { version } = await held(repository, 'a');
        const saving = WRITERS.map((weight) => repository.save(specimen('a', { weight }), version));
        assert.equal(await winners(saving), 1);
        const index = (await Promise.allSettled(saving)).findIndex(({ status }) => status === 'fulfilled');
        assert.equal((await held(repository, 'a')).entity.weight, index);
      }
    },
  },
  {
    name: 'no increment of 16 counters is lost where each tries again after a conflict',
    run: async (repository) => {
      await repository.save(specimen('a', { weight: 0 }), NEW_ENTITY);
      const increment = async (): Promise<void> => {
        for (let isDone = false; !isDone; ) {
          const { entity, version } = await held(repository, 'a');
          const saving = repository.save({ ...entity, weight: entity.weight + 1 }, version);
          isDone = (await winners([saving])) === 1;
        }
      };
      await Promise.all(WRITERS.map(increment));
      assert.equal((await held(repository, 'a')).entity.weight, WRITERS.length);
    },
  },
  {
    name: 'of a save and a deletion of one version, one is made',
    run: async (repository) => {
      const version = await repository.save(specimen('a'), NEW_ENTITY);
      assert.equal(
        await winners([
          repository.save(specimen('a', { weight: 2 }), version),
          repository.delete('a', version),
        ]),
        1,
      );
    },
  },
  {
    name: 'saves of different entities do not hinder each other',
    run: async (repository) => {
      const saving = WRITERS.map((weight) => repository.save(specimen(`s${weight}`, { weight }), NEW_ENTITY));
      assert.equal(await winners(saving), WRITERS.length);
      assert.equal(await repository.count(), WRITERS.length);
    },
  },
  {
    name: 'of 16 that save the same two together, one saves both',
    run: async (repository) => {
      const saving = WRITERS.map((weight) => {
        const pair = [specimen('a', { weight }), specimen('b', { weight })];
        // Half of them the other way round, which must not make them wait for each other for ever.
        const entities = weight % 2 === 0 ? pair : pair.toReversed();
        return repository.saveAll(entities.map((entity) => ({ entity, expected: NEW_ENTITY })));
      });
      assert.equal(await winners(saving), 1);
      assert.equal((await held(repository, 'a')).entity.weight, (await held(repository, 'b')).entity.weight);
    },
  },
  {
    name: 'a reader never sees half of what is saved together',
    run: async (repository) => {
      const save = async (weight: number): Promise<unknown> =>
        repository.saveAll(
          ['a', 'b'].map((id) => ({ entity: specimen(id, { weight }), expected: ANY_VERSION })),
        );
      await save(0);
      const look = async (): Promise<void> => {
        const { items } = await repository.find();
        assert.equal(items[0]?.entity.weight, items[1]?.entity.weight);
      };
      await Promise.all(WRITERS.flatMap((weight) => [save(weight), look()]));
    },
  },
];
