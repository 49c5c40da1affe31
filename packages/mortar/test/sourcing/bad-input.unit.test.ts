import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EventContract, event } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import {
  type EncodedEvent,
  type LogEntry,
  type Position,
  streamId,
  type Version,
} from '../../src/event-store/index.js';
import {
  aggregate,
  type Decider,
  type DomainEvent,
  type HandleOptions,
  type Retired,
  repository,
  split,
} from '../../src/sourcing/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import { openBank } from './bank.js';

type Thing = EventContract<'shop.thing'>;
type ThingEvent = DomainEvent<'shop.thing'>;

/** What a case puts in place of what is good. */
interface Parts {
  readonly decider?: Partial<Decider<unknown, unknown, ThingEvent>>;
  readonly contract?: Thing;
  readonly streamId?: (id: string) => string;
  readonly retired?: readonly Retired<ThingEvent>[];
}

const stream = streamId('thing-1');
const good = (data: unknown = 1): ThingEvent => ({ type: 'shop.thing', data });
const thing = (more: Partial<Thing> = {}): Thing => ({ ...event('shop.thing', { data: z.any() }), ...more });

/** An aggregate that decides what its command says. */
function things({ decider, contract = thing(), ...more }: Parts = {}) {
  const whole: Decider<unknown, unknown, ThingEvent> = {
    initialState: () => 0,
    decide: (command) => Object(command),
    evolve: (state) => Number(state) + 1,
    ...decider,
  };
  return aggregate('thing', { decider: whole, events: [contract], ...more });
}

/** A store with one good event of the stream, and what it was like. */
async function openShop(parts: Parts = {}) {
  const bank = openBank();
  await bank.stored.append([{ streamId: stream, events: [stored({})] }]);
  return { ...bank, repo: repository(bank, things(parts)) };
}

function stored(parts: Partial<EncodedEvent>): EncodedEvent {
  return anEvent({ type: 'shop.thing', payload: '1', ...parts });
}

async function failureOf(work: Promise<unknown>): Promise<MortarError> {
  const error = await work.then(
    () => new Error('it was accepted'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof MortarError) return error;
  throw error;
}

type Case = readonly [what: string, code: string, parts: Parts, command: unknown, options?: HandleOptions];

const answer = (decision: () => unknown): Parts => ({ decider: { decide: () => Object(decision()) } });
const rejected = () => Promise.reject(new Error('no'));
const decided = (decision: () => never): Parts => ({ decider: { decide: decision } });
/** What a compiler would not let through. */
const wrong = <T>(value: unknown): T => value as T;

const commands: readonly Case[] = [
  ['a promise', 'MORTAR_DECIDER_INVALID', answer(() => Promise.resolve([good()])), 0],
  ['a promise that is rejected', 'MORTAR_DECIDER_INVALID', answer(rejected), 0],
  ['nothing', 'MORTAR_DECIDER_INVALID', { decider: { decide: () => wrong(undefined) } }, 0],
  ['null', 'MORTAR_DECIDER_INVALID', { decider: { decide: () => wrong(null) } }, 0],
  ['a text', 'MORTAR_DECIDER_INVALID', { decider: { decide: () => wrong('shop.thing') } }, 0],
  ['an event of another type', 'MORTAR_DECIDER_INVALID', {}, [{ type: 'shop.other', data: 1 }]],
  ['an event whose type is no text', 'MORTAR_DECIDER_INVALID', {}, [{ type: 7, data: 1 }]],
  ['an event without data', 'MORTAR_DECIDER_INVALID', {}, [{ type: 'shop.thing' }]],
  ['an event with more than data', 'MORTAR_DECIDER_INVALID', {}, [{ ...good(), metadata: {} }]],
  [
    'a list with a hole',
    'MORTAR_DECIDER_INVALID',
    answer(() => Object.assign(new Array(2), { 1: good() })),
    0,
  ],
  ['nothing among good events', 'MORTAR_DECIDER_INVALID', {}, [good(), undefined, good()]],
  ['promises among good events', 'MORTAR_DECIDER_INVALID', answer(() => [good(), rejected(), rejected()]), 0],
  ['data of another schema', 'MORTAR_DATA_INVALID', { contract: thing({ data: z.number() }) }, [good('1')]],
  [
    'data of another schema after good data',
    'MORTAR_DATA_INVALID',
    { contract: thing({ data: z.number() }) },
    [good(1), good('1')],
  ],
  [
    'a schema that waits',
    'MORTAR_SCHEMA_ASYNC',
    { contract: thing({ data: z.any().refine(async () => true) }) },
    [good()],
  ],
  ['data that no text can carry', 'MORTAR_CODEC_UNSUPPORTED', {}, [good(() => 1)]],
  ['data that has no end', 'MORTAR_CODEC_TOO_LARGE', {}, [good('x'.repeat(2 ** 21))]],
  ['a key that is none', 'MORTAR_KEY_INVALID', { contract: thing({ key: () => '' }) }, [good()]],
  ['tags that are none', 'MORTAR_TAGS_INVALID', { contract: thing({ tags: () => [''] }) }, [good()]],
  ['an actor that is none', 'MORTAR_ENVELOPE_INVALID', {}, [good()], wrong({ actor: 7 })],
  ['an unknown option', 'MORTAR_ENVELOPE_INVALID', {}, [good()], { metadata: wrong({ a: 1 }) }],
  [
    'evolve, throwing for what was decided',
    'MORTAR_FOLD_FAILED',
    { decider: { evolve: (state, { data }) => (data === 'new' ? bang() : state) } },
    [good('new')],
  ],
  [
    'evolve, answering with a promise for what was decided',
    'MORTAR_FOLD_FAILED',
    { decider: { evolve: (state, { data }) => (data === 'new' ? Promise.reject(new Error('no')) : state) } },
    [good('new')],
  ],
  ['initialState, throwing', 'MORTAR_FOLD_FAILED', { decider: { initialState: bang } }, [good()]],
  [
    'initialState, answering with a promise',
    'MORTAR_FOLD_FAILED',
    { decider: { initialState: () => Promise.resolve(0) } },
    [good()],
  ],
  ['streamId, throwing', 'MORTAR_STREAM_ID_INVALID', { streamId: bang }, [good()]],
  [
    'streamId, answering with nothing',
    'MORTAR_STREAM_ID_INVALID',
    { streamId: () => wrong(undefined) },
    [good()],
  ],
];

function bang(): never {
  throw new Error('bang');
}

describe('a command is refused and nothing is appended, for', () => {
  for (const [what, code, parts, command, options] of commands)
    it(`${what}: ${code}`, async () => {
      const shop = await openShop(parts);
      const error = await failureOf(shop.repo.handle('1', command, options));
      expect(error.code).toBe(code);
      expect(await shop.stored.head()).toBe(1);
    });

  it('what decide throws, which the caller gets as it is', async () => {
    const error = new RangeError('mine');
    const shop = await openShop(
      decided(() => {
        throw error;
      }),
    );
    await expect(shop.repo.handle('1', 0)).rejects.toBe(error);
    expect(await shop.stored.head()).toBe(1);
  });

  it('a state that evolve failed on, with what it has thrown as the cause', async () => {
    const shop = await openShop({ decider: { evolve: bang } });
    const error = await failureOf(shop.repo.handle('1', [good()]));
    expect(error.cause).toEqual(new Error('bang'));
  });

  it.each([[''], ['a\u0000b'], ['x'.repeat(600)], [wrong<string>(7)], [wrong<string>(undefined)]])(
    'the id %j',
    async (id) => {
      const shop = await openShop();
      for (const work of [shop.repo.handle(id, [good()]), shop.repo.load(id), shop.repo.snapshot(id)])
        expect((await failureOf(work)).code).toBe('MORTAR_STREAM_ID_INVALID');
      expect(() => shop.repo.history(id)).toThrow('MORTAR_STREAM_ID_INVALID');
      expect(await shop.stored.head()).toBe(1);
    },
  );

  it.each(['archived', 'tombstoned'] as const)('a stream that is %s', async (state) => {
    const shop = await openShop();
    await shop.stored.setStreamState(stream, state);
    expect((await failureOf(shop.repo.handle('1', [good()]))).code).toBe('MORTAR_STREAM_CLOSED');
    expect(await shop.stored.head()).toBe(1);
  });

  it('a store that was closed', async () => {
    const shop = await openShop();
    await shop.log.close();
    expect((await failureOf(shop.repo.handle('1', [good()]))).code).toBe('MORTAR_STORE_CLOSED');
  });
});

type Damage = readonly [
  what: string,
  code: string,
  parts: Parts,
  events: readonly Partial<EncodedEvent>[],
  version: number,
  cause?: unknown,
];

const at = (schemaVersion: number, upcasters: Thing['upcasters'], data: Thing['data'] = z.any()): Parts => ({
  contract: thing({ schemaVersion, upcasters, data }),
});
const old = (into: Retired<ThingEvent>['into']): Parts => ({ retired: [split('shop.old', into)] });

const damages: readonly Damage[] = [
  ['an event that nobody knows', 'MORTAR_EVENT_UNKNOWN', {}, [{}, { type: 'shop.other' }], 3],
  ['text that is no JSON', 'MORTAR_CODEC_CORRUPT', {}, [{ payload: '{"a":' }], 2],
  ['text with a tag that is none', 'MORTAR_CODEC_CORRUPT', {}, [{ payload: '{"$nothing":1}' }], 2],
  [
    'data that is nested without end',
    'MORTAR_CODEC_TOO_DEEP',
    {},
    [{ payload: '['.repeat(99) + ']'.repeat(99) }],
    2,
  ],
  ['a schema version that is newer than the code', 'MORTAR_UPCAST_MISSING', {}, [{ schemaVersion: 9 }], 2],
  [
    'a schema version that no upcaster takes',
    'MORTAR_UPCAST_MISSING',
    at(3, { 2: (data) => data }),
    [{ schemaVersion: 3 }],
    1,
  ],
  ['an upcaster that throws', 'MORTAR_UPCAST_FAILED', at(2, { 1: bang }), [], 1, new Error('bang')],
  ['an upcaster that waits', 'MORTAR_UPCAST_FAILED', at(2, { 1: () => Promise.resolve(1) }), [], 1],
  [
    'an upcaster that does not come to the schema',
    'MORTAR_UPCAST_FAILED',
    at(2, { 1: (data) => data }, z.string()),
    [],
    1,
  ],
  [
    'a retired event that throws',
    'MORTAR_UPCAST_FAILED',
    old(bang),
    [{ type: 'shop.old' }],
    2,
    new Error('bang'),
  ],
  [
    'a retired event that becomes nothing',
    'MORTAR_UPCAST_FAILED',
    old(() => wrong(undefined)),
    [{ type: 'shop.old' }],
    2,
  ],
  [
    'a retired event that waits',
    'MORTAR_UPCAST_FAILED',
    old(() => wrong(Promise.reject(new Error('no')))),
    [{ type: 'shop.old' }],
    2,
  ],
  [
    'a retired event that becomes no events',
    'MORTAR_UPCAST_FAILED',
    old(() => wrong([1])),
    [{ type: 'shop.old' }],
    2,
  ],
  [
    'a retired event that becomes one that nobody knows',
    'MORTAR_EVENT_UNKNOWN',
    old(() => wrong([{ type: 'shop.old', data: 1 }])),
    [{ type: 'shop.old' }],
    2,
  ],
  [
    'a retired event that becomes data of another schema',
    'MORTAR_UPCAST_FAILED',
    { ...old(() => [good('1')]), contract: thing({ data: z.number() }) },
    [{ type: 'shop.old' }],
    2,
  ],
  [
    'evolve, throwing',
    'MORTAR_FOLD_FAILED',
    { decider: { evolve: (state, { data }) => (data === 2 ? bang() : state) } },
    [{ payload: '2' }],
    2,
    new Error('bang'),
  ],
  [
    'evolve, answering with a promise',
    'MORTAR_FOLD_FAILED',
    { decider: { evolve: (state, { data }) => (data === 2 ? Promise.reject(new Error('no')) : state) } },
    [{ payload: '2' }],
    2,
  ],
];

describe('a stream is not folded, and nothing is decided from it, for', () => {
  for (const [what, code, parts, more, version, cause] of damages)
    it(`${what}: ${code}`, async () => {
      const shop = await openShop(parts);
      if (more.length > 0) await shop.stored.append([{ streamId: stream, events: more.map(stored) }]);
      const head = await shop.stored.head();
      for (const work of [
        shop.repo.load('1'),
        shop.repo.handle('1', [good()]),
        shop.repo.diff('1', { version: wrong<Version>(0) }),
      ]) {
        const error = await failureOf(work);
        expect(error).toMatchObject({ code, details: { streamId: 'thing-1', version, position: version } });
        expect(error.cause).toBeDefined();
        if (cause !== undefined) expect(error.cause).toEqual(cause);
      }
      expect(await shop.stored.head()).toBe(head);
    });

  const lies: readonly (readonly [string, (entries: LogEntry[]) => unknown, number])[] = [
    ['a hole', (entries) => entries.splice(1, 1), 2],
    ['a hole at the beginning', (entries) => entries.splice(0, 1), 1],
    ['a version that is there twice', (entries) => entries.splice(2, 0, same(entries[1])), 3],
    ['an event of another stream', (entries) => change(entries, 1, { streamId: streamId('thing-2') }), 2],
    ['an event without a version', (entries) => change(entries, 1, { version: undefined }), 2],
    ['a position that goes back', (entries) => change(entries, 2, { position: 1 as Position }), 3],
  ];

  it.each(lies)('%s: MORTAR_STREAM_CORRUPT', async (_, damage, expected) => {
    const shop = await openShop();
    await shop.stored.append([{ streamId: stream, events: [stored({}), stored({}), stored({})] }]);
    damage(shop.log.streams.get(stream)?.entries ?? []);
    const error = await failureOf(shop.repo.handle('1', [good()]));
    expect(error).toMatchObject({
      code: 'MORTAR_STREAM_CORRUPT',
      details: { streamId: 'thing-1', expected },
    });
    expect(await shop.stored.head()).toBe(4);
  });
});

function same(entry: LogEntry | undefined): LogEntry {
  if (entry === undefined) throw new Error('There is no entry.');
  return entry;
}

function change(entries: LogEntry[], index: number, parts: Partial<LogEntry>): void {
  entries[index] = { ...same(entries[index]), ...parts };
}

describe('a point in time is refused, for', () => {
  const points: readonly (readonly [string, string, object])[] = [
    ['two of them', 'MORTAR_OPTIONS_INVALID', { version: 1, position: 1 }],
    ['a negative version', 'MORTAR_VERSION_INVALID', { version: -1 }],
    ['a version that is no number', 'MORTAR_VERSION_INVALID', { version: '1' }],
    ['half a position', 'MORTAR_VERSION_INVALID', { position: 1.5 }],
    ['a date that is none', 'MORTAR_OPTIONS_INVALID', { at: new Date(Number.NaN) }],
    ['a time that is a text', 'MORTAR_OPTIONS_INVALID', { at: '2026-01-31' }],
    ['what is misspelt', 'MORTAR_OPTIONS_INVALID', { versoin: 1 }],
  ];

  it.each(points)('%s: %s', async (_, code, point) => {
    const { repo } = await openShop();
    expect((await failureOf(repo.load('1', point))).code).toBe(code);
    expect((await failureOf(repo.diff('1', point))).code).toBe(code);
    expect((await failureOf(repo.replay('1', { initialState: () => 0, evolve: () => 0 }, point))).code).toBe(
      code,
    );
    expect(() => repo.history('1', point)).toThrow(code);
  });

  it('the end of a diff, where it comes before the beginning', async () => {
    const { repo } = await openShop();
    const error = await failureOf(repo.diff('1', {}, { version: wrong<Version>(0) }));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
  });
});
