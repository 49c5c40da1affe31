import {
  ANY_VERSION,
  type EntityPage,
  memoryRepository,
  NEW_ENTITY,
  type Repository,
  type Stored,
} from '../../../src/patterns/index.js';
import type { Specimen } from '../../../src/testing/conformance/repository.js';

export type Specimens = Repository<Specimen, string>;

/** A repository that does one thing wrong, and the case that must find it. */
export interface Fault {
  readonly name: string;
  readonly foundBy: string;
  readonly make: () => Specimens;
}

/** A sound repository. */
export function sound(): Specimens {
  return memoryRepository({ idOf: ({ id }: Specimen) => id });
}

/** Makes a sound repository with other methods in places. */
export function but(change: (good: Specimens) => Partial<Specimens>): () => Specimens {
  return () => {
    const good = sound();
    return {
      get: (id) => good.get(id),
      exists: (id) => good.exists(id),
      find: (find) => good.find(find),
      count: (where) => good.count(where),
      save: (entity, expected) => good.save(entity, expected),
      saveAll: (changes) => good.saveAll(changes),
      delete: (id, expected) => good.delete(id, expected),
      ...change(good),
    };
  };
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads hand out one object each, which they share. */
function sharing(good: Specimens): Partial<Specimens> {
  const known = new Map<string, Stored<Specimen>>();
  return {
    get: async (id) => {
      const stored = await good.get(id);
      const present = known.get(id);
      if (stored === undefined || stored.version === present?.version) return present;
      known.set(id, stored);
      return stored;
    },
  };
}

/** Looks at the version, lets others write, then writes whatever is there. */
function checkingEarly(good: Specimens): Partial<Specimens> {
  return {
    save: async (entity, expected) => {
      const present = await good.get(entity.id);
      if (expected === ANY_VERSION || (expected === NEW_ENTITY ? !present : present?.version === expected)) {
        await turn();
        return good.save(entity, ANY_VERSION);
      }
      return good.save(entity, expected);
    },
  };
}

function withoutCursor(good: Specimens): Partial<Specimens> {
  const whole = async (find: Parameters<Specimens['find']>[0]): Promise<EntityPage<Specimen>> => {
    const { limit = 100, after, ...rest } = find ?? {};
    const { items } = await good.find({ ...rest, limit: 10_000 });
    const start = after === undefined ? 0 : Number(after.slice(1));
    const page = items.slice(start, start + limit);
    return start + limit < items.length ? { items: page, next: `p${start + limit}` } : { items: page };
  };
  return { find: whole };
}

const all = (good: Specimens): Promise<EntityPage<Specimen>> => good.find({ limit: 10_000 });

/** Each is a mistake that an adapter could make. */
export const faults: readonly Fault[] = [
  { name: 'reads share an object', foundBy: 'two reads share nothing', make: but(sharing) },
  {
    name: 'versions are looked at before others write',
    foundBy: 'of 16 that save one version, one does',
    make: but(checkingEarly),
  },
  {
    name: 'pages are counted in rows',
    foundBy: 'entities that come and go between pages',
    make: but(withoutCursor),
  },
  {
    name: 'expected versions are ignored',
    foundBy: 'a save conflicts with an older version',
    make: but((good) => ({
      save: (entity, expected) => good.save(entity, typeof expected === 'number' ? ANY_VERSION : expected),
    })),
  },
  {
    name: 'new is any',
    foundBy: 'a save of a new entity conflicts where there is one',
    make: but((good) => ({
      save: (entity, expected) => good.save(entity, expected === NEW_ENTITY ? ANY_VERSION : expected),
    })),
  },
  {
    name: 'several are saved one by one',
    foundBy: 'of several, one that conflicts keeps all',
    make: but((good) => ({
      saveAll: async (changes) => {
        const versions: number[] = [];
        for (const { entity, expected } of changes) versions.push(await good.save(entity, expected));
        return versions;
      },
    })),
  },
  {
    name: 'several are checked together but written one by one',
    foundBy: 'a reader never sees half',
    make: but((good) => ({
      saveAll: async (changes) => {
        const [first, ...others] = changes;
        if (first === undefined || others.length === 0) return good.saveAll(changes);
        const versions = await good.saveAll([first]);
        await turn();
        return [...versions, ...(await good.saveAll(others))];
      },
    })),
  },
  {
    name: 'the versions of several are sorted',
    foundBy: 'several are saved in one go',
    make: but((good) => ({
      saveAll: async (changes) => (await good.saveAll(changes)).toSorted((a, b) => b - a),
    })),
  },
  {
    name: 'saved data is merged',
    foundBy: 'a save replaces all',
    make: but((good) => ({
      save: async (entity, expected) => {
        const present = await good.get(entity.id);
        return good.save({ ...present?.entity, ...entity }, expected);
      },
    })),
  },
  {
    name: 'data goes through JSON',
    foundBy: 'data that JSON has no form for',
    make: but((good) => ({
      save: async (entity, expected) => {
        const text = JSON.stringify(entity, (_, value) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        return good.save(JSON.parse(text), expected);
      },
    })),
  },
  {
    name: 'saves are delayed without a copy',
    foundBy: 'after its save does not reach the repository',
    make: but((good) => ({
      save: async (entity, expected) => {
        await turn();
        return good.save(entity, expected);
      },
    })),
  },
  {
    name: 'ids fold case',
    foundBy: 'ids are told apart',
    make: but((good) => ({ get: async (id) => good.get(typeof id === 'string' ? id.toLowerCase() : id) })),
  },
  {
    name: 'a deletion of nothing says that it was there',
    foundBy: 'a deletion that expects nothing may be repeated',
    make: but((good) => ({ delete: async (id, expected) => (await good.delete(id, expected)) || true })),
  },
  {
    name: 'deletions ignore versions',
    foundBy: 'a deletion conflicts',
    make: but((good) => ({ delete: (id) => good.delete(id, ANY_VERSION) })),
  },
  {
    name: 'versions start again after a deletion',
    foundBy: 'an entity made anew has no version',
    make: () => {
      let table = sound();
      return but(() => ({
        save: (entity, expected) => table.save(entity, expected),
        get: (id) => table.get(id),
        delete: async (id, expected) => {
          const wasThere = await table.delete(id, expected);
          table = sound();
          return wasThere;
        },
      }))();
    },
  },
  {
    name: 'count counts everything',
    foundBy: 'equal values',
    make: but((good) => ({ count: (where) => (where === undefined ? good.count() : good.count()) })),
  },
  {
    name: 'find knows no descending order',
    foundBy: 'sorted by numbers',
    make: but((good) => ({
      find: (find = {}) =>
        good.find(find?.sort ? { ...find, sort: find.sort.map(({ by }) => ({ by })) } : find),
    })),
  },
  {
    name: 'texts are sorted by UTF-16',
    foundBy: 'texts sorted by their code points',
    make: but((good) => ({
      find: async (find = {}) => {
        if (find?.sort !== undefined || find?.limit !== undefined) return good.find(find);
        const page = await good.find(find);
        const items = page.items.toSorted((a, b) => (a.entity.id < b.entity.id ? -1 : 1));
        return { ...page, items };
      },
    })),
  },
  {
    name: 'the last full page leads on',
    foundBy: 'the last page leads nowhere',
    make: but((good) => ({
      find: async (find = {}) => {
        const page = await good.find(find);
        const wholeLimit = (await all(good)).items.length;
        return page.next === undefined && find?.limit === wholeLimit ? { ...page, next: 'more' } : page;
      },
    })),
  },
  {
    name: 'malformed limits are let through',
    foundBy: 'malformed options of find',
    make: but((good) => ({
      find: async (find = {}) => good.find(find?.limit === 0 ? { ...find, limit: 1 } : find),
    })),
  },
  {
    name: 'errors are thrown at once',
    foundBy: 'malformed ids',
    make: but((good) => ({
      get: (id) => {
        if (typeof id !== 'string') throw new TypeError('id');
        return good.get(id);
      },
    })),
  },
];
