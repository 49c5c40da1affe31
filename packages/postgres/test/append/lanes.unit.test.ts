import { type Append, streamId, type Version } from 'mortar/event-store';
import { describe, expect, it } from 'vitest';
import { Lanes } from '../../src/internal/append/lanes.js';
import { anEvent } from '../support/events.js';

interface Job {
  readonly name: string;
  readonly appends: readonly Append[];
}

/** A store that runs one group after the other when it is told to, and says which jobs came together. */
function waitingLanes(): {
  readonly lanes: Lanes<Job, string>;
  readonly groups: string[][];
  readonly goOn: (() => void)[];
  readonly clock: { now: number };
} {
  const clock = { now: 0 };
  const groups: string[][] = [];
  const goOn: (() => void)[] = [];
  const lanes = new Lanes<Job, string>(
    async (jobs) => {
      groups.push(jobs.map(({ name }) => name));
      await new Promise<void>((resolve) => goOn.push(resolve));
      return jobs.map(({ name }) => ({ ok: true, result: name }));
    },
    () => clock.now,
  );
  return { lanes, groups, goOn, clock };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function job(name: string, stream?: string, key?: string): Job {
  const event = anEvent(key === undefined ? {} : { key });
  const append = { events: [event], expectedVersion: 'any' as const };
  return { name, appends: [stream === undefined ? append : { ...append, streamId: streamId(stream) }] };
}

describe('lanes', () => {
  it('are under way at once, each with its share of what came at once', async () => {
    const { lanes, groups } = waitingLanes();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) void lanes.submit(job(name));
    await settled();
    expect(groups).toEqual([
      ['a', 'c', 'e'],
      ['b', 'd', 'f'],
    ]);
  });

  it.each([
    ['stream', (name: string) => job(name, 'order-1')],
    ['key', (name: string) => job(name, undefined, 'ada')],
  ])('never have jobs of one %s at the same time, and keep their order', async (_, make) => {
    const { lanes, groups, goOn } = waitingLanes();
    const first = [lanes.submit(make('1')), lanes.submit(make('2')), lanes.submit(job('x'))];
    await settled();
    expect(groups).toEqual([['1', '2'], ['x']]);
    const third = lanes.submit(make('3'));
    await settled();
    expect(groups).toHaveLength(2);
    for (const end of goOn) end();
    await Promise.all(first);
    await settled();
    expect(groups.at(-1)).toEqual(['3']);
    goOn.at(-1)?.();
    expect(await third).toBe('3');
  });

  it('forget a key when its last job has ended, and then take the shorter lane', async () => {
    const { lanes, groups, goOn } = waitingLanes();
    const own = lanes.submit(job('1', 'order-1'));
    await settled();
    goOn[0]?.();
    await own;
    void lanes.submit(job('x'));
    void lanes.submit(job('2', 'order-1'));
    await settled();
    expect(groups.slice(1)).toEqual([['x'], ['2']]);
  });

  it('are one where the disk takes most of the time, and two again when it does not', async () => {
    const { lanes, groups, goOn, clock } = waitingLanes();
    const runAll = async (count: number, takesMs: number): Promise<void> => {
      const all = Array.from({ length: count }, (_, index) => lanes.submit(job(`${index}`)));
      await settled();
      clock.now += takesMs;
      for (const end of goOn.splice(0)) end();
      await Promise.all(all);
    };
    await runAll(4, 20);
    await runAll(4, 3);
    await runAll(4, 3);
    expect(groups.map(({ length }) => length)).toEqual([2, 2, 4, 4]);
    // What is more than one group may have is under way at the same time in the other.
    await runAll(160, 50);
    expect(groups.slice(-2).map(({ length }) => length)).toEqual([100, 60]);
    for (let round = 0; round < 30; round += 1) await runAll(4, 0.5);
    await runAll(4, 0.5);
    expect(groups.slice(-2).map(({ length }) => length)).toEqual([2, 2]);
    // Many jobs take longer, whatever the disk does.
    for (let round = 0; round < 30; round += 1) await runAll(160, 5);
    expect(groups.slice(-2).map(({ length }) => length)).toEqual([80, 80]);
  });

  it('let those who were answered join who waits already, where the disk takes most of the time', async () => {
    const { lanes, groups, goOn, clock } = waitingLanes();
    const rounds = async (name: string): Promise<void> => {
      for (let round = 0; round < 6; round += 1) await lanes.submit(job(name));
    };
    const callers = ['a', 'b'].map(rounds);
    // One after the other they come to share a group, though they began in two.
    while (groups.at(-1)?.length !== 2 && groups.length < 12) {
      await settled();
      clock.now += 20;
      goOn.shift()?.();
    }
    expect(groups.at(-1)).toEqual(expect.arrayContaining(['a', 'b']));
    const over = Promise.all(callers);
    let isOver = false;
    void over.then(() => {
      isOver = true;
    });
    while (!isOver) {
      goOn.shift()?.();
      await settled();
    }
  });

  it('have jobs with more than one version of a stream in one lane', async () => {
    const { lanes, groups } = waitingLanes();
    const at = (version: number): Job => ({
      name: `${version}`,
      appends: [
        {
          streamId: streamId('order-1'),
          expectedVersion: version as Version,
          events: [anEvent({ key: `${version}` })],
        },
      ],
    });
    for (let version = 0; version < 4; version += 1) void lanes.submit(at(version));
    await settled();
    expect(groups).toEqual([['0', '1', '2', '3']]);
  });
});
