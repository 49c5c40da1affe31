import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANY_VERSION,
  checkVersion,
  type ExpectedVersion,
  getOrThrow,
  memoryRepository,
  NEW_ENTITY,
  type Repository,
  where,
} from '../../src/patterns/index.js';
import { caught, codeOf } from '../contracts/caught.js';

interface Plant {
  readonly id: number;
  readonly name: string;
  readonly height: number;
}

const nettle: Plant = { id: 1, name: 'nettle', height: 80 };
const idOf = ({ id }: Plant): number => id;

describe('the options of a repository in memory', () => {
  it('say what it holds from the start', async () => {
    const plants = memoryRepository({ idOf, initial: [nettle, { ...nettle, id: 2 }] });
    expect(await plants.count()).toBe(2);
    expect((await getOrThrow(plants, 1)).entity).toEqual(nettle);
  });

  it.each<[string, unknown]>([
    ['none', undefined],
    ['no idOf', {}],
    ['an idOf that is the name of a field', { idOf: 'id' }],
    ['an option that there is not', { idOf, name: 'plants' }],
    ['an entity without an id', { idOf, initial: [{ name: 'nettle' }] }],
    ['an entity twice', { idOf, initial: [nettle, nettle] }],
  ])('are refused: %s', (_, options) => {
    expect(codeOf(() => Reflect.apply(memoryRepository, undefined, [options]))).toBe(
      'MORTAR_OPTIONS_INVALID',
    );
  });

  it('hand on what idOf throws', async () => {
    const broken = memoryRepository<Plant, number>({
      idOf: () => {
        throw new RangeError('no');
      },
    });
    await expect(broken.save(nettle, NEW_ENTITY)).rejects.toThrow(RangeError);
  });
});

describe('a repository in memory', () => {
  it('refuses what is not plain data, and says where it is', async () => {
    const plants = memoryRepository({ idOf });
    const grown = { ...nettle, leaves: [{ grow: () => 1 }] };
    await expect(plants.save(grown, NEW_ENTITY)).rejects.toMatchObject({
      code: 'MORTAR_CODEC_UNSUPPORTED',
      rule: expect.stringContaining('leaves[0].grow'),
    });
  });

  it('shows nothing of its inside', () => {
    const plants = memoryRepository({ idOf, initial: [nettle] });
    expect(JSON.stringify(plants)).toBe('{}');
    expect(Object.keys(plants)).toEqual([]);
  });

  it('knows ids that are numbers, and sorts them as such', async () => {
    const ids = [10, 9, -1, 0];
    const plants = memoryRepository({ idOf, initial: ids.map((id) => ({ ...nettle, id })) });
    const first = await plants.find({ limit: 2 });
    expect(first.items.map(({ entity }) => entity.id)).toEqual([-1, 0]);
    const rest = await plants.find({ limit: 2, ...(first.next === undefined ? {} : { after: first.next }) });
    expect(rest.items.map(({ entity }) => entity.id)).toEqual([9, 10]);
  });

  it('takes a cursor from anywhere, and none does harm', async () => {
    const plants = memoryRepository({ idOf, initial: [nettle] });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json().map(base64)), async (after) => {
        await plants.find({ after }).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
        });
      }),
    );
    const forged = [
      ['', [], {}],
      ['', [], null],
      ['+height', [{}], 1],
      ['', 'x', 1],
      ['', [], 1, 2],
      ['-', [], 1],
    ];
    for (const parts of forged)
      await expect(plants.find({ after: base64(JSON.stringify(parts)) })).rejects.toMatchObject({
        code: 'MORTAR_OPTIONS_INVALID',
      });
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}

describe('getOrThrow', () => {
  it('says which entity is missing', async () => {
    const plants = memoryRepository({ idOf });
    await expect(getOrThrow(plants, 7)).rejects.toMatchObject({
      code: 'MORTAR_ENTITY_MISSING',
      category: 'not-found',
      got: '7',
    });
  });
});

describe('checkVersion', () => {
  it.each<[ExpectedVersion, number | undefined]>([
    [ANY_VERSION, undefined],
    [ANY_VERSION, 3],
    [NEW_ENTITY, undefined],
    [3, 3],
  ])('%s is met by %s', (expected, actual) => {
    expect(checkVersion('a', expected, actual)).toBeUndefined();
  });

  it.each<[ExpectedVersion, number | undefined, string, string]>([
    [NEW_ENTITY, 3, 'no such entity', 'version 3'],
    [3, undefined, 'version 3', 'no such entity'],
    [3, 4, 'version 3', 'version 4'],
  ])('%s is not met by %s', (expected, actual, wanted, got) => {
    const error = caught(() => checkVersion('a', expected, actual));
    expect(error).toMatchObject({ code: 'MORTAR_VERSION_CONFLICT', expected: wanted, got });
    expect(error.rule).toContain('"a"');
  });
});

type Step =
  | { readonly kind: 'save'; readonly plant: Plant; readonly expects: 'any' | 'new' | 'current' | 'stale' }
  | { readonly kind: 'delete'; readonly id: number; readonly expects: 'any' | 'current' | 'stale' }
  | { readonly kind: 'list'; readonly limit: number; readonly isDescending: boolean; readonly least: number };

const plant = fc.record({
  id: fc.nat(5),
  name: fc.constantFrom('ash', 'beech', 'Ash'),
  height: fc.nat(3),
});
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      kind: fc.constant('save'),
      plant,
      expects: fc.constantFrom('any', 'new', 'current', 'stale'),
    }),
    fc.record({
      kind: fc.constant('delete'),
      id: fc.nat(5),
      expects: fc.constantFrom('any', 'current', 'stale'),
    }),
    fc.record({
      kind: fc.constant('list'),
      limit: fc.integer({ min: 1, max: 4 }),
      isDescending: fc.boolean(),
      least: fc.nat(3),
    }),
  ),
  { maxLength: 40 },
);

/** A repository and what it should hold. */
class World {
  readonly plants: Repository<Plant, number> = memoryRepository({ idOf });
  readonly model = new Map<number, { plant: Plant; version: number }>();
  lastVersion = 0;

  async apply(step: Step): Promise<void> {
    if (step.kind === 'save') await this.#save(step.plant, this.#expected(step.plant.id, step.expects));
    else if (step.kind === 'delete') await this.#delete(step.id, this.#expected(step.id, step.expects));
    else await this.#list(step.limit, step.isDescending, step.least);
    const found = await this.plants.find();
    const held = [...this.model.values()].sort((a, b) => a.plant.id - b.plant.id);
    expect(found.items).toEqual(held.map((one) => ({ entity: one.plant, version: one.version })));
  }

  #expected(id: number, expects: string): ExpectedVersion {
    if (expects === 'any' || expects === 'new') return expects;
    const version = this.model.get(id)?.version ?? this.lastVersion + 1;
    return expects === 'current' ? version : version + 1;
  }

  async #save(saved: Plant, expected: ExpectedVersion): Promise<void> {
    const version = this.model.get(saved.id)?.version;
    const fits = expected === 'any' || (expected === 'new' ? version === undefined : expected === version);
    const outcome = await this.plants.save(saved, expected).catch((error: { code: string }) => error.code);
    if (!fits) return expect(outcome).toBe('MORTAR_VERSION_CONFLICT');
    expect(outcome).toBeGreaterThan(this.lastVersion);
    this.lastVersion = Number(outcome);
    this.model.set(saved.id, { plant: saved, version: this.lastVersion });
  }

  async #delete(id: number, expected: ExpectedVersion): Promise<void> {
    const version = this.model.get(id)?.version;
    if (expected === NEW_ENTITY) return;
    const outcome = await this.plants.delete(id, expected).catch((error: { code: string }) => error.code);
    if (expected === 'any' || expected === version) expect(outcome).toBe(this.model.delete(id));
    else expect(outcome).toBe('MORTAR_VERSION_CONFLICT');
  }

  async #list(limit: number, isDescending: boolean, least: number): Promise<void> {
    const find = {
      where: where<Plant>({ height: { gte: least } }),
      sort: [{ by: 'height', direction: isDescending ? 'descending' : 'ascending' }, { by: 'name' }],
      limit,
    } as const;
    const expected = [...this.model.values()]
      .map((one) => one.plant)
      .filter(({ height }) => height >= least)
      .sort(
        (a, b) =>
          (isDescending ? b.height - a.height : a.height - b.height) ||
          Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) ||
          a.id - b.id,
      );
    const found: Plant[] = [];
    let page = await this.plants.find(find);
    for (;;) {
      found.push(...page.items.map(({ entity }) => entity));
      if (page.next === undefined) break;
      page = await this.plants.find({ ...find, after: page.next });
    }
    expect(found).toEqual(expected);
    expect(await this.plants.count(find.where)).toBe(expected.length);
  }
}

describe('any sequence of calls', () => {
  it('does what a map with versions does', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const world = new World();
        for (const step of sequence) await world.apply(step);
      }),
      { numRuns: 500 },
    );
  });
});
