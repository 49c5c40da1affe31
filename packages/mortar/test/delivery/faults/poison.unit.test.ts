import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NAME } from '../processing/bench.js';
import { Crashes, type Fate, nameOf, retryUnlessItKills } from './crashes.js';

let crashes: Crashes;
beforeEach(async () => {
  crashes = await Crashes.open();
});
afterEach(() => crashes.bench.close());

const ALWAYS = Number.POSITIVE_INFINITY;
const EIGHT = { concurrency: 8 };

const several = (count: number, name: string, fate: Omit<Fate, 'name'>, type?: string) =>
  Array.from({ length: count }, (_, index) =>
    crashes.event(`${name}${index}`, { name: `${name}${index}`, ...fate }, type),
  );

const poison = (name: string, ms = 60) => crashes.event(name, { name, kills: true, ms });

const letterNames = async (): Promise<readonly string[]> =>
  (await crashes.bench.letters()).map(nameOf).sort();

const isDead = (...names: readonly string[]) => {
  return async () => (await letterNames()).filter((name) => names.includes(name)).length === names.length;
};

describe('an event that kills its process', () => {
  it('is blamed alone, whatever is on record and fails beside it', async () => {
    await crashes.bench.publish(...several(20, 'held', { failures: ALWAYS, ms: 40 }));
    await crashes.start(EIGHT);
    await crashes.bench.until(async () => (await crashes.bench.held()).length === 20, 'twenty that are held');
    await crashes.bench.publish(poison('poison'), ...several(20, 'good', { ms: 20 }));
    await crashes.until(isDead('poison'), EIGHT);
    expect(crashes.kills).toBeGreaterThanOrEqual(4);
    expect(await letterNames()).toEqual(['poison']);
    expect(await crashes.blamed()).toEqual(['poison']);
    await crashes.until(() => crashes.effects().size === 20, EIGHT);
  });

  it('is blamed alone, one after the other, where there are several', async () => {
    await crashes.bench.publish(...several(12, 'held', { failures: ALWAYS, ms: 40 }));
    await crashes.start(EIGHT);
    await crashes.bench.until(async () => (await crashes.bench.held()).length === 12, 'twelve that are held');
    const names = ['poison 1', 'poison 2', 'poison 3', 'poison 4'];
    await crashes.bench.publish(...names.map((name) => poison(name)), ...several(20, 'good', { ms: 20 }));
    await crashes.until(isDead(...names), EIGHT);
    expect(await letterNames()).toEqual(names);
    await crashes.until(() => crashes.effects().size === 20, EIGHT);
    crashes.isMended = true;
    await crashes.until(() => crashes.effects().size === 32, EIGHT);
  });

  it('is blamed alone where it comes again and again among those that are retried for long', async () => {
    await crashes.bench.publish(...several(6, 'held', { failures: ALWAYS, ms: 300 }));
    await crashes.start(EIGHT);
    await crashes.bench.until(async () => (await crashes.bench.held()).length === 6, 'six that are held');
    const names = ['poison 1', 'poison 2', 'poison 3', 'poison 4', 'poison 5'];
    for (const name of names) {
      await crashes.bench.publish(poison(name));
      await crashes.until(isDead(name), EIGHT);
    }
    expect(crashes.kills).toBeGreaterThanOrEqual(15);
    expect(await letterNames()).toEqual(names);
  });

  it('is blamed alone beside a held key whose tail goes on', async () => {
    const tails = Array.from({ length: 6 }, (_, key) =>
      Array.from({ length: 10 }, (__, index) =>
        crashes.event(`tail${key}`, {
          name: `tail${key} ${index}`,
          failures: index % 3 === 0 ? 1 : 0,
          ms: 400,
        }),
      ),
    ).flat();
    await crashes.bench.publish(...tails);
    await crashes.start(EIGHT);
    await crashes.bench.until(async () => (await crashes.bench.held()).length === 6, 'six that are held');
    await crashes.bench.publish(poison('poison'));
    await crashes.until(isDead('poison'), EIGHT);
    await crashes.until(() => crashes.effects().size === 60, EIGHT);
    expect(crashes.kills).toBeGreaterThanOrEqual(4);
    expect(await letterNames()).toEqual(['poison']);
  });

  it('is blamed alone beside replays that are under way', async () => {
    const dying = { ...EIGHT, onDead: 'continue' as const, decide: () => ({ kind: 'deadLetter' as const }) };
    await crashes.bench.publish(...several(20, 'replayed', { failures: 1, ms: 200 }));
    await crashes.start(dying);
    await crashes.bench.until(async () => (await letterNames()).length === 20, 'letters');
    await crashes.bench.publish(poison('poison', 150));
    await crashes.bench.clock.advance(100);
    for (const { id } of await crashes.bench.letters())
      await crashes.bench.store.deadLetters.change(id, 'dead', 'replaying');
    await crashes.until(isDead('poison'), dying);
    await crashes.until(() => crashes.effects().size === 20, dying);
    expect(crashes.kills).toBeGreaterThanOrEqual(4);
    expect(await letterNames()).toEqual(['poison']);
  });

  it('is blamed alone where it is a replay itself, among keys that are held', async () => {
    const dying = { ...EIGHT, decide: retryUnlessItKills(10) };
    await crashes.bench.publish(...several(6, 'held', { failures: ALWAYS, ms: 300 }), poison('poison'));
    await crashes.until(isDead('poison'), dying);
    for (let round = 0; round < 3; round += 1) {
      const [letter] = await crashes.bench.letters();
      const { replays = 0 } = letter ?? {};
      await crashes.bench.store.deadLetters.change(letter?.id ?? '', 'dead', 'replaying');
      await crashes.until(async () => ((await crashes.bench.letters())[0]?.replays ?? 0) > replays, dying);
    }
    expect(await letterNames()).toEqual(['poison']);
  });

  it('is blamed alone where the innocent are of other subscriptions of the process', async () => {
    const own = { ...EIGHT, types: ['shop.order-placed'] };
    const others = ['a', 'b'].map((name) => ({ ...EIGHT, name, types: ['shop.other'] }));
    const names = ['poison 1', 'poison 2', 'poison 3'];
    await crashes.bench.publish(...several(8, 'held', { failures: ALWAYS, ms: 300 }, 'shop.other'));
    for (const order of [
      [own, ...others],
      [...others, own],
      [others[0] ?? {}, own, others[1] ?? {}],
    ]) {
      const name = names[(await letterNames()).length] ?? 'none';
      await crashes.bench.publish(poison(name));
      await crashes.until(isDead(name), ...order);
      crashes.kill();
    }
    expect(await letterNames()).toEqual(names);
    expect(new Set((await crashes.bench.letters()).map(({ subscription }) => subscription))).toEqual(
      new Set([NAME]),
    );
  });

  it('is found in batches as well, and is blamed alone', async () => {
    const decide = retryUnlessItKills(1_000);
    const batched = { batch: { size: 5, withinMs: 20 }, concurrency: 1, decide };
    await crashes.bench.publish(...several(4, 'held', { failures: ALWAYS, ms: 40 }));
    await crashes.start(batched);
    await crashes.bench.until(async () => (await crashes.bench.held()).length === 4, 'four that are held');
    await crashes.bench.publish(
      ...several(12, 'good', { ms: 20 }),
      poison('poison'),
      ...several(12, 'more', {}),
    );
    await crashes.until(isDead('poison'), batched);
    await crashes.until(() => crashes.effects().size === 24, batched);
    expect(crashes.kills).toBeGreaterThanOrEqual(4);
    expect(await letterNames()).toEqual(['poison']);
  });
});

describe('what was found on record when its process had died', () => {
  /** Held keys that were being called when their process was killed. */
  async function found(count: number, fate: Omit<Fate, 'name'>): Promise<void> {
    await crashes.bench.publish(...several(count, 'found', fate));
    await crashes.start(EIGHT);
    await crashes.bench.until(
      async () => (await crashes.bench.held()).length === count,
      'keys that are held',
    );
    await crashes.bench.until(
      async () => (await crashes.bench.held()).filter(({ state }) => state === 'running').length > 3,
      'attempts on record',
    );
    crashes.kill();
  }

  const overlaps = (calls: readonly { readonly at: number }[], ms: number): number =>
    calls.filter(({ at }, index) => calls.some((other, place) => place < index && at - other.at < ms)).length;

  it('is delivered one at a time', async () => {
    await found(8, { failures: 1, ms: 500 });
    const running = new Set(
      (await crashes.bench.held()).filter(({ state }) => state === 'running').map(({ orderKey }) => orderKey),
    );
    await crashes.until(() => crashes.effects().size === 8, EIGHT);
    const again = crashes.calls.filter(({ process, name }) => process === 2 && running.has(name));
    expect(again).toHaveLength(running.size);
    expect(overlaps(again, 500)).toBe(0);
  });

  it('lets the others go on when it takes longer than 10 s', async () => {
    await crashes.bench.publish(crashes.event('slow', { name: 'slow', failures: ALWAYS, ms: 60_000 }));
    await crashes.start({ ...EIGHT, decide: retryUnlessItKills(0) });
    await crashes.bench.until(async () => (await crashes.bench.held()).length === 1, 'a second call');
    await crashes.bench.until(async () => (await crashes.bench.held())[0]?.state === 'running', 'its record');
    crashes.kill();
    await crashes.start(EIGHT);
    const slowAt = () => crashes.calls.find(({ name, process }) => name === 'slow' && process === 2)?.at ?? 0;
    await crashes.bench.until(() => slowAt() > 0, 'the slow one');
    await crashes.bench.publish(...several(6, 'held', { failures: 1 }));
    await crashes.bench.until(() => crashes.effects().size === 6, 'the others');
    const firsts = crashes.calls.filter(({ name, attempt }) => name !== 'slow' && attempt === 1);
    const seconds = crashes.calls.filter(({ name, attempt }) => name !== 'slow' && attempt === 2);
    // What was never attempted before needs no record, and flows.
    expect(Math.max(...firsts.map(({ at }) => at)) - slowAt()).toBeLessThan(1_000);
    for (const { at } of seconds) {
      expect(at - slowAt()).toBeGreaterThanOrEqual(10_000);
      expect(at - slowAt()).toBeLessThan(12_500);
    }
  });
});
