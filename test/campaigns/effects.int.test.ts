import type { LogEntry, Position } from 'mortar/event-store';
import { keyHashOf, partitionOf, position } from 'mortar/event-store';
import { describe, expect, it } from 'vitest';
import { makeAttempts } from '../../campaigns/frame/delivery/attempts.mjs';
import { auditEffects, countLetters, type Known } from '../../campaigns/frame/delivery/effects.mjs';
import { auditPlaces } from '../../campaigns/frame/delivery/places.mjs';
import {
  BATCHING,
  ECHO,
  type Fate,
  HOLDING,
  SUBSCRIPTIONS,
  type Subscription,
  WORK,
  WORKING,
} from '../../campaigns/frame/delivery/plan.mjs';
import type { Letter, Place, Remains } from '../../campaigns/frame/delivery/remains.mjs';
import { hashOf } from '../../campaigns/frame/event.mjs';

type All = Remains & Known;

// A check that can't fail checks nothing: each of these plants one fault into remains that are otherwise right.
describe('the audit of effects', () => {
  it('has nothing to say of remains that are right', () => {
    expect(auditEffects(makeRemains())).toEqual([]);
  });

  it.each<[string, (remains: All) => Partial<All>, string]>([
    [
      'an event that is gone',
      ({ entries }) => ({ entries: without(entries, 'e2') }),
      'event e2 was acknowledged, and is gone',
    ],
    [
      'an event twice',
      ({ entries }) => ({ entries: [...entries, ...entries.slice(1, 2)] }),
      '1 events are twice',
    ],
    [
      'other bytes',
      ({ published }) => ({ published: new Map([...published, ['e2', 'x']]) }),
      'e2 has another payload',
    ],
    [
      'no effect',
      ({ effects }) => ({ effects: drop(effects, BATCHING, 'e2') }),
      `has 0 effects in ${BATCHING}; expected 1`,
    ],
    [
      'an effect twice',
      ({ effects }) => ({ effects: [...effects, { subscription: WORKING, event: 'e2' }] }),
      `has 2 effects in ${WORKING}; expected 1`,
    ],
    [
      'an effect of nothing',
      ({ effects }) => ({ effects: [...effects, { subscription: WORKING, event: 'e9' }] }),
      'e9, which is not in the log',
    ],
    [
      'no letter',
      ({ letters }) => ({ letters: letters.filter(({ subscription }) => subscription !== WORKING) }),
      `e3 (dead, position 3) has 0 letters in ${WORKING}; expected 1`,
    ],
    [
      'a letter of an event that was handled',
      ({ letters }) => ({ letters: [...letters, letterOf(WORKING, 'e1', 1)] }),
      `e1 (handled, position 1) has 1 letters in ${WORKING}; expected 0`,
    ],
    [
      'other bytes in a letter',
      ({ letters }) => ({ letters: letters.map((letter) => ({ ...letter, payload: '{}' })) }),
      `the letter of event e3 in ${WORKING} has other bytes`,
    ],
    [
      'a letter that holds its key in the end',
      ({ letters }) => ({ letters: letters.map((letter) => ({ ...letter, state: 'dead' as const })) }),
      `the letter of event e3 in ${HOLDING} is dead in the end`,
    ],
    [
      'a letter that nobody was to replay',
      ({ letters }) => ({ letters: letters.map((letter) => ({ ...letter, state: 'replayed' as const })) }),
      `the letter of event e3 in ${WORKING} is replayed in the end`,
    ],
    [
      'an effect of a letter that was discarded',
      ({ letters }) => ({ letters: letters.map((letter) => ({ ...letter, state: 'discarded' as const })) }),
      `e3 (dead, position 3) has 1 effects in ${HOLDING}; expected 0`,
    ],
    [
      'no follower',
      ({ entries }) => ({ entries: without(entries, 'e4') }),
      `has 0 followers in ${WORKING}; expected 1`,
    ],
    [
      'no echo of an effect',
      ({ entries }) => ({ entries: without(entries, 'echo-e2') }),
      `has 0 followers in ${HOLDING}; expected 1`,
    ],
    [
      'an echo twice',
      ({ entries }) => ({ entries: [...entries, { ...echoOf('e2', 99), id: 'again' }] }),
      `has 2 followers in ${HOLDING}; expected 1`,
    ],
    [
      'two effects of a key in the wrong order',
      ({ effects }) => ({ effects: effects.toReversed() }),
      'the effect of position 1 came after that of 5, both of key a',
    ],
    ['a unit without its row', () => ({ commands: [] }), 'the unit of event e5 wrote no row'],
    [
      'an acknowledged row that is gone',
      () => ({ commands: [] }),
      'the row of event e5 was acknowledged, and is gone',
    ],
    ['a row twice', () => ({ commands: ['e5', 'e5'] }), 'the unit of event e5 wrote 2 rows'],
    ['a row without its event', () => ({ commands: ['e5', 'e8'] }), 'wrote 1 rows, and no event'],
  ])('finds %s', (_, plant, expected) => {
    const remains = makeRemains();
    expect(auditEffects({ ...remains, ...plant(remains) }).join('\n')).toContain(expected);
  });
});

describe('letters since processes have ended', () => {
  it('are right where three attempts were cut off, and are counted', () => {
    const remains = withPoison(3);
    expect(auditEffects(remains)).toEqual([]);
    expect(
      countLetters(remains)['dead letters since processes ended, three or more attempts of each cut off'],
    ).toBe(1);
  });

  it('are a violation where fewer were', () => {
    expect(auditEffects(withPoison(2)).join('\n')).toContain(
      `the letter of event e2 in ${WORKING} speaks of 3 ends of processes; 2 of its attempts were cut off`,
    );
  });

  it('are a violation beside an effect', () => {
    const { effects, ...rest } = withPoison(3);
    const doubled = { ...rest, effects: [...effects, { subscription: WORKING, event: 'e2' }] };
    expect(auditEffects(doubled).join('\n')).toContain(`has 1 effects in ${WORKING}; expected 0`);
  });
});

describe('attempts on record', () => {
  it('are cut off by the end of their process, or with their lease, unless they were over', () => {
    const attempts = makeAttempts();
    const one = new Map();
    const place = `${WORKING} 3 key-1`;
    for (const line of [
      `began ${place} 7 1`,
      // Put on record in place of the other, which is not known to have happened yet.
      `began ${place} 9 1`,
      `began ${WORKING} 4 key-2 8 1`,
      `began ${WORKING} 5 key-3 11 1`,
      `over ${WORKING} 4 key-2`,
      `lost ${WORKING} 5`,
    ])
      expect(attempts.hear(line, one)).toBe(true);
    expect(attempts.hear('ready', one)).toBe(false);
    attempts.ended(one);
    const two = new Map();
    for (const line of [`began ${place} 9 2`, `began ${place} 9 3`, `over ${place} 9`, `over ${place}`])
      attempts.hear(line, two);
    attempts.ended(two);
    expect([...attempts.cutOff]).toEqual([
      [`${WORKING} 11`, 1],
      [`${WORKING} 7`, 1],
      [`${WORKING} 9`, 2],
    ]);
  });
});

describe('the audit of checkpoints', () => {
  const entries = [entry(1, 'a', 'handled', 0), entry(2, 'a', 'handled', 0), entry(3, 'b', 'handled', 0)];
  const effects = [
    { subscription: WORKING, event: 'e1' },
    { subscription: WORKING, event: 'e3' },
  ];

  it('has nothing to say where all that is passed has come to something, and nothing else has', () => {
    expect(auditPlaces({ entries, effects, letters: [], places: [placeOf(1, [3])] })).toEqual([]);
    const held = { ...placeOf(1, [2, 3]), held: [{ orderKey: 'a', first: position(2), last: position(2) }] };
    expect(auditPlaces({ entries, effects, letters: [], places: [held] })).toEqual([]);
    const letters = [letterOf(WORKING, 'e2', 2)];
    expect(auditPlaces({ entries, effects, letters, places: [placeOf(3, [])] })).toEqual([]);
  });

  it('finds an event that was passed by, and one that was not and has had its effect', () => {
    const all = { entries, effects, letters: [] };
    expect(auditPlaces({ ...all, places: [placeOf(3, [])] }).join('\n')).toContain(
      'has passed event e2 at position 2, of which there is nothing',
    );
    expect(auditPlaces({ ...all, places: [placeOf(1, [])] }).join('\n')).toContain(
      'has not passed event e3 at position 3, of which there is something',
    );
  });
});

/** Two keys, each fate, an event that follows from another, and one whose unit has written a row. */
function makeRemains(): All {
  const works = [
    entry(1, 'a', 'handled', 1),
    entry(2, 'b', 'retried', 0),
    entry(3, 'a', 'dead', 0),
    { ...entry(4, 'a', 'handled', 0), causationId: 'e1', metadata: { by: WORKING } },
    { ...entry(5, 'a', 'handled', 0), metadata: { unit: 'yes' } },
  ];
  const entries = [...works, ...works.map(({ id }, index) => echoOf(id, 10 + index))];
  return {
    entries,
    effects: SUBSCRIPTIONS.flatMap((subscription) =>
      works
        .filter(({ id }) => subscription === HOLDING || id !== 'e3')
        .map(({ id }) => ({ subscription, event: id })),
    ),
    commands: ['e5'],
    letters: [
      letterOf(WORKING, 'e3', 3),
      letterOf(BATCHING, 'e3', 3),
      { ...letterOf(HOLDING, 'e3', 3), state: 'replayed' },
    ],
    places: [],
    published: new Map(works.map(({ id, payload }) => [id, hashOf(payload)])),
    commanded: new Set(['e5']),
    cutOff: new Map(),
  };
}

/** An event that is blamed for three ends of its process. */
function withPoison(cutOff: number): All {
  const remains = makeRemains();
  const poison = { ...letterOf(WORKING, 'e2', 2), code: 'MORTAR_PROCESS_DIED', deaths: 3 };
  return {
    ...remains,
    effects: drop(remains.effects, WORKING, 'e2'),
    letters: [...remains.letters, poison],
    cutOff: new Map([[`${WORKING} 2`, cutOff]]),
  };
}

function entry(place: number, key: string, fate: Fate, follows: number): LogEntry {
  return {
    id: `e${place}`,
    type: WORK,
    schemaVersion: 1,
    key,
    priority: 'normal',
    occurredAt: 0,
    recordedAt: 0,
    correlationId: `e${place}`,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: payloadOf(fate, follows),
    position: position(place),
    streamId: undefined,
    version: undefined,
  };
}

function payloadOf(fate: Fate, follows: number): string {
  return JSON.stringify({ fate, holds: fate === 'dead', fails: 0, isInWrite: false, follows, text: '' });
}

function echoOf(cause: string, place: number): LogEntry {
  const id = `echo-${cause}`;
  return {
    ...entry(place, 'a', 'handled', 0),
    id,
    type: ECHO,
    causationId: cause,
    metadata: { by: HOLDING },
  };
}

/** Of an event of `makeRemains`: the third is dead, the second retried. */
function letterOf(subscription: Subscription, event: string, place: number): Letter {
  const fate = place === 3 ? 'dead' : place === 2 ? 'retried' : 'handled';
  return {
    subscription,
    event,
    position: place,
    payload: payloadOf(fate, place === 1 ? 1 : 0),
    state: 'dead',
    code: undefined,
    deaths: 0,
    failpoints: 0,
    replays: 0,
  };
}

/** Four partitions that have all come so far. */
function placeOf(low: number, ahead: readonly number[]): Place {
  const partitions = 4;
  const places = ahead.map((place): Position => position(place));
  const keys = new Map(
    ['a', 'a', 'b'].map((key, index) => [index + 1, partitionOf(keyHashOf(key), partitions)]),
  );
  return {
    subscription: WORKING,
    partitions,
    held: [],
    checkpoints: Array.from({ length: partitions }, (_, partition) => ({
      partition,
      low: position(low),
      ahead: places.filter((place) => keys.get(place) === partition),
    })),
  };
}

function without(entries: readonly LogEntry[], gone: string): LogEntry[] {
  return entries.filter(({ id }) => id !== gone);
}

function drop(effects: Remains['effects'], subscription: Subscription, event: string): Remains['effects'] {
  return effects.filter((effect) => effect.subscription !== subscription || effect.event !== event);
}
