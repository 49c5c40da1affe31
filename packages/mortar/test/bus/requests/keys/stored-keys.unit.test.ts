import { describe, expect, test } from 'vitest';
import { createMessageBus, type IdempotencyKeys, type KeyClaim } from '../../../../src/bus/index.js';
import { LogBook } from '../../../support/log-book.js';
import { errorOf, Latch, rejectionOf, watched } from '../../../support/parcels.js';
import { settled, VirtualClock } from '../../../support/virtual-clock.js';
import { Pay, Till } from '../till.js';

const KEY = { idempotencyKey: 'k' };
const ORDER = { order: 'a' };

/** Keeps keys as a store in another process would: each call takes its time, which the test decides. */
class SlowKeys implements IdempotencyKeys {
  readonly log: string[] = [];
  readonly kept = new Map<string, { readonly digest: string; readonly result: unknown }>();
  readonly claiming = new Latch();
  readonly keeping = new Latch();
  forgetting: () => Promise<void> = () => Promise.resolve();

  async claim(key: string): Promise<KeyClaim> {
    this.log.push('claim');
    await this.claiming.opened;
    const kept = this.kept.get(key);
    return kept === undefined ? { kind: 'free' } : { kind: 'kept', ...kept };
  }

  async keep(key: string, digest: string, result: unknown): Promise<void> {
    this.log.push('keep');
    await this.keeping.opened;
    this.kept.set(key, { digest, result });
  }

  forget(): Promise<void> {
    this.log.push('forget');
    return this.forgetting();
  }
}

function storedShop() {
  const keys = new SlowKeys();
  const clock = new VirtualClock();
  const logger = new LogBook();
  const bus = createMessageBus({ clock, logger }, keys);
  const { requests } = bus;
  const till = new Till();
  requests.handle(Pay, till.pay);
  return { bus, keys, clock, logger, requests, till };
}

describe('keys that a store keeps', () => {
  test('given a claim and a keeping that take time, when several dispatch, then one claims and runs, and all wait for the keeping', async () => {
    const { keys, requests, till } = storedShop();
    const all = [1, 2].map(() => watched(requests.dispatch(Pay, ORDER, KEY)));
    await settled();
    expect(till.calls).toHaveLength(0);
    keys.claiming.open();
    await settled();
    till.finish(1);
    await settled();
    expect(all.map(({ isSettled }) => isSettled)).toEqual([false, false]);
    expect(await rejectionOf(requests.dispatch(Pay, { order: 'b' }, KEY))).toBe(
      'MORTAR_IDEMPOTENCY_CONFLICT',
    );
    keys.keeping.open();
    expect(await Promise.all(all.map(({ promise }) => promise))).toEqual([
      { receipt: 'a 1' },
      { receipt: 'a 1' },
    ]);
    expect(keys.log).toEqual(['claim', 'keep']);
    expect(await requests.dispatch(Pay, ORDER, KEY)).toEqual({ receipt: 'a 1' });
    expect(await rejectionOf(requests.dispatch(Pay, { order: 'b' }, KEY))).toBe(
      'MORTAR_IDEMPOTENCY_CONFLICT',
    );
    expect(till.calls).toHaveLength(1);
  });

  test('given a caller that gives up during the claim, then the handler never starts, and the claim is given back when it is there', async () => {
    const { keys, clock, requests, till } = storedShop();
    const waiting = rejectionOf(requests.dispatch(Pay, ORDER, { ...KEY, timeoutMs: 1 }));
    await clock.advance(1);
    expect(await waiting).toBe('MORTAR_REQUEST_TIMEOUT');
    const before = keys.log.length;
    keys.claiming.open();
    await settled();
    expect(till.calls).toHaveLength(0);
    expect(keys.log.slice(before)).toEqual(['forget']);
    expect(keys.log.filter((line) => line === 'claim')).toHaveLength(1);
  });

  test('given one who waits for the end of what was given up, when that one gives up too, then the store is not asked for it', async () => {
    const { keys, clock, requests, till } = storedShop();
    keys.claiming.open();
    for (const _ of [1, 2]) {
      const waiting = rejectionOf(requests.dispatch(Pay, ORDER, { ...KEY, timeoutMs: 1 }));
      await settled();
      await clock.advance(1);
      expect(await waiting).toBe('MORTAR_REQUEST_TIMEOUT');
    }
    till.fail(1, new Error('aborted'));
    await settled();
    expect(keys.log).toEqual(['claim', 'forget']);
    expect(till.calls).toHaveLength(1);
  });

  test('given a caller that gives up during the keeping, then what has happened is kept, and does not run again', async () => {
    const { keys, clock, requests, till } = storedShop();
    keys.claiming.open();
    const waiting = rejectionOf(requests.dispatch(Pay, ORDER, { ...KEY, timeoutMs: 1 }));
    await settled();
    till.finish(1);
    await clock.advance(1);
    expect(await waiting).toBe('MORTAR_REQUEST_TIMEOUT');
    const again = requests.dispatch(Pay, ORDER, KEY);
    keys.keeping.open();
    expect(await again).toEqual({ receipt: 'a 1' });
    expect(keys.log).toEqual(['claim', 'keep']);
    expect(till.calls).toHaveLength(1);
  });

  test('given a keeping that takes time, when the bus stops, then it waits for that', async () => {
    const { keys, bus, requests, till } = storedShop();
    keys.claiming.open();
    const waiting = requests.dispatch(Pay, ORDER, KEY);
    await settled();
    till.finish(1);
    const stopping = watched(bus.stop());
    await settled();
    expect(stopping.isSettled).toBe(false);
    keys.keeping.open();
    expect(await stopping.promise).toEqual({ isDrained: true, givenUp: 0 });
    expect(keys.kept.size).toBe(1);
    expect(await waiting).toEqual({ receipt: 'a 1' });
  });

  test('given a command that fails, when the key can not be given back, then its own error comes back, and that is logged', async () => {
    const { keys, logger, requests, till } = storedShop();
    keys.claiming.open();
    keys.forgetting = () => Promise.reject(new Error('store is away'));
    const waiting = errorOf(requests.dispatch(Pay, ORDER, KEY));
    await settled();
    till.fail(1, new Error('no change'));
    expect(await waiting).toMatchObject({ message: 'no change' });
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { error: { message: 'store is away' } } }]);
  });

  test('given a claim that fails, then its error comes back, the handler does not start, and the next may try', async () => {
    const { keys, requests, till } = storedShop();
    const first = errorOf(requests.dispatch(Pay, ORDER, KEY));
    keys.claiming.break(new Error('store is away'));
    expect(await first).toMatchObject({ message: 'store is away' });
    expect(await errorOf(requests.dispatch(Pay, ORDER, KEY))).toMatchObject({ message: 'store is away' });
    expect([till.calls.length, keys.log]).toEqual([0, ['claim', 'claim']]);
  });
});
