import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Find,
  memoryRepository,
  NEW_ENTITY,
  type Repository,
  type Specification,
  type Where,
  where,
} from '../../../src/patterns/index.js';
import { repositoryCases, type Specimen } from '../../../src/testing/conformance/repository.js';
import { TranslatingRepository } from './translating-repository.js';

const cases = repositoryCases(() => ({ repository: new TranslatingRepository() }), {
  predicates: { skip: 'code can not be translated' },
});

describe('a repository that translates specifications, as every repository', () => {
  // A feature that is left out gives its reason.
  it.each(cases.filter(({ skip }) => skip === undefined))('$name', ({ run }) => run());
});

const texts = fc.constantFrom('', 'a', 'A', 'ab', 'b', 'é', '\u{ffee}', '😀', '%', '_');
const numbers = fc.constantFrom(-1, 0, 0.5, 1, 2);

const specimens = fc.uniqueArray(
  fc.record<Specimen, keyof Specimen>(
    {
      id: texts.filter((text) => text !== ''),
      kind: texts,
      weight: numbers,
      isRare: fc.boolean(),
      note: fc.option(texts),
      foundAt: numbers.map((ms) => new Date(ms * 10)),
      serial: fc.bigInt({ min: -1n, max: 1n }),
      places: fc.constant([]),
    },
    { requiredKeys: ['id', 'kind', 'weight', 'isRare', 'places'] },
  ),
  { selector: ({ id }) => id, maxLength: 8 },
);

const conditions: fc.Arbitrary<Where<Specimen>> = fc.oneof(
  fc.constant({}),
  texts.map((text) => ({ kind: { eq: text } })),
  texts.map((text) => ({ kind: { startsWith: text } })),
  fc.array(texts, { maxLength: 3 }).map((list) => ({ kind: { in: list } })),
  fc.tuple(texts, texts).map(([gt, lte]) => ({ kind: { gt, lte } })),
  numbers.map((lt) => ({ weight: { lt } })),
  fc.tuple(numbers, fc.boolean()).map(([gte, eq]) => ({ weight: { gte }, isRare: { eq } })),
  fc.option(texts).map((eq) => ({ note: { eq } })),
  texts.map((lt) => ({ note: { lt } })),
  numbers.map((ms) => ({ foundAt: { gte: new Date(ms * 10) } })),
  fc.bigInt({ min: -1n, max: 1n }).map((lte) => ({ serial: { lte } })),
);

type Wanted = Specification<Specimen>;

const { wanted } = fc.letrec<{ wanted: Wanted }>((tie) => {
  const two = fc.tuple(tie('wanted'), tie('wanted'));
  return {
    wanted: fc.oneof(
      { maxDepth: 3 },
      conditions.map((fields): Wanted => where(fields)),
      tie('wanted').map((one): Wanted => one.not()),
      two.map(([a, b]): Wanted => a.and(b)),
      two.map(([a, b]): Wanted => a.or(b)),
    ),
  };
});

const finds: fc.Arbitrary<Find<Specimen>> = fc.record({
  where: wanted,
  limit: fc.integer({ min: 1, max: 4 }),
  sort: fc.array(
    fc.record({
      by: fc.constantFrom('kind', 'weight', 'isRare', 'note', 'foundAt', 'serial'),
      direction: fc.constantFrom('ascending', 'descending'),
    }),
    { maxLength: 2 },
  ),
});

async function idsOf(repository: Repository<Specimen>, find: Find<Specimen>): Promise<readonly string[]> {
  const ids: string[] = [];
  let page = await repository.find(find);
  for (;;) {
    ids.push(...page.items.map(({ entity }) => entity.id));
    if (page.next === undefined) return ids;
    page = await repository.find({ ...find, after: page.next });
  }
}

describe('any specification', () => {
  it('finds the same by its description as by asking it', async () => {
    await fc.assert(
      fc.asyncProperty(specimens, finds, async (entities, find) => {
        const changes = entities.map((entity) => ({ entity, expected: NEW_ENTITY }));
        const asking = memoryRepository({ idOf: ({ id }: Specimen) => id });
        const translating = new TranslatingRepository();
        await asking.saveAll(changes);
        await translating.saveAll(changes);
        const ids = await idsOf(asking, find);
        expect(await idsOf(translating, find)).toEqual(ids);
        expect(await translating.count(find.where)).toBe(ids.length);
        expect(entities.filter((one) => find.where?.isSatisfiedBy(one))).toHaveLength(ids.length);
      }),
      { numRuns: 500 },
    );
  });
});
