import type { LogEntry } from 'mortar/event-store';
import { position } from 'mortar/event-store';
import { describe, expect, it } from 'vitest';
import { auditEffects, type Fate, type Remains, WORK } from '../../campaigns/frame/effects.mjs';
import { hashOf } from '../../campaigns/frame/event.mjs';

// A check that can't fail checks nothing: each of these plants one fault into remains that are otherwise right.
describe('the audit of effects', () => {
  it('has nothing to say of remains that are right', () => {
    expect(auditEffects(makeRemains())).toEqual([]);
  });

  it.each<[string, (remains: Remains) => Partial<Remains>, string]>([
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
    ['no effect', ({ effects }) => ({ effects: effects.slice(0, -1) }), 'has 0 effects; expected 1'],
    ['an effect twice', ({ effects }) => ({ effects: [...effects, 'e2'] }), 'has 2 effects; expected 1'],
    [
      'an effect of nothing',
      ({ effects }) => ({ effects: [...effects, 'e9'] }),
      'e9, which is not in the log',
    ],
    ['no letter', () => ({ letters: [] }), 'e3 (dead, position 3) has 0 letters; expected 1'],
    [
      'a letter of an event that was handled',
      ({ letters, entries }) => ({ letters: [...letters, letterOf(entries, 'e1', undefined)] }),
      'e1 (handled, position 1) has 1 letters; expected 0',
    ],
    [
      'other bytes in a letter',
      ({ letters }) => ({ letters: letters.map((letter) => ({ ...letter, payload: '{}' })) }),
      'the letter of event e3 has other bytes',
    ],
    ['no follower', ({ entries }) => ({ entries: without(entries, 'e4') }), 'has 0 followers; expected 1'],
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

  it('takes what killed its process for poison: a letter without an effect', () => {
    const { entries, letters, effects, ...rest } = makeRemains();
    const poison = letterOf(entries, 'e2', 'MORTAR_PROCESS_DIED');
    const remains = { ...rest, entries, letters: [...letters, poison] };
    expect(auditEffects({ ...remains, effects: effects.filter((id) => id !== 'e2') })).toEqual([]);
    expect(auditEffects({ ...remains, effects }).join('\n')).toContain('has 1 effects; expected 0');
  });
});

/** Two keys, each fate, an event that follows from another, and one whose unit has written a row. */
function makeRemains(): Remains {
  const entries = [
    entry(1, 'a', 'handled', 1),
    entry(2, 'b', 'retried', 0),
    entry(3, 'a', 'dead', 0),
    { ...entry(4, 'a', 'handled', 0), causationId: 'e1' },
    { ...entry(5, 'a', 'handled', 0), metadata: { unit: 'yes' } },
  ];
  return {
    entries,
    effects: ['e1', 'e2', 'e4', 'e5'],
    commands: ['e5'],
    letters: [letterOf(entries, 'e3', undefined)],
    published: new Map(entries.map(({ id, payload }) => [id, hashOf(payload)])),
    commanded: new Set(['e5']),
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
    payload: JSON.stringify({ fate, follows, text: '' }),
    position: position(place),
    streamId: undefined,
    version: undefined,
  };
}

function letterOf(
  entries: readonly LogEntry[],
  event: string,
  code: string | undefined,
): Remains['letters'][number] {
  return { event, payload: entries.find(({ id }) => id === event)?.payload, code };
}

function without(entries: readonly LogEntry[], gone: string): LogEntry[] {
  return entries.filter(({ id }) => id !== gone);
}
