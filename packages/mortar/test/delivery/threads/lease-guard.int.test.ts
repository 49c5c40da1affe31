import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Deliveries, type DurableSubscription, type OpenStore } from 'mortar/delivery';
import { type LogFields, type Logger, silentLogger } from 'mortar/logging';
import { memory } from 'mortar/memory';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const TTL_MS = 300;
const PARTITIONS = 3;

interface Line {
  readonly fields: LogFields | string;
  readonly message: string | undefined;
}

const subscription: DurableSubscription = {
  name: 'work',
  types: undefined,
  from: 'beginning',
  partitions: PARTITIONS,
  concurrency: 1,
  batch: undefined,
  onDead: 'hold',
  onUnreadable: 'deadLetter',
  read: () => {
    throw new Error('nothing is published here');
  },
  decide: () => ({ kind: 'deadLetter' }),
  attempt: async () => undefined,
};

function fixture(name: string): string {
  return new URL(`./fixtures/${name}.mjs`, import.meta.url).href;
}

/** Cells that the fixture `noting` writes: renewals, leases of the last one, and whether it was closed. */
class Notes {
  readonly board: SharedArrayBuffer = new SharedArrayBuffer(12);
  readonly #cells: Int32Array<SharedArrayBuffer> = new Int32Array(this.board);

  get renewals(): number {
    return Atomics.load(this.#cells, 0);
  }

  get leases(): number {
    return Atomics.load(this.#cells, 1);
  }

  get isClosed(): boolean {
    return Atomics.load(this.#cells, 2) === 1;
  }

  /** Blocks the event loop until the thread has renewed so often. */
  blockUntil(renewals: number): void {
    for (let seen = this.renewals; seen < renewals; seen = this.renewals) {
      const woken = Atomics.wait(this.#cells, 0, seen, 20_000);
      if (woken === 'timed-out') throw new Error(`Expected ${renewals} renewals, got ${seen}.`);
    }
  }
}

/** Deliveries over a store whose leases a thread can renew with a module. */
async function deliver(
  module: string,
  settings: unknown = {},
): Promise<{ readonly deliveries: Deliveries; readonly store: OpenStore; readonly lines: readonly Line[] }> {
  const store = await memory().open({ logger: silentLogger });
  const lines: Line[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields: LogFields | string, message?: string) => void lines.push({ fields, message }),
  };
  const deliveries = new Deliveries({
    store: { ...store, deliveries: Object.assign(store.deliveries, { renewalPlace: { module, settings } }) },
    subscriptions: [subscription],
    logger,
    owner: 'me',
    leaseTtlMs: TTL_MS,
  });
  onTestFinished(() => deliveries.stop({ timeoutMs: 0 }));
  await deliveries.start();
  return { deliveries, store, lines };
}

describe('the thread of a process', () => {
  it('renews the leases that it was told of while the loop is blocked, and the process says so after it', async () => {
    const notes = new Notes();
    const { lines } = await deliver(fixture('noting'), { board: notes.board });
    notes.blockUntil(4);
    expect(notes.leases).toBe(PARTITIONS);
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    const [line] = lines;
    expect(line?.message).toBe('The event loop was blocked, and a thread has kept its leases');
    const { owner, blockedMs, renewals } = Object(line?.fields);
    expect(owner).toBe('me');
    // The first after a quarter of a lease, the others a third of one apart; the last may not have been counted yet.
    expect(blockedMs).toBeGreaterThan(TTL_MS);
    expect(renewals).toBeGreaterThanOrEqual(3);
  });

  it('rests while the loop turns', async () => {
    const notes = new Notes();
    const { store } = await deliver(fixture('noting'), { board: notes.board });
    notes.blockUntil(1);
    const renewals: number[] = [];
    // Long enough for more than ten of its looks.
    const endsAt = performance.now() + TTL_MS;
    await vi.waitFor(async () => {
      await store.deliveries.checkpoints();
      renewals.push(notes.renewals);
      expect(performance.now()).toBeGreaterThan(endsAt);
    });
    // One may have been under way when the loop turned again.
    expect(renewals.at(-1)).toBeLessThanOrEqual((renewals[0] ?? 0) + 1);
  });

  it('ends with the deliveries, and closes its connection', async () => {
    const notes = new Notes();
    const { deliveries, store } = await deliver(fixture('noting'), { board: notes.board });
    notes.blockUntil(1);
    await deliveries.stop();
    expect(notes.isClosed).toBe(true);
    expect((await store.deliveries.checkpoints()).map(({ isLeased }) => isLeased)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('ends when the store is closed, though nobody has stopped the deliveries', async () => {
    const notes = new Notes();
    const { store } = await deliver(fixture('noting'), { board: notes.board });
    notes.blockUntil(1);
    await store.close();
    await vi.waitFor(() => expect(notes.isClosed).toBe(true));
  });

  it('tries again where it can not renew, and the process says why, once', async () => {
    const notes = new Notes();
    const { lines } = await deliver(fixture('noting'), { board: notes.board, limit: 1 });
    notes.blockUntil(3);
    await vi.waitFor(() => expect(lines).toHaveLength(2));
    const failures = lines.filter(({ message = '' }) => message.endsWith('could not renew them'));
    expect(failures.map(({ fields }) => fields)).toEqual([
      { owner: 'me', error: 'Error: the limit is reached' },
    ]);
  });
});

describe('a process whose thread ends', () => {
  it('says so once, and goes on renewing', async () => {
    const { deliveries, store, lines } = await deliver(fixture('that-is-not-there'));
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    expect(lines[0]?.message).toMatch(/^The thread that keeps leases has ended/);
    const endsAt = performance.now() + 2 * TTL_MS;
    await vi.waitFor(
      async () => {
        const checkpoints = await store.deliveries.checkpoints();
        expect(checkpoints.map(({ owner, isLeased }) => isLeased && owner)).toEqual(['me', 'me', 'me']);
        expect(performance.now()).toBeGreaterThan(endsAt);
      },
      { timeout: 5_000 },
    );
    expect(lines).toHaveLength(1);
    await deliveries.stop();
  });

  it('says so where the settings can not be handed to a thread', async () => {
    const { lines } = await deliver(fixture('noting'), { password: () => 'secret' });
    expect(lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The thread that keeps leases has ended/),
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});

describe('a process that has nothing to do', () => {
  it('is not kept alive by its thread', () => {
    const program = fileURLToPath(fixture('idle'));
    const said = execFileSync(process.execPath, [program], { encoding: 'utf8', timeout: 30_000 });
    expect(said).toBe('ended with 0\n');
  });
});
