import { writeFileSync } from 'node:fs';
import { sqlite } from '@mortar/sqlite';
import { newId } from 'mortar/contracts';
import type { CheckpointInfo, OpenStore } from 'mortar/delivery';
import type { EncodedEvent } from 'mortar/event-store';
import { silentLogger } from 'mortar/logging';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aFile } from '../support/file.js';
import { type Child, start } from './child.js';

/** Long enough that a machine under load renews in time. */
const TTL_MS = 2_000;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

interface Effect {
  readonly event: string;
  readonly key: string;
  readonly owner: string;
}

/** A file, the process `first` that is blocked by the first of its events, and the process `second` that waits. */
class Scene {
  readonly file: string = aFile();
  readonly gate: string = `${this.file}.gate`;
  readonly events: readonly EncodedEvent[] = KEYS.flatMap((key) =>
    [0, 1, 2].map((turn) => anEvent(key, turn)),
  );
  store!: OpenStore;
  first!: Child;
  second!: Child;

  static async open(durability: 'full' | 'relaxed' = 'full'): Promise<Scene> {
    const scene = new Scene();
    scene.store = await sqlite(scene.file).open({ logger: silentLogger });
    onTestFinished(() => scene.store.close());
    await scene.run((tx) =>
      tx.execute('CREATE TABLE effects (place INTEGER PRIMARY KEY, event TEXT, "key" TEXT, owner TEXT)'),
    );
    scene.first = start('deliverer', [scene.file, 'first', String(TTL_MS), durability, scene.gate]);
    await scene.until(() => scene.first.lines.includes('ready'));
    await scene.store.events.append([{ events: scene.events }]);
    await scene.until(() => scene.first.lines.includes(`began ${scene.events[0]?.id}`));
    scene.second = start('deliverer', [scene.file, 'second', String(TTL_MS), durability]);
    await scene.until(() => scene.second.lines.includes('ready'));
    return scene;
  }

  unblock(): void {
    writeFileSync(this.gate, '');
  }

  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Looks on and on for so long. */
  async watch(forMs: number, look: (checkpoints: readonly CheckpointInfo[]) => void): Promise<void> {
    const endsAt = performance.now() + forMs;
    await this.until(async () => {
      look(await this.store.deliveries.checkpoints('work'));
      return performance.now() >= endsAt;
    });
  }

  async effects(): Promise<readonly Effect[]> {
    const read = (tx: Sql) => tx.query('SELECT event, "key", owner FROM effects ORDER BY place');
    return (await this.run(read)) as readonly Effect[];
  }

  async handled(): Promise<void> {
    await this.until(async () => (await this.effects()).length >= this.events.length);
  }

  /** Lets the processes end in order, and looks once more: every event is applied once, in the order of its key. */
  async expectOnceInOrder(): Promise<readonly Effect[]> {
    const running = [this.first, this.second].filter(({ process }) => process.signalCode === null);
    for (const child of running) child.process.kill('SIGTERM');
    for (const child of running) {
      expect(await child.ended()).toEqual({ code: 0, complaint: '' });
      expect(child.lines).toContain('stopped');
    }
    const effects = await this.effects();
    for (const key of KEYS)
      expect(effects.filter((effect) => effect.key === key).map(({ event }) => event)).toEqual(
        this.events.filter((event) => event.key === key).map(({ id }) => id),
      );
    expect(effects).toHaveLength(this.events.length);
    return effects;
  }

  async run(write: (tx: Sql) => unknown): Promise<unknown> {
    const writes = [(tx: object) => write(tx as Sql)];
    const [outcome] = await this.store.units.commit([{ id: newId(), writes, appends: [] }]);
    if (outcome?.ok !== true) throw outcome?.error;
    return outcome.result.written[0];
  }
}

interface Sql {
  execute(sql: string): unknown;
  query(sql: string): unknown;
}

function anEvent(key: string, turn: number): EncodedEvent {
  const id = newId();
  return {
    id,
    type: 'test.happened',
    schemaVersion: 1,
    key,
    priority: 'normal',
    occurredAt: 1_700_000_000_000,
    correlationId: id,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: JSON.stringify({ blocks: key === KEYS[0] && turn === 0 }),
  };
}

function warningsOf({ lines }: Child): readonly Record<string, unknown>[] {
  return lines
    .filter((line) => line.startsWith('warned '))
    .map((line) => JSON.parse(line.slice('warned '.length)));
}

function isTaken({ owner, isLeased }: CheckpointInfo): boolean {
  return owner !== 'first' || !isLeased;
}

describe('a process whose event loop is blocked', () => {
  it('for twice as long as its leases last keeps them, and says so', async () => {
    const scene = await Scene.open();
    const taken: CheckpointInfo[] = [];
    await scene.watch(2 * TTL_MS, (checkpoints) => taken.push(...checkpoints.filter(isTaken)));
    expect(taken).toEqual([]);
    expect(scene.second.lines).toEqual(['ready']);
    scene.unblock();
    await scene.handled();
    const [effect] = await scene.expectOnceInOrder();
    expect(effect?.owner).toBe('first');
    const [warning] = warningsOf(scene.first);
    expect(warning).toMatchObject({
      owner: 'first',
      message: 'The event loop was blocked, and a thread has kept its leases',
    });
    expect(warning?.['blockedMs']).toBeGreaterThan(2 * TTL_MS);
  });

  it('loses them where there is no thread, and what it does under them does not count', async () => {
    const scene = await Scene.open('relaxed');
    await scene.handled();
    scene.unblock();
    await scene.until(() => scene.first.lines.includes(`unblocked ${scene.events[0]?.id}`));
    const effects = await scene.expectOnceInOrder();
    expect(effects.find(({ event }) => event === scene.events[0]?.id)?.owner).toBe('second');
  });

  it('does not wait for its thread to be killed: another takes over when the leases are out of time', async () => {
    const scene = await Scene.open();
    scene.first.process.kill('SIGKILL');
    const left = await scene.store.deliveries.checkpoints('work');
    for (const { leasedForMs } of left) expect(leasedForMs).toBeLessThanOrEqual(TTL_MS);
    await scene.until(() => scene.second.lines.includes(`began ${scene.events[0]?.id}`));
    await scene.handled();
    await scene.expectOnceInOrder();
  });
});

describe('a process that is stopped for longer than its leases last', () => {
  it('is replaced, its thread included, and changes nothing when it wakes', async () => {
    const scene = await Scene.open();
    scene.first.process.kill('SIGSTOP');
    await scene.handled();
    const owners = (await scene.effects()).map(({ owner }) => owner);
    expect(new Set(owners)).toEqual(new Set(['second']));
    scene.first.process.kill('SIGCONT');
    await scene.watch(TTL_MS, (checkpoints) => {
      expect(checkpoints.map(({ owner, isLeased }) => ({ owner, isLeased }))).toEqual(
        Array.from({ length: 4 }, () => ({ owner: 'second', isLeased: true })),
      );
    });
    scene.unblock();
    await scene.until(() => scene.first.lines.includes(`unblocked ${scene.events[0]?.id}`));
    const effects = await scene.expectOnceInOrder();
    expect(effects.map(({ owner }) => owner)).toEqual(owners);
  });
});
