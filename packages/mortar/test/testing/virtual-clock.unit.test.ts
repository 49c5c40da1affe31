import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settled, VirtualClock } from '../../src/testing/index.js';
import { codeOf } from '../contracts/caught.js';

/** A clock, and what its timers have done: their names and when. */
function scene(clock: VirtualClock = new VirtualClock(0)) {
  const log: [string, number][] = [];
  const note = (name: string) => (): void => void log.push([name, clock.now()]);
  return { clock, log, note };
}

describe('a virtual clock', () => {
  it('stands still until it is told to go on', async () => {
    const clock = new VirtualClock();
    const before = clock.now();
    await settled(10);
    expect(clock.now()).toBe(before);
    await clock.advance(1);
    expect(clock.now()).toBe(before + 1);
  });

  it('starts at a date', () => {
    expect(VirtualClock.at('2026-01-31T12:00:00Z').now()).toBe(Date.UTC(2026, 0, 31, 12));
    expect(VirtualClock.at(new Date(-5)).now()).toBe(-5);
    expect(new VirtualClock(7).now()).toBe(7);
  });

  it('fires what is due, at its time, and nothing else', async () => {
    const { clock, log, note } = scene();
    clock.after(30, note('c'));
    clock.after(10, note('a'));
    clock.after(20, note('b'));
    await clock.advance(9);
    expect(log).toEqual([]);
    await clock.advance(11);
    expect(log).toEqual([
      ['a', 10],
      ['b', 20],
    ]);
    expect(clock.pending).toBe(1);
    await clock.advance(100);
    expect(log.at(-1)).toEqual(['c', 30]);
    expect(clock.now()).toBe(120);
  });

  it('fires timers of one instant in the order of their making', async () => {
    const { clock, log, note } = scene();
    clock.after(10, note('a'));
    await clock.advance(5);
    clock.after(5, note('b'));
    clock.after(5, note('c'));
    await clock.advance(5);
    expect(log.map(([name]) => name)).toEqual(['a', 'b', 'c']);
  });

  it('fires what a timer starts on its way', async () => {
    const { clock, log, note } = scene();
    clock.after(10, () => void clock.after(10, note('second')));
    clock.after(25, note('third'));
    await clock.advance(20);
    expect(log).toEqual([['second', 20]]);
  });

  it('lets everything happen between two timers that needs no time', async () => {
    const { clock, log, note } = scene();
    clock.after(10, async () => {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      await new Promise<void>((resolve) => process.nextTick(resolve));
      setImmediate(() => clock.after(0, note('between')));
    });
    clock.after(11, note('after'));
    await clock.advance(11);
    expect(log).toEqual([
      ['between', 10],
      ['after', 11],
    ]);
  });

  it('starts with what is under way already', async () => {
    const { clock, log, note } = scene();
    void Promise.resolve().then(() => clock.after(5, note('late start')));
    await clock.advance(5);
    expect(log).toEqual([['late start', 5]]);
  });

  it('never fires what was called off, also by a timer of the same instant', async () => {
    const { clock, log, note } = scene();
    const cancel = clock.after(10, note('x'));
    clock.after(5, () => cancel());
    const cancelTwin: { now?: () => void } = {};
    clock.after(10, () => cancelTwin.now?.());
    cancelTwin.now = clock.after(10, note('twin'));
    await clock.advance(10);
    expect(log).toEqual([]);
    expect(clock.pending).toBe(0);
    cancel();
    expect(clock.pending).toBe(0);
  });

  it('takes a negative delay for none', async () => {
    const { clock, log, note } = scene();
    clock.after(-50, note('past'));
    await clock.advance(0);
    expect(log).toEqual([['past', 0]]);
  });

  it('takes fractions of a millisecond', async () => {
    const { clock, log, note } = scene();
    clock.after(0.5, note('half'));
    await clock.advance(1);
    expect(log).toEqual([['half', 0.5]]);
  });

  it('hands on what a timer throws; time stands there, and the others still wait', async () => {
    const { clock, log, note } = scene();
    clock.after(10, () => {
      throw new RangeError('no');
    });
    clock.after(20, note('b'));
    await expect(clock.advance(100)).rejects.toThrow(RangeError);
    expect([clock.now(), clock.pending]).toEqual([10, 1]);
    await clock.advance(10);
    expect(log).toEqual([['b', 20]]);
  });

  it('never goes back where a timer lets time pass of its own', async () => {
    const { clock, log, note } = scene();
    clock.after(10, () => void clock.advance(1_000));
    clock.after(500, note('inner'));
    await clock.advance(20);
    await clock.advance(0);
    await settled(20);
    expect(clock.now()).toBe(1_010);
    expect(log).toEqual([['inner', 500]]);
  });
});

describe('a virtual clock that is set', () => {
  it('says another time, and each timer keeps the time it has left', async () => {
    const { clock, log, note } = scene(new VirtualClock(1_000));
    clock.after(10, note('a'));
    clock.adjust(-500);
    expect(clock.now()).toBe(500);
    await clock.advance(9);
    expect(log).toEqual([]);
    clock.adjust(2_000);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual([['a', 2_510]]);
  });
});

describe('runOut', () => {
  it('goes from timer to timer until there are none', async () => {
    const { clock, log, note } = scene();
    clock.after(1_000_000, () => void clock.after(1_000_000, note('last')));
    await clock.runOut();
    expect(log).toEqual([['last', 2_000_000]]);
    expect(clock.pending).toBe(0);
  });

  it('ends with an error for timers that start each other for ever', async () => {
    const clock = new VirtualClock(0);
    const beat = (): void => void clock.after(10, beat);
    beat();
    await expect(clock.runOut({ maxTimers: 50 })).rejects.toMatchObject({ code: 'MORTAR_TIMERS_ENDLESS' });
    expect(clock.now()).toBe(500);
  });

  it('fires as many as it may, and no error comes if that was all', async () => {
    const { clock, log, note } = scene();
    for (let index = 0; index < 50; index += 1) clock.after(index, note('x'));
    await clock.runOut({ maxTimers: 50 });
    expect(log).toHaveLength(50);
  });
});

describe('advance', () => {
  it('ends with an error for timers that start each other at one instant', async () => {
    const clock = new VirtualClock(0);
    const spin = (): void => void clock.after(0, spin);
    spin();
    await expect(clock.advance(1)).rejects.toMatchObject({ code: 'MORTAR_TIMERS_ENDLESS' });
    expect(clock.now()).toBe(0);
  });

  it('goes on with timers that start each other over time', async () => {
    const clock = new VirtualClock(0);
    let beats = 0;
    const beat = (): void => {
      beats += 1;
      clock.after(1, beat);
    };
    clock.after(1, beat);
    await clock.advance(100_001);
    expect(beats).toBe(100_001);
  });
});

describe('bad arguments', () => {
  it.each([-1, Number.NaN, 1.5, Number.POSITIVE_INFINITY])('advance(%s) is refused', async (ms) => {
    await expect(new VirtualClock().advance(ms)).rejects.toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 31])(
    'after(%s) is refused',
    (ms) => {
      expect(codeOf(() => new VirtualClock().after(ms, () => undefined))).toBe('MORTAR_OPTIONS_INVALID');
    },
  );

  it.each(['', 'soon', new Date(Number.NaN)])('at(%s) is refused', (date) => {
    expect(codeOf(() => VirtualClock.at(date))).toBe('MORTAR_OPTIONS_INVALID');
  });

  it('other times and bounds are refused', async () => {
    expect(codeOf(() => new VirtualClock(Number.NaN))).toBe('MORTAR_OPTIONS_INVALID');
    expect(codeOf(() => new VirtualClock().adjust(0.5))).toBe('MORTAR_OPTIONS_INVALID');
    const clock = new VirtualClock();
    await expect(clock.runOut({ maxTimers: 0 })).rejects.toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
  });
});

/** What may be done with a clock: timers are named by their number. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('after' as const), ms: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('nested' as const), ms: fc.nat(10) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), ms: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(15) }) },
);

describe('any sequence of timers', () => {
  it('fires in order, each at most once, what was called off never, and all that is due', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = new VirtualClock(0);
        const made: { dueAt: number; cancel: () => void; isCancelled: boolean }[] = [];
        const fired: { no: number; at: number }[] = [];
        const start = (ms: number, follow?: number): void => {
          const no = made.length;
          const cancel = clock.after(ms, () => {
            fired.push({ no, at: clock.now() });
            if (follow !== undefined) start(follow);
          });
          made.push({ dueAt: clock.now() + ms, cancel, isCancelled: false });
        };
        for (const { kind, ms } of steps) {
          if (kind === 'after') start(ms);
          else if (kind === 'nested') start(ms, ms);
          else if (kind === 'advance') await clock.advance(ms);
          else {
            const timer = made[ms];
            const isOpen = timer !== undefined && !fired.some(({ no }) => no === ms);
            timer?.cancel();
            if (timer !== undefined && isOpen) timer.isCancelled = true;
          }
        }
        const due = made.flatMap(({ dueAt, isCancelled }, no) =>
          isCancelled || dueAt > clock.now() ? [] : [{ no, at: dueAt }],
        );
        // Those made without a delay since the last step of time have not had their turn.
        const waiting = due.filter(({ no, at }) => at === clock.now() && !fired.some((one) => one.no === no));
        const expected = due
          .filter((one) => !waiting.includes(one))
          .sort((a, b) => a.at - b.at || a.no - b.no);
        expect(fired).toEqual(expected);
        await clock.runOut();
        expect(fired.length).toBe(made.filter(({ isCancelled }) => !isCancelled).length);
        expect(new Set(fired.map(({ no }) => no)).size).toBe(fired.length);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('settled', () => {
  it('waits for microtasks, ticks and immediates', async () => {
    const seen: string[] = [];
    void Promise.resolve().then(() => seen.push('microtask'));
    process.nextTick(() => seen.push('tick'));
    setImmediate(() => void Promise.resolve().then(() => seen.push('immediate')));
    await settled();
    expect(seen.sort()).toEqual(['immediate', 'microtask', 'tick']);
  });

  it('waits for as many turns as it is told', async () => {
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      if (turns < 20) setImmediate(turn);
    };
    setImmediate(turn);
    await settled(20);
    expect(turns).toBe(20);
  });
});
