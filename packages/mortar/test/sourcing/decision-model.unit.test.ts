import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fail } from '../../src/bus/index.js';
import { event } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import { BEGINNING, type EventStore, streamId } from '../../src/event-store/index.js';
import {
  type DomainEventOf,
  decideOn,
  decider,
  decisionModel,
  readDecision,
  renamed,
} from '../../src/sourcing/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import { changedEvents } from '../support/changed-stores.js';
import { openBank } from './bank.js';

const course = z.object({ course: z.string(), seats: z.number() });
const place = z.object({ course: z.string(), student: z.string() });
const Defined = event('school.course-defined', { data: course, tags: ({ course: id }) => [`course:${id}`] });
const Subscribed = event('school.student-subscribed', {
  data: place,
  tags: (data) => [`course:${data.course}`, `student:${data.student}`],
});

type SchoolEvent = DomainEventOf<typeof Defined | typeof Subscribed>;
interface School {
  readonly seats: number;
  /** Who sits where. */
  readonly places: readonly string[];
}
interface Subscribe {
  readonly course: string;
  readonly student: string;
}

const MOST_COURSES = 2;

const subscribing = decider({
  initialState: (): School => ({ seats: 0, places: [] }),
  decide: ({ course: id, student }: Subscribe, { seats, places }) => {
    const place = `${student}@${id}`;
    if (places.includes(place)) return [];
    if (places.filter((one) => one.endsWith(`@${id}`)).length >= seats) return fail('full', { id });
    if (places.filter((one) => one.startsWith(`${student}@`)).length >= MOST_COURSES)
      return fail('busy', { student });
    return [{ type: Subscribed.name, data: { course: id, student } }];
  },
  evolve: (state, happened: SchoolEvent) =>
    happened.type === 'school.course-defined'
      ? { ...state, seats: state.seats + happened.data.seats }
      : { ...state, places: [...state.places, `${happened.data.student}@${happened.data.course}`] },
});

const options = {
  name: 'subscribe',
  decider: subscribing,
  events: [Defined, Subscribed],
  query: ({ course: id, student }: Subscribe) => [
    { tags: [`course:${id}`] },
    { types: [Subscribed.name], tags: [`student:${student}`] },
  ],
} as const;
const subscribe = decisionModel(options);

async function open(...courses: readonly (readonly [id: string, seats: number])[]) {
  const bank = openBank();
  for (const [id, seats] of courses) await bank.stored.append([{ events: [defined(id, seats)] }]);
  return bank;
}

function defined(id: string, seats: number, type: string = Defined.name) {
  return anEvent({ type, payload: JSON.stringify({ course: id, seats }), tags: [`course:${id}`] });
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof MortarError ? error.code : error),
  );
}

describe('a decision over several streams', () => {
  it('is made from all events that its query finds, and appended', async () => {
    const { stored } = await open(['a', 2], ['b', 1]);
    const decided = await decideOn(
      { events: stored },
      subscribe,
      { course: 'a', student: 's' },
      { actor: 'anna' },
    );
    expect(decided).toEqual({
      state: { seats: 2, places: ['s@a'] },
      events: [{ type: Subscribed.name, data: { course: 'a', student: 's' } }],
      positions: [3],
    });
    const { entries } = await stored.readAll({ after: 2 as never });
    expect(entries).toMatchObject([
      { type: Subscribed.name, streamId: undefined, tags: ['course:a', 'student:s'], actor: 'anna' },
    ]);
  });

  it('sees an event once that several items of the query find, in the order of the log', async () => {
    const { stored } = await open(['a', 5], ['b', 5]);
    for (const id of ['b', 'a']) await decideOn({ events: stored }, subscribe, { course: id, student: 's' });
    const basis = await readDecision({ events: stored }, subscribe, { course: 'a', student: 's' });
    expect(basis.state.places).toEqual(['s@b', 's@a']);
    expect(basis.condition.after).toBe(4);
  });

  it('reads as many pages as there are, up to one place in the log', async () => {
    const { stored } = await open(['a', 5]);
    const many = Array.from({ length: 2_500 }, () => defined('a', 1));
    await stored.append([{ events: many }]);
    const basis = await readDecision({ events: stored }, subscribe, { course: 'a', student: 's' });
    expect(basis.state.seats).toBe(2_505);
    const empty = await readDecision({ events: openBank().stored }, subscribe, { course: 'a', student: 's' });
    expect(empty).toMatchObject({ state: { seats: 0 }, condition: { after: BEGINNING } });
  });

  it('is made from one state of the log, whatever comes while it is read', async () => {
    const { stored } = await open(['a', 5]);
    const command = { course: 'a', student: 's' };
    let isFirst = true;
    const raced = changedEvents(stored, {
      readAll: async (range) => {
        const page = await stored.readAll(range);
        if (isFirst) {
          isFirst = false;
          await decideOn({ events: stored }, subscribe, command);
        }
        return page;
      },
    });
    const basis = await readDecision({ events: raced }, subscribe, command);
    expect(basis).toMatchObject({ state: { seats: 5, places: [] }, condition: { after: 1 } });
    await expect(stored.append([{ events: [defined('b', 1)] }], basis.condition)).rejects.toMatchObject({
      code: 'MORTAR_APPEND_CONFLICT',
    });
  });

  it('appends nothing where nothing has to happen, and for a failure', async () => {
    const { stored } = await open(['a', 1]);
    await decideOn({ events: stored }, subscribe, { course: 'a', student: 's' });
    const again = await decideOn({ events: stored }, subscribe, { course: 'a', student: 's' });
    expect(again).toMatchObject({ events: [], positions: [] });
    await expect(
      decideOn({ events: stored }, subscribe, { course: 'a', student: 't' }),
    ).rejects.toMatchObject({
      code: 'MORTAR_REQUEST_REFUSED',
      cause: { name: 'full' },
    });
    expect(await stored.head()).toBe(2);
  });

  it('holds only as long as nothing comes that its query would have found', async () => {
    const { stored } = await open(['a', 1]);
    let raced = 0;
    const racing: EventStore = changedEvents(stored, {
      append: async (appends, condition) => {
        raced += 1;
        if (raced === 1) await decideOn({ events: stored }, subscribe, { course: 'a', student: 'faster' });
        return stored.append(appends, condition);
      },
    });
    const late = decideOn({ events: racing }, subscribe, { course: 'a', student: 's' });
    await expect(late).rejects.toMatchObject({ cause: { name: 'full' } });
    expect(raced).toBe(1);
    // What others decide about other courses and students does not disturb.
    raced = 0;
    await stored.append([{ events: [defined('b', 1)] }]);
    const calm = changedEvents(stored, {
      append: async (appends, condition) => {
        raced += 1;
        await stored.append([{ events: [defined('c', 1)] }]);
        return stored.append(appends, condition);
      },
    });
    await decideOn({ events: calm }, subscribe, { course: 'b', student: 's' });
    expect(raced).toBe(1);
  });

  it('gives up after as many conflicts as the model allows', async () => {
    const { stored } = await open(['a', 9]);
    let appends = 0;
    const contested = changedEvents(stored, {
      append: async (given, condition) => {
        appends += 1;
        await stored.append([{ events: [defined('a', 1)] }]);
        return stored.append(given, condition);
      },
    });
    const stubborn = decisionModel({ ...options, retries: 2 });
    const command = { course: 'a', student: 's' };
    expect(await codeOf(decideOn({ events: contested }, stubborn, command))).toBe('MORTAR_APPEND_CONFLICT');
    expect(appends).toBe(3);
  });

  it('never lets more in than there are seats, nor a student into more courses than allowed, whoever races', async () => {
    const wishes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('s', 't', 'u', 'v')), {
      maxLength: 24,
    });
    await fc.assert(
      fc.asyncProperty(wishes, async (given) => {
        const { stored } = await open(['a', 1], ['b', 2], ['c', 3]);
        const patient = decisionModel({ ...options, retries: 1_000 });
        const ends = await Promise.all(
          given.map(([id, student]) =>
            codeOf(decideOn({ events: stored }, patient, { course: id, student })),
          ),
        );
        expect(ends.filter((end) => end !== 'done' && end !== 'MORTAR_REQUEST_REFUSED')).toEqual([]);
        const { entries } = await stored.readAll({ filter: { types: [Subscribed.name] } });
        const places = entries.map(({ payload }): Subscribe => JSON.parse(payload));
        const count = (key: keyof Subscribe, is: string) => places.filter((one) => one[key] === is).length;
        for (const [id, seats] of [
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ] as const)
          expect(count('course', id)).toBeLessThanOrEqual(seats);
        for (const student of ['s', 't', 'u', 'v'])
          expect(count('student', student)).toBeLessThanOrEqual(MOST_COURSES);
        expect(new Set(places.map((one) => JSON.stringify(one))).size).toBe(places.length);
      }),
      { numRuns: 25 },
    );
  });

  it('appends to the streams that the model says, those of one stream together, all or nothing', async () => {
    const { stored } = await open();
    const ids = ['x', 'y', 'x', undefined, 'y'];
    const many = decisionModel({
      name: 'many',
      decider: decider({
        initialState: () => 0,
        decide: (_: 'go') =>
          ids.map((id, index) => ({ type: Defined.name, data: { course: `${id}`, seats: index } })),
        evolve: (count, _: DomainEventOf<typeof Defined>) => count + 1,
      }),
      events: [Defined],
      query: () => [{ types: [Defined.name] }],
      streamOf: ({ data }) => (data.course === 'undefined' ? undefined : `course-${data.course}`),
    });
    const { positions, state } = await decideOn({ events: stored }, many, 'go');
    expect(state).toBe(5);
    const { entries } = await stored.readAll();
    // Each event's position is its own, in the order in which they were decided.
    const seats = positions.map(
      (at) => JSON.parse(entries.find(({ position }) => position === at)?.payload ?? '').seats,
    );
    expect(seats).toEqual([0, 1, 2, 3, 4]);
    expect(
      (await stored.readStream(streamId('course-x'))).map(({ payload }) => JSON.parse(payload).seats),
    ).toEqual([0, 2]);
    expect(new Set(entries.map(({ correlationId }) => correlationId)).size).toBe(1);
  });

  it('finds retired events too, whatever they have become', async () => {
    const { stored } = await open();
    await stored.append([{ events: [defined('a', 3, 'school.course-made')] }]);
    const model = decisionModel({ ...options, retired: [renamed('school.course-made', Defined)] });
    const basis = await readDecision({ events: stored }, model, { course: 'a', student: 's' });
    expect(basis.state.seats).toBe(3);
    expect(basis.condition.query[0]?.types).toContain('school.course-made');
  });

  it('passes over events of types that the model does not know', async () => {
    const { stored } = await open(['a', 1]);
    await stored.append([{ events: [defined('a', 3, 'school.course-praised')] }]);
    expect(
      (await readDecision({ events: stored }, subscribe, { course: 'a', student: 's' })).state.seats,
    ).toBe(1);
  });

  it('appends the same events again where it could not be found out whether they lie there', async () => {
    const { stored } = await open(['a', 1]);
    let calls = 0;
    const unsure = changedEvents(stored, {
      append: async (appends, condition) => {
        calls += 1;
        const result = await stored.append(appends, condition);
        if (calls > 1) return result;
        throw new MortarError('MORTAR_COMMIT_UNKNOWN', { rule: '.', expected: '.', got: '.' });
      },
    });
    expect(await decideOn({ events: unsure }, subscribe, { course: 'a', student: 's' })).toMatchObject({
      positions: [2],
    });
    expect(await stored.head()).toBe(2);
  });
});

describe('a decision over several streams is refused, and nothing is appended, for', () => {
  const query = (given: unknown) => decisionModel({ ...options, query: () => given as never });
  const cases = [
    ['a query that is none', query(undefined), 'MORTAR_DECIDER_INVALID'],
    ['an empty query, which would protect nothing', query([]), 'MORTAR_DECIDER_INVALID'],
    ['a type that the model does not know', query([{ types: ['school.other'] }]), 'MORTAR_DECIDER_INVALID'],
    ['an item that is null', query([null]), 'MORTAR_DECIDER_INVALID'],
    ['an item that is a number', query([7]), 'MORTAR_DECIDER_INVALID'],
    ['an item that is a list', query([[]]), 'MORTAR_DECIDER_INVALID'],
    ['types that are no list', query([{ types: Defined.name }]), 'MORTAR_DECIDER_INVALID'],
    ['types that are null', query([{ types: null }]), 'MORTAR_DECIDER_INVALID'],
    ['an item with an unknown key', query([{ tag: 'a' }]), 'MORTAR_OPTIONS_INVALID'],
    ['tags that are no list', query([{ tags: 'a' }]), 'MORTAR_OPTIONS_INVALID'],
    ['a stream that is none', decisionModel({ ...options, streamOf: () => '' }), 'MORTAR_STREAM_ID_INVALID'],
  ] as const;

  it.each(cases)('%s', async (_, model, code) => {
    const { stored } = await open(['a', 1]);
    expect(await codeOf(decideOn({ events: stored }, model, { course: 'a', student: 's' }))).toBe(code);
    expect(await stored.head()).toBe(1);
  });

  it('an event that can not be folded, with where it lies', async () => {
    const { stored } = await open();
    await stored.append([{ events: [anEvent({ type: Defined.name, payload: '{', tags: ['course:a'] })] }]);
    const reading = readDecision({ events: stored }, subscribe, { course: 'a', student: 's' });
    await expect(reading).rejects.toMatchObject({ code: 'MORTAR_CODEC_CORRUPT', details: { position: 1 } });
  });
});
