import { describe, expect, it } from 'vitest';
import { type Decider, decider } from '../../../src/sourcing/index.js';
import { story } from '../../../src/testing/index.js';
import { failureIn } from '../fixtures/failure.js';

interface Added {
  readonly type: 'counter.added';
  readonly data: { by: number };
}

interface Everything {
  list: number[];
  map: Map<string, { deep: number }>;
  set: Set<number>;
  date: Date;
  bytes: Uint8Array;
  made: Made;
}

class Made {
  inside = { value: 1 };
}

const added: Added = Object.freeze({ type: 'counter.added', data: { by: 1 } });

function everything(): Everything {
  return {
    list: [3, 1, 2],
    map: new Map([['a', { deep: 1 }]]),
    set: new Set([1]),
    date: new Date(5),
    bytes: new Uint8Array([1, 2]),
    made: new Made(),
  };
}

type Command = { items: number[] };

function withDecide(
  decide: (command: Command, state: Everything) => unknown,
): Decider<Everything, Command, Added> {
  return decider({
    initialState: everything,
    decide: decide as (command: Command, state: Everything) => Added[],
    evolve: (state: Everything, _: Added) => state,
  });
}

function withEvolve(
  evolve: (state: Everything, event: Added) => unknown,
): Decider<Everything, Command, Added> {
  return decider({
    initialState: everything,
    // New each time: what an earlier story was given is frozen already.
    decide: () => [{ type: 'counter.added', data: { by: 1 } }],
    evolve: evolve as (state: Everything, event: Added) => Everything,
  });
}

const changes: readonly [string, (state: Everything) => unknown][] = [
  ['a property', (state) => Object.assign(state, { more: 1 })],
  [
    'a property that is deleted',
    (state: Partial<Everything>) => {
      delete state.list;
    },
  ],
  ['a list', (state) => state.list.push(4)],
  ['a list that is sorted', (state) => state.list.sort()],
  ['a Map', (state) => state.map.set('b', { deep: 2 })],
  ['a Map that is emptied', (state) => state.map.clear()],
  [
    'what a Map holds',
    (state) => {
      for (const held of state.map.values()) held.deep = 2;
    },
  ],
  ['a Set', (state) => state.set.delete(1)],
  ['a Date', (state) => state.date.setTime(6)],
  ['bytes', (state) => state.bytes.fill(7)],
  [
    'an instance of a class',
    (state) => {
      state.made.inside.value = 2;
    },
  ],
];

describe('a decider fails that changes', () => {
  it.each(changes)('in decide: %s', (_, change) => {
    const changing = withDecide((__, state) => {
      change(state);
      return [];
    });
    const { message } = failureIn(() => story(changing).when({ items: [] }).thenNothing());
    expect(message).toMatch(/^when \{ items: \[\] \}: decide changes (what|bytes that) it is given/);
  });

  it.each(changes)('in evolve: %s', (_, change) => {
    const changing = withEvolve((state) => {
      change(state);
      return state;
    });
    const { message } = failureIn(() => story(changing).given(added).thenState(everything()));
    expect(message).toMatch(/^given events: evolve changes (what|bytes that) it is given/);
  });

  it('its command, an event that was given, and one that it decided', () => {
    const sorting = withDecide(({ items }) => {
      items.sort();
      return [];
    });
    const sorted = failureIn(() =>
      story(sorting)
        .when({ items: [2, 1] })
        .thenNothing(),
    );
    expect(sorted.message).toContain('decide changes what it is given');
    expect(sorted.cause).toBeInstanceOf(TypeError);
    const growing = withEvolve((state, { data }) => {
      data.by += 1;
      return state;
    });
    const given = { type: 'counter.added', data: { by: 1 } } as const;
    expect(failureIn(() => story(growing).given(given).when({ items: [] }).thenNothing()).message).toContain(
      'evolve changes what it is given',
    );
    expect(failureIn(() => story(growing).when({ items: [] }).then(added)).message).toContain(
      'evolve changes what it is given',
    );
  });

  it('what initialState gave before', () => {
    const kept = { count: 0 };
    const keeping = decider({
      initialState: () => kept,
      decide: () => [],
      evolve: (state: { count: number }, _: Added) => {
        state.count += 1;
        return state;
      },
    });
    failureIn(() => story(keeping).given(added).thenState({ count: 1 }));
    expect(kept).toEqual({ count: 0 });
  });

  it('also where it is expected to throw', () => {
    const changing = withDecide((_, { list }) => list.push(4));
    const { message } = failureIn(() => story(changing).when({ items: [] }).thenThrows(TypeError));
    expect(message).toContain('decide changes what it is given');
  });
});

describe('a decider may', () => {
  it('make a new state of one that it is given, and keep the rest', () => {
    const making = withEvolve((state) => ({
      ...state,
      list: state.list.toSorted(),
      map: new Map(state.map).set('b', { deep: 2 }),
      set: new Set(state.set).add(2),
      date: new Date(new Date(state.date).setTime(6)),
      bytes: state.bytes.slice().fill(7),
    }));
    story(making)
      .given(added, added)
      .thenState({
        ...everything(),
        list: [1, 2, 3],
        map: new Map([
          ['a', { deep: 1 }],
          ['b', { deep: 2 }],
        ]),
        set: new Set([1, 2]),
        date: new Date(6),
        bytes: new Uint8Array([7, 7]),
      });
  });

  it('throw a TypeError that is its own', () => {
    const throwing = withDecide(() => {
      throw new TypeError('no number');
    });
    story(throwing).when({ items: [] }).thenThrows(new TypeError('no number'));
  });

  it('hold a state that holds itself, or a deep one', () => {
    interface Node {
      next?: Node;
    }
    const ring: Node = {};
    ring.next = ring;
    let chain: Node = {};
    for (let depth = 0; depth < 50_000; depth += 1) chain = { next: chain };
    const held = decider({
      initialState: () => ({ ring, chain }),
      decide: () => [],
      evolve: (state: { ring: Node; chain: Node }, _: Added) => state,
    });
    story(held).given(added).when({}).thenNothing();
  });
});

describe('a decider fails that answers', () => {
  it.each(['initialState', 'decide', 'evolve'] as const)('with a promise, in %s', (name) => {
    const promising = {
      ...withDecide(() => [added]),
      [name]: () => Promise.reject(new Error('nobody waits for it')),
    };
    const { message } = failureIn(() => story(promising).given(added).when({ items: [] }).thenNothing());
    expect(message).toContain(`${name} answered with a promise, where it answers at once`);
  });

  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    ['counter.added', '"counter.added"'],
    [[{ type: 'counter.added' }], 'an object'],
    [[added, null], 'null'],
    [{ type: 5, data: {} }, 'an object'],
    [[[added]], 'an array'],
    [{ ...added, tags: ['a'] }, 'an event with the field "tags"'],
  ])('with %o', (answer, told) => {
    const { message } = failureIn(() =>
      story(withDecide(() => answer))
        .when({ items: [] })
        .thenNothing(),
    );
    expect(message).toContain(
      `decide answered with ${told}, where an event, { type, data }, a list of events or a failure is due`,
    );
  });

  it('with an event that it can not fold, whatever is expected', () => {
    const failing = withEvolve(() => {
      throw new Error('what is that?');
    });
    const decided = failureIn(() => story(failing).when({ items: [] }).then(added));
    expect(decided.message).toContain('evolve threw an error for event decided 1, counter.added');
    expect(decided.message).toContain('Error: what is that?');
    const given = failureIn(() => story(failing).given(added).when({ items: [] }).then(added));
    expect(given.message).toContain('for event given 1, counter.added');
    expect(given.cause).toBeInstanceOf(Error);
  });

  it('with an error where it begins', () => {
    const failing = {
      ...withDecide(() => []),
      initialState: (): never => {
        throw new Error('no state');
      },
    };
    expect(failureIn(() => story(failing).thenState(undefined as never)).message).toContain(
      'initialState threw an error',
    );
  });
});
