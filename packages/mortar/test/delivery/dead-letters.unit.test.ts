import { beforeEach, describe, expect, it } from 'vitest';
import {
  createEventBus,
  type DeadDelivery,
  type EventBus,
  type EventContext,
  type SubscribeOptions,
} from '../../src/bus/index.js';
import { type Envelope, type EventContract, newId } from '../../src/contracts/index.js';
import {
  type DeadLetter,
  type DeadLetterState,
  DeadLetters,
  type LetterAction,
} from '../../src/delivery/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { deadDelivery, invoiceSent, OrderPlaced, orderPlaced, rejectionOf } from './letters.js';

/** A store in memory that can be told to fail. */
class FrailStore extends MemoryDeadLetterStore {
  failsToAdd = false;
  failsToBecome: DeadLetterState | undefined = undefined;

  override async add(dead: DeadDelivery): Promise<string> {
    if (this.failsToAdd) throw new Error('disk full');
    return super.add(dead);
  }

  override async change(
    id: string,
    from: DeadLetterState,
    to: DeadLetterState,
    action?: LetterAction,
  ): Promise<DeadLetter> {
    if (this.failsToBecome === to) throw new Error('disk full');
    return super.change(id, from, to, action);
  }
}

const NAME = 'billing/shop.order-placed';
let store: FrailStore;
let bus: EventBus;
let deadLetters: DeadLetters;
/** Every call of the handler. */
let calls: EventContext<typeof OrderPlaced>[];
let isMended: boolean;

beforeEach(() => {
  store = new FrailStore();
  bus = createEventBus({ deadLetters: store, logger: silentLogger });
  deadLetters = new DeadLetters({ store, bus, contractOf });
  calls = [];
  isMended = false;
});

function contractOf(type: string): EventContract | undefined {
  return type === OrderPlaced.name ? OrderPlaced : undefined;
}

/** A handler that fails until it is mended. */
function subscribe(options: SubscribeOptions = {}): Disposable {
  return bus.subscribe(OrderPlaced, { name: NAME, ...options }, (context) => {
    calls.push(context);
    void context.idempotencyKey;
    if (!isMended) throw new Error(`no connection, call ${calls.length}`);
  });
}

/** Delivers an event that dies, and answers with its letter. */
async function letterOf(envelope: Envelope = orderPlaced()): Promise<DeadLetter> {
  const [outcome] = await bus.deliver(envelope);
  if (outcome?.status !== 'dead') throw new Error('Expected the delivery to die.');
  return letter(outcome.deadLetterId);
}

async function letter(id: string | undefined): Promise<DeadLetter> {
  const found = await store.get(id ?? '');
  if (found === undefined) throw new Error('Expected a letter.');
  return found;
}

describe('replay', () => {
  it('brings the same event to its handler, and ends the letter when it is handled', async () => {
    subscribe();
    const { id, envelope } = await letterOf();
    isMended = true;
    expect(await deadLetters.replay(id)).toMatchObject({
      subscription: NAME,
      status: 'handled',
      attempts: 1,
    });
    expect(calls.map((call) => call.envelope)).toEqual([envelope, envelope]);
    expect(await letter(id)).toMatchObject({ state: 'replayed', endedAt: expect.any(Number), attempts: 1 });
  });

  it('gives every attempt the same idempotency key', async () => {
    const keys: string[] = [];
    bus.subscribe(OrderPlaced, { name: NAME }, ({ idempotencyKey }) => {
      keys.push(idempotencyKey);
      if (keys.length < 2) throw new Error('not yet');
    });
    const { id, envelope } = await letterOf();
    await deadLetters.replay(id);
    expect(keys).toEqual([`${envelope.id}:${NAME}`, `${envelope.id}:${NAME}`]);
  });

  it('follows the same policy as before; when it fails again, the letter is dead with its attempts added', async () => {
    subscribe({ retry: { attempts: 2, backoff: { kind: 'fixed', delayMs: 0 } } });
    const before = await letterOf();
    expect(before).toMatchObject({ attempts: 2, replays: 0 });
    expect(await deadLetters.replay(before.id)).toMatchObject({
      status: 'dead',
      attempts: 2,
      deadLetterId: before.id,
    });
    expect(await letter(before.id)).toMatchObject({
      state: 'dead',
      attempts: 4,
      replays: 1,
      error: { message: 'no connection, call 4' },
      firstDeadAt: before.firstDeadAt,
      endedAt: undefined,
    });
    await deadLetters.replay(before.id);
    expect(await letter(before.id)).toMatchObject({ state: 'dead', attempts: 6, replays: 2 });
  });

  it('comes to no other subscription of the event', async () => {
    subscribe();
    const others: string[] = [];
    bus.subscribe(OrderPlaced, { name: 'other' }, ({ type }) => void others.push(type));
    const { id } = await letterOf();
    await deadLetters.replay(id);
    expect(others).toEqual(['shop.order-placed']);
  });

  it('is over when the policy skips the event', async () => {
    const first = subscribe();
    const { id } = await letterOf();
    first[Symbol.dispose]();
    subscribe({ retry: { attempts: 1, on: { internal: 'skip' } } });
    expect(await deadLetters.replay(id)).toMatchObject({ status: 'skipped' });
    expect(await letter(id)).toMatchObject({ state: 'replayed' });
  });

  it('of 16 at once of one letter, one runs and the others are refused', async () => {
    subscribe();
    const { id } = await letterOf();
    isMended = true;
    const results = await Promise.allSettled(Array.from({ length: 16 }, () => deadLetters.replay(id)));
    expect(calls).toHaveLength(2);
    const codes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    expect(codes).toEqual(Array.from({ length: 15 }, () => 'MORTAR_DEAD_LETTER_STATE'));
  });

  it('refuses a letter that is not there, and one that is over', async () => {
    subscribe();
    const { id } = await letterOf();
    isMended = true;
    await deadLetters.replay(id);
    expect((await rejectionOf(deadLetters.replay(newId()))).code).toBe('MORTAR_DEAD_LETTER_MISSING');
    expect((await rejectionOf(deadLetters.replay(id))).code).toBe('MORTAR_DEAD_LETTER_STATE');
    expect(calls).toHaveLength(2);
  });

  it('for a subscription that is gone leaves the letter as it was', async () => {
    const subscription = subscribe();
    const before = await letterOf();
    subscription[Symbol.dispose]();
    const error = await rejectionOf(deadLetters.replay(before.id));
    expect(error).toMatchObject({ code: 'MORTAR_HANDLER_MISSING', got: NAME });
    expect(await letter(before.id)).toEqual(before);
    isMended = true;
    subscribe();
    expect(await deadLetters.replay(before.id)).toMatchObject({ status: 'handled' });
  });

  it('that a full queue refuses leaves the letter dead, with the reason, and no attempt more', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isHeld = false;
    const options = { concurrency: 1, queue: { maxSize: 1, whenFull: 'reject' as const } };
    bus.subscribe(OrderPlaced, { name: NAME, ...options }, () => {
      if (isHeld) return held;
      throw new Error('no connection');
    });
    const { id } = await letterOf();
    isHeld = true;
    const busy = [bus.deliver(orderPlaced('o-2')), bus.deliver(orderPlaced('o-3'))];
    const outcome = await deadLetters.replay(id);
    expect(outcome).toMatchObject({ status: 'dead', attempts: 0, error: { code: 'MORTAR_QUEUE_FULL' } });
    expect(await letter(id)).toMatchObject({ state: 'dead', reason: 'refused', attempts: 1, replays: 1 });
    release();
    await Promise.all(busy);
    expect(await deadLetters.replay(id)).toMatchObject({ status: 'handled' });
  });
});

describe('replay and the end of the bus', () => {
  it('on a bus that has stopped leaves the letter as it was', async () => {
    subscribe();
    const before = await letterOf();
    await bus.stop();
    expect((await rejectionOf(deadLetters.replay(before.id))).code).toBe('MORTAR_BUS_STOPPED');
    expect(await letter(before.id)).toEqual(before);
  });

  it('is waited for by a bus that stops', async () => {
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    bus.subscribe(OrderPlaced, { name: NAME }, async () => {
      if (!isMended) throw new Error('no connection');
      begin();
      await new Promise(setImmediate);
    });
    const { id } = await letterOf();
    isMended = true;
    const replay = deadLetters.replay(id);
    await begun;
    expect(await bus.stop()).toEqual({ isDrained: true, givenUp: 0 });
    expect(await replay).toMatchObject({ status: 'handled' });
    expect(await letter(id)).toMatchObject({ state: 'replayed' });
  });

  it('that is given up by a bus that stops leaves the letter dead', async () => {
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    bus.subscribe(OrderPlaced, { name: NAME }, async () => {
      if (!isMended) throw new Error('no connection');
      begin();
      await new Promise(() => undefined);
    });
    const { id } = await letterOf();
    isMended = true;
    const replay = deadLetters.replay(id);
    await begun;
    expect(await bus.stop({ timeoutMs: 0 })).toEqual({ isDrained: false, givenUp: 1 });
    expect(await replay).toMatchObject({ status: 'dead', deadLetterId: id });
    expect(await letter(id)).toMatchObject({ state: 'dead', reason: 'stopped', replays: 1, attempts: 2 });
  });
});

describe('replay and a store that fails', () => {
  it('a delivery that the store can not keep again leaves the letter dead as before', async () => {
    subscribe();
    const before = await letterOf();
    store.failsToAdd = true;
    const outcome = await deadLetters.replay(before.id);
    expect(outcome).toMatchObject({ status: 'lost', error: { code: 'MORTAR_DEAD_LETTER_LOST' } });
    expect(await letter(before.id)).toEqual(before);
  });

  it('a handled letter whose end can not be noted is not dead again, so it is not handled twice', async () => {
    subscribe();
    const { id } = await letterOf();
    isMended = true;
    store.failsToBecome = 'replayed';
    await expect(deadLetters.replay(id)).rejects.toThrow('disk full');
    expect(await letter(id)).toMatchObject({ state: 'replaying' });
    store.failsToBecome = undefined;
    expect((await rejectionOf(deadLetters.replay(id))).code).toBe('MORTAR_DEAD_LETTER_STATE');
    expect(calls).toHaveLength(2);
  });

  it('a bus that keeps its dead elsewhere leaves no letter claimed', async () => {
    const elsewhere = new MemoryDeadLetterStore();
    bus = createEventBus({ deadLetters: elsewhere, logger: silentLogger });
    deadLetters = new DeadLetters({ store, bus, contractOf });
    subscribe();
    const id = await store.add(deadDelivery({ subscription: NAME }));
    expect(await deadLetters.replay(id)).toMatchObject({ status: 'dead' });
    expect(await letter(id)).toMatchObject({ state: 'dead', replays: 0 });
    expect(await elsewhere.list()).toHaveLength(1);
  });

  it('a bus without a sink leaves no letter claimed', async () => {
    bus = createEventBus({ logger: silentLogger });
    deadLetters = new DeadLetters({ store, bus, contractOf });
    subscribe();
    const id = await store.add(deadDelivery({ subscription: NAME }));
    expect(await deadLetters.replay(id)).toMatchObject({ status: 'lost' });
    expect(await letter(id)).toMatchObject({ state: 'dead' });
  });
});

describe('editAndReplay', () => {
  it('replays with other data under a new id, caused by the old event, and keeps the old data', async () => {
    subscribe();
    const envelope = orderPlaced('o-1', {
      priority: 'low',
      occurredAt: 12_345,
      correlationId: 'request 7',
      actor: 'user:ada',
      tenant: 'acme',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      metadata: { ip: '::1' },
    });
    const { id } = await letterOf(envelope);
    isMended = true;
    expect(await deadLetters.editAndReplay(id, { orderId: 'o-2', total: 7 })).toMatchObject({
      status: 'handled',
    });
    const edited = calls[1]?.envelope;
    expect(edited).toEqual({
      ...envelope,
      id: edited?.id,
      causationId: envelope.id,
      key: 'o-2',
      data: { orderId: 'o-2', total: 7 },
    });
    expect(edited?.id).not.toBe(envelope.id);
    expect(await letter(id)).toMatchObject({ state: 'replayed', note: `edited as ${edited?.id}`, envelope });
  });

  it('that fails leaves a letter of its own, and ends the old one', async () => {
    subscribe();
    const before = await letterOf();
    const outcome = await deadLetters.editAndReplay(before.id, { orderId: 'o-2', total: 7 });
    expect(outcome).toMatchObject({ status: 'dead' });
    const [own, ...others] = await deadLetters.list();
    expect(others).toEqual([]);
    expect(own).toMatchObject({
      state: 'dead',
      attempts: 1,
      replays: 0,
      envelope: { causationId: before.envelope.id, data: { orderId: 'o-2', total: 7 } },
    });
    expect(await letter(before.id)).toMatchObject({
      state: 'replayed',
      note: `edited as ${own?.envelope.id}`,
      envelope: before.envelope,
      attempts: 1,
    });
  });

  it.each([
    ['data that the contract refuses', { orderId: '', total: 7 }],
    ['a missing field', { orderId: 'o-2' }],
    ['no data', undefined],
    ['a data of another kind', 'o-2'],
  ])('with %s changes nothing', async (_, data) => {
    subscribe();
    const before = await letterOf();
    const error = await rejectionOf(deadLetters.editAndReplay(before.id, data));
    expect(error.code).toBe('MORTAR_DATA_INVALID');
    expect(error.issues.length).toBeGreaterThan(0);
    expect(await store.list()).toEqual([before]);
    expect(calls).toHaveLength(1);
  });

  it('whose own failure can not be kept leaves the old letter dead', async () => {
    subscribe();
    const before = await letterOf();
    store.failsToAdd = true;
    const outcome = await deadLetters.editAndReplay(before.id, { orderId: 'o-2', total: 7 });
    expect(outcome).toMatchObject({ status: 'lost' });
    expect(await store.list()).toEqual([before]);
  });

  it('of an event whose contract is not loaded changes nothing', async () => {
    bus.subscribe('billing.*', { name: 'mail' }, () => {
      throw new Error('no mailbox');
    });
    const before = await letterOf(invoiceSent());
    const error = await rejectionOf(deadLetters.editAndReplay(before.id, { email: 'x' }));
    expect(error).toMatchObject({ code: 'MORTAR_HANDLER_MISSING', got: 'billing.invoice-sent' });
    expect(await store.list()).toEqual([before]);
  });

  it('for a subscription that is gone changes nothing', async () => {
    const subscription = subscribe();
    const before = await letterOf();
    subscription[Symbol.dispose]();
    const error = await rejectionOf(deadLetters.editAndReplay(before.id, { orderId: 'o-2', total: 7 }));
    expect(error.code).toBe('MORTAR_HANDLER_MISSING');
    expect(await store.list()).toEqual([before]);
  });

  it('refuses a letter that is not there, and one that is over', async () => {
    subscribe();
    const { id } = await letterOf();
    await deadLetters.discard(id, 'by ada');
    const data = { orderId: 'o-2', total: 7 };
    const missing = await rejectionOf(deadLetters.editAndReplay('nope', data));
    expect(missing).toMatchObject({ code: 'MORTAR_DEAD_LETTER_MISSING', got: '"nope"' });
    const over = await rejectionOf(deadLetters.editAndReplay(id, data));
    expect(over.code).toBe('MORTAR_DEAD_LETTER_STATE');
    expect(await letter(id)).toMatchObject({ state: 'discarded', note: 'by ada' });
    expect(calls).toHaveLength(1);
  });

  it('and replay at once: one of the two runs', async () => {
    subscribe();
    const { id } = await letterOf();
    isMended = true;
    const results = await Promise.allSettled([
      deadLetters.editAndReplay(id, { orderId: 'o-2', total: 7 }),
      deadLetters.replay(id),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(calls).toHaveLength(2);
  });
});

describe('discard', () => {
  it('gives a letter up, with a note', async () => {
    subscribe();
    const { id } = await letterOf();
    expect(await deadLetters.discard(id, 'ada: a test order')).toMatchObject({
      state: 'discarded',
      note: 'ada: a test order',
      endedAt: expect.any(Number),
    });
    expect(await deadLetters.list()).toEqual([]);
    expect(await deadLetters.list({ state: 'discarded' })).toHaveLength(1);
    expect((await rejectionOf(deadLetters.discard(id, 'again'))).code).toBe('MORTAR_DEAD_LETTER_STATE');
    expect((await rejectionOf(deadLetters.replay(id))).code).toBe('MORTAR_DEAD_LETTER_STATE');
    expect(calls).toHaveLength(1);
  });

  it('while a replay runs is refused', async () => {
    subscribe();
    const { id } = await letterOf();
    isMended = true;
    const replay = deadLetters.replay(id);
    expect((await rejectionOf(deadLetters.discard(id, 'ada'))).code).toBe('MORTAR_DEAD_LETTER_STATE');
    expect(await replay).toMatchObject({ status: 'handled' });
  });
});

describe('purge', () => {
  it('removes what is over, and the dead only if asked', async () => {
    subscribe();
    const { id } = await letterOf();
    await letterOf();
    await deadLetters.discard(id, 'ada');
    expect(await deadLetters.purge(Date.now() + 1)).toBe(1);
    expect(await deadLetters.list()).toHaveLength(1);
    expect(await deadLetters.purge(Date.now() + 1, ['dead'])).toBe(1);
    expect(await deadLetters.list()).toEqual([]);
  });
});
