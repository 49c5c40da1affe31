import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../errors/index.js';
import { NEW_ENTITY } from '../../../patterns/index.js';
import { refuses, type Subject, type SubjectCase, specimen } from './subject.js';

type Verb = 'get' | 'exists' | 'find' | 'count' | 'save' | 'saveAll' | 'delete';

/** Calls as one who was not kept from it by the compiler. */
function call(repository: Subject, verb: Verb, args: readonly unknown[]): Promise<unknown> {
  return Reflect.apply(repository[verb], repository, args);
}

/** Asserts that calls reject, do not throw, and change nothing. */
function refusing(
  name: string,
  code: ErrorCode,
  ...calls: readonly (readonly [Verb, ...unknown[]])[]
): SubjectCase {
  return {
    name,
    run: async (repository) => {
      const version = await repository.save(specimen('kept'), NEW_ENTITY);
      for (const [verb, ...args] of calls) await refuses(call(repository, verb, args), code);
      assert.deepEqual(await repository.find(), { items: [{ entity: specimen('kept'), version }] });
    },
  };
}

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const UNSTORABLE: readonly unknown[] = [
  () => 1,
  Symbol('s'),
  new (class Animal {})(),
  new Error('no'),
  Promise.resolve(),
  new WeakMap(),
  Number.NaN,
  Number.POSITIVE_INFINITY,
  new Date(Number.NaN),
  cyclic,
];
const badIds = [undefined, null, '', {}, [], Number.NaN, 1.5, Number.POSITIVE_INFINITY, true, Symbol('a')];
const badVersions = [undefined, null, 0, -1, 1.5, Number.NaN, '1', 'newest', 2 ** 53, {}];
const badLimits = [0, -1, 1.5, 10_001, Number.NaN, Number.POSITIVE_INFINITY, '10', null];

/** Bad input is refused with an error that names it, before anything happens. */
export const refusalCases: readonly SubjectCase[] = [
  refusing(
    'malformed ids',
    'MORTAR_OPTIONS_INVALID',
    ...badIds.flatMap((id) => [
      ['get', id] as const,
      ['exists', id] as const,
      ['delete', id, 'any'] as const,
    ]),
    ...badIds.map((id) => ['save', { ...specimen('a'), id }, 'any'] as const),
  ),
  refusing(
    'malformed versions',
    'MORTAR_OPTIONS_INVALID',
    ...badVersions.flatMap((version) => [
      ['save', specimen('kept'), version] as const,
      ['delete', 'kept', version] as const,
      ['saveAll', [{ entity: specimen('kept'), expected: version }]] as const,
    ]),
    ['delete', 'kept', 'new'],
  ),
  refusing(
    'entities that are none',
    'MORTAR_OPTIONS_INVALID',
    ...[undefined, null, 'kept', 1, () => 1].map((entity) => ['save', entity, 'any'] as const),
  ),
  refusing(
    'data that can not be stored without loss',
    'MORTAR_CODEC_UNSUPPORTED',
    ...UNSTORABLE.map((more) => ['save', { ...specimen('a'), more }, 'any'] as const),
    ['saveAll', [{ entity: { ...specimen('a'), places: [{ name: () => 1 }] }, expected: 'new' }]],
  ),
  refusing(
    'malformed lists of changes',
    'MORTAR_OPTIONS_INVALID',
    ['saveAll', undefined],
    ['saveAll', { entity: specimen('a'), expected: 'new' }],
    ['saveAll', [undefined]],
    ['saveAll', [{ entity: specimen('a'), expected: 'new', version: 1 }]],
  ),
  refusing('an entity twice in one go', 'MORTAR_OPTIONS_INVALID', [
    'saveAll',
    [
      { entity: specimen('a'), expected: 'any' },
      { entity: specimen('a', { weight: 2 }), expected: 'any' },
    ],
  ]),
  refusing(
    'malformed options of find',
    'MORTAR_OPTIONS_INVALID',
    ...badLimits.map((limit) => ['find', { limit }] as const),
    ['find', null],
    ['find', { limt: 1 }],
    ['find', { offset: 10 }],
    ['find', { sort: 'weight' }],
    ['find', { sort: ['weight'] }],
    ['find', { sort: [{ by: 1 }] }],
    ['find', { sort: [{ by: 'weight', direction: 'desc' }] }],
    ['find', { where: { kind: { eq: 'moth' } } }],
    ['find', { where: () => true }],
    ['find', { after: 1 }],
    ['count', { kind: 'moth' }],
    ['count', null],
  ),
];
