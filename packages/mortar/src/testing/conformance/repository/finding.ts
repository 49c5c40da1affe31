import assert from 'node:assert/strict';
import { type Find, type Specification, specification, type Where, where } from '../../../patterns/index.js';
import { fill, idsOf, type Specimen, type Subject, type SubjectCase, specimen } from './subject.js';

const a = specimen('a', { kind: 'moth', weight: 3, note: 'pale', foundAt: new Date(300) });
const b = specimen('b', { kind: 'mole', weight: -1, note: null, isRare: true, serial: 10n });
const c = specimen('c', { kind: 'Mole', weight: 10, serial: 9n });
const d = specimen('d', { kind: 'bat%', weight: 3, note: '', foundAt: new Date(100) });
const e = specimen('e', { kind: 'bat_x', weight: 0.5, note: 'pale grey', isRare: true });

/** Asserts which entities a specification finds, counts and is met by. */
async function finds(repository: Subject, wanted: Specification<Specimen>, ids: string): Promise<void> {
  assert.equal(idsOf((await repository.find({ where: wanted })).items).join(''), ids);
  assert.equal(await repository.count(wanted), ids.length);
  const met = [a, b, c, d, e].filter((entity) => wanted.isSatisfiedBy(entity));
  assert.equal(met.map(({ id }) => id).join(''), ids);
}

function finding(name: string, ...rows: readonly (readonly [Where<Specimen>, string])[]): SubjectCase {
  return {
    name,
    run: async (repository) => {
      await fill(repository, [e, c, a, d, b]);
      for (const [fields, ids] of rows) await finds(repository, where<Specimen>(fields), ids);
    },
  };
}

function sorting(name: string, ...rows: readonly (readonly [Find<Specimen>['sort'], string])[]): SubjectCase {
  return {
    name,
    run: async (repository) => {
      await fill(repository, [e, c, a, d, b]);
      for (const [sort = [], ids] of rows)
        assert.equal(idsOf((await repository.find({ sort })).items).join(''), ids);
    },
  };
}

/** What is found, and in which order. */
export const findingCases: readonly SubjectCase[] = [
  {
    name: 'in an empty repository there is nothing',
    run: async (repository) => {
      assert.deepEqual(await repository.find(), { items: [] });
      assert.equal(await repository.count(), 0);
    },
  },
  {
    name: 'all are found with their versions, in the order of their ids',
    run: async (repository) => {
      await fill(repository, [c, a, b]);
      const stored = await Promise.all(['a', 'b', 'c'].map((id) => repository.get(id)));
      assert.deepEqual(await repository.find(), { items: stored });
    },
  },
  finding('no condition is met by all', [{}, 'abcde']),
  finding(
    'equal values, to the letter',
    [{ kind: { eq: 'mole' } }, 'b'],
    [{ kind: { eq: 'bat%' } }, 'd'],
    [{ weight: { eq: 3 } }, 'ad'],
    [{ isRare: { eq: true } }, 'be'],
    [{ kind: { eq: "' OR 1=1 --" } }, ''],
  ),
  finding(
    'one of several values',
    [{ kind: { in: ['moth', 'mole', 'cat'] } }, 'ab'],
    [{ kind: { in: [] } }, ''],
  ),
  finding(
    'less and greater, the bound included or not',
    [{ weight: { lt: 3 } }, 'be'],
    [{ weight: { lte: 3 } }, 'abde'],
    [{ weight: { gt: 3 } }, 'c'],
    [{ weight: { gte: 3 } }, 'acd'],
    [{ weight: { gt: -1, lt: 3 } }, 'e'],
    [{ kind: { gt: 'Mole', lt: 'moth' } }, 'bde'],
  ),
  finding(
    'the beginning of a text, in which nothing is a pattern',
    [{ kind: { startsWith: 'mo' } }, 'ab'],
    [{ kind: { startsWith: 'bat%' } }, 'd'],
    [{ kind: { startsWith: 'bat_' } }, 'e'],
    [{ kind: { startsWith: 'm.' } }, ''],
    [{ note: { startsWith: '' } }, 'ade'],
  ),
  finding(
    'nothing is found by null alone, and is neither less nor greater',
    [{ note: { eq: null } }, 'bc'],
    [{ note: { in: [null, ''] } }, 'bcd'],
    [{ note: { lt: 'zzz' } }, 'ade'],
    [{ note: { gte: '' } }, 'ade'],
  ),
  finding('several fields hold together', [{ weight: { eq: 3 }, note: { startsWith: 'p' } }, 'a']),
  {
    ...finding(
      'dates and bigints by what they are',
      [{ foundAt: { lt: new Date(200) } }, 'd'],
      [{ serial: { gt: 9n } }, 'b'],
    ),
    needs: 'data beyond JSON',
  },
  {
    name: 'specifications combined by and, or, not',
    run: async (repository) => {
      await fill(repository, [a, b, c, d, e]);
      const isRare = where<Specimen>({ isRare: { eq: true } });
      const isHeavy = where<Specimen>({ weight: { gte: 3 } });
      const isPale = where<Specimen>({ note: { startsWith: 'pale' } });
      await finds(repository, isRare.not(), 'acd');
      await finds(repository, isRare.or(isHeavy), 'abcde');
      await finds(repository, isRare.and(isPale), 'e');
      await finds(repository, isRare.or(isHeavy).and(isPale), 'ae');
      await finds(repository, isRare.or(isHeavy.and(isPale)), 'abe');
      await finds(repository, isPale.not().and(isRare, isHeavy.not()), 'b');
    },
  },
  {
    name: 'a specification by code, alone and within others',
    needs: 'predicates',
    run: async (repository) => {
      await fill(repository, [a, b, c, d, e]);
      const isLong = specification<Specimen>('long', ({ kind }) => kind.length > 4);
      await finds(repository, isLong, 'e');
      await finds(repository, isLong.not().and(where({ weight: { gte: 3 } })), 'acd');
    },
  },
  {
    name: 'a predicate can not reach into the repository',
    needs: 'predicates',
    run: async (repository) => {
      await fill(repository, [specimen('a')]);
      const spoil = specification<Specimen>('spoil', ({ places }) => places.splice(0).length > 0);
      assert.deepEqual((await repository.find({ where: spoil })).items[0]?.entity, specimen('a'));
      assert.equal(await repository.count(spoil), 1);
    },
  },
  {
    name: 'what a predicate throws is thrown',
    needs: 'predicates',
    run: async (repository) => {
      await fill(repository, [a]);
      const fail = specification<Specimen>('fail', () => {
        throw new RangeError('no');
      });
      await assert.rejects(repository.find({ where: fail }), RangeError);
      await assert.rejects(repository.count(fail), RangeError);
    },
  },
  sorting(
    'sorted by numbers, texts and truth values, the id last',
    [[{ by: 'weight' }], 'beadc'],
    [[{ by: 'weight', direction: 'descending' }], 'cadeb'],
    [[{ by: 'kind' }], 'cdeba'],
    [[{ by: 'isRare' }, { by: 'weight', direction: 'descending' }], 'cadeb'],
    [[{ by: 'id', direction: 'descending' }], 'edcba'],
  ),
  sorting(
    'sorted with nothing first',
    [[{ by: 'note' }], 'bcdae'],
    [[{ by: 'note', direction: 'descending' }], 'eadbc'],
  ),
  {
    ...sorting('sorted by dates and bigints', [[{ by: 'foundAt' }], 'bceda'], [[{ by: 'serial' }], 'adecb']),
    needs: 'data beyond JSON',
  },
  {
    name: 'texts sorted by their code points',
    run: async (repository) => {
      const ids = ['Z', 'a', 'é', '\u{ffee}', '😀'];
      await fill(
        repository,
        ids.toReversed().map((id) => specimen(id, { kind: `x${id}` })),
      );
      assert.deepEqual(idsOf((await repository.find()).items), ids);
      assert.deepEqual(idsOf((await repository.find({ sort: [{ by: 'kind' }] })).items), ids);
    },
  },
];
