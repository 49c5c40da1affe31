import { ANY_VERSION, NEW_ENTITY } from '../../../src/patterns/index.js';
import type { Specimen } from '../../../src/testing/conformance/repository.js';
import { but, type Fault, type Specimens } from './faulty-repositories.js';

/** Entities are changed by a function on their way in. */
function saving(change: (entity: Specimen) => Specimen): () => Specimens {
  return but((good) => ({
    save: async (entity, expected) => {
      // What is refused is refused before.
      await good.count();
      return good.save(typeof entity === 'object' && entity !== null ? change(entity) : entity, expected);
    },
  }));
}

/** What an adapter may do to data, to ids and to what there is at the start and at the end. */
export const faultsOfData: readonly Fault[] = [
  {
    name: 'what is not there is an empty entity',
    foundBy: 'an entity that was never saved is not there',
    make: but((good) => ({
      get: async (id) =>
        (await good.get(id)) ?? {
          entity: { id, kind: '', weight: 0, isRare: false, places: [] },
          version: 1,
        },
    })),
  },
  {
    name: 'everything is said to exist',
    foundBy: 'an entity that was never saved is not there',
    make: but((good) => ({ exists: async (id) => (await good.exists(id)) || true })),
  },
  {
    name: 'texts are normalized',
    foundBy: 'texts come back to the letter',
    make: saving((entity) =>
      typeof entity.note === 'string' ? { ...entity, note: entity.note.normalize('NFC') } : entity,
    ),
  },
  {
    name: 'texts are cut',
    foundBy: 'texts come back to the letter',
    make: saving((entity) =>
      typeof entity.note === 'string' ? { ...entity, note: entity.note.slice(0, 4_000) } : entity,
    ),
  },
  {
    name: 'an empty text is nothing',
    foundBy: 'nothing, an empty text and an absent field',
    make: saving((entity) => (entity.note === '' ? { ...entity, note: null } : entity)),
  },
  {
    name: 'an absent field is nothing',
    foundBy: 'nothing, an empty text and an absent field',
    make: saving((entity) => ({ note: null, ...entity })),
  },
  {
    name: 'nothing is an absent field',
    foundBy: 'nothing, an empty text and an absent field',
    make: saving(({ note, ...entity }) =>
      note === null || note === undefined ? entity : { ...entity, note },
    ),
  },
  {
    name: 'data is copied key by key',
    foundBy: 'a field named __proto__ is data',
    make: saving((entity) => {
      const copy: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(Object(entity.more))) copy[key] = value;
      return entity.more === undefined ? entity : { ...entity, more: copy };
    }),
  },
  {
    name: 'milliseconds of dates are lost',
    foundBy: 'data that JSON has no form for',
    make: saving((entity) =>
      entity.foundAt instanceof Date
        ? { ...entity, foundAt: new Date(Math.floor(entity.foundAt.getTime() / 1_000) * 1_000) }
        : entity,
    ),
  },
  {
    name: 'numbers are whole',
    foundBy: 'an entity comes back as it was saved',
    make: saving((entity) => ({ ...entity, weight: Math.trunc(entity.weight) })),
  },
  {
    name: 'versions count from 0',
    foundBy: 'each save gives a greater version, a whole number from 1',
    make: but((good) => ({ save: async (entity, expected) => (await good.save(entity, expected)) - 1 })),
  },
  {
    name: 'versions are texts',
    foundBy: 'each save gives a greater version, a whole number from 1',
    make: but((good) => ({
      save: async (entity, expected) => Object(String(await good.save(entity, expected))),
    })),
  },
  {
    name: 'what expects nothing does not replace',
    foundBy: 'a save that expects nothing always succeeds',
    make: but((good) => ({
      save: async (entity, expected) => {
        const present = expected === ANY_VERSION ? await good.get(entity?.id ?? '') : undefined;
        return present === undefined ? good.save(entity, expected) : present.version;
      },
    })),
  },
  {
    name: 'what is deleted can not be made anew',
    foundBy: 'a deleted entity can be made anew',
    make: but((good) => {
      const deleted = new Map<string, number>();
      return {
        delete: async (id, expected) => {
          const wasThere = await good.delete(id, expected);
          if (wasThere) deleted.set(id, 1);
          return wasThere;
        },
        save: async (entity, expected) =>
          good.save(entity, expected === NEW_ENTITY ? (deleted.get(entity.id) ?? expected) : expected),
      };
    }),
  },
  {
    name: 'a repository is not empty at the start',
    foundBy: 'in an empty repository there is nothing',
    make: but((good) => ({
      find: async (find) => {
        const page = await good.find(find);
        return page.items.length === 0 && find === undefined ? { items: [], next: 'start' } : page;
      },
    })),
  },
  {
    name: 'all are found unless a limit is given',
    foundBy: 'a page of 100 unless said',
    make: but((good) => ({
      find: async (find = {}) =>
        find !== null && find.limit === undefined ? good.find({ ...find, limit: 10_000 }) : good.find(find),
    })),
  },
];
