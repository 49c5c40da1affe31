import { sqlite } from '@mortar/sqlite';
import type { OpenStore } from 'mortar/delivery';
import { type LogEntry, type Position, streamId } from 'mortar/event-store';
import { silentLogger } from 'mortar/logging';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aFile } from '../support/file.js';
import { start } from './child.js';

const CHILDREN = ['a', 'b', 'c'];
const EVENTS = 240;

async function open(file: string): Promise<OpenStore> {
  const store = await sqlite(file).open({ logger: silentLogger });
  onTestFinished(() => store.close());
  return store;
}

async function withEffects(file: string): Promise<OpenStore> {
  const store = await open(file);
  const write = (tx: object) =>
    'execute' in tx && typeof tx.execute === 'function' && tx.execute('CREATE TABLE effects (event TEXT)');
  await store.units.commit([{ id: '0199d3a0-0000-7000-8000-000000000000', writes: [write], appends: [] }]);
  return store;
}

/** Reads on and on until it has found so many, and asserts that positions only grow. */
async function readAll(store: OpenStore, count: number): Promise<readonly LogEntry[]> {
  const found: LogEntry[] = [];
  let after: Position | undefined;
  while (found.length < count) {
    const page = await store.events.readAll(after === undefined ? { limit: 7 } : { after, limit: 7 });
    for (const entry of page.entries) {
      expect(entry.position).toBeGreaterThan(found.at(-1)?.position ?? 0);
      found.push(entry);
    }
    after = page.next;
    if (page.isEnd) await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

describe('processes that share a file', () => {
  it('append and read at once: none is ever told that it is busy, and nothing is lost or doubled', async () => {
    const file = aFile();
    const store = await withEffects(file);
    const children = CHILDREN.map((name) => start('appender', [file, name, String(EVENTS), '8']));
    const reading = readAll(store, EVENTS * CHILDREN.length);
    for (const child of children) expect(await child.ended()).toEqual({ code: 0, complaint: '' });
    const found = (await reading).map(({ id }) => id);
    expect(new Set(found).size).toBe(EVENTS * CHILDREN.length);
    expect([...found].sort()).toEqual(children.flatMap(({ lines }) => lines).sort());
    const shared = await store.events.readStream(streamId('shared-1'));
    expect(shared.map(({ version }) => version)).toEqual(shared.map((_, index) => index + 1));
    expect(shared).toHaveLength((EVENTS / 3) * CHILDREN.length);
    expect((await store.events.readAll()).isEnd).toBe(true);
  });

  it('see what a stream has come to, so that none undoes what another has done', async () => {
    const file = aFile();
    const store = await open(file);
    const children = Array.from({ length: 3 }, () => start('counter', [file, '40']));
    for (const child of children) expect(await child.ended()).toEqual({ code: 0, complaint: '' });
    const numbers = await store.events.readStream(streamId('number-1'));
    expect(numbers.map(({ payload }) => payload)).toEqual(
      Array.from({ length: 120 }, (_, index) => JSON.stringify({ to: index + 1 })),
    );
  });

  it('wake those that watch', async () => {
    const file = aFile();
    const store = await withEffects(file);
    const woken = new Promise<void>((resolve) => {
      store.events.watch(resolve);
    });
    const child = start('appender', [file, 'a', '1', '1']);
    await woken;
    expect(await store.events.head()).toBe(1);
    expect(await child.ended()).toEqual({ code: 0, complaint: '' });
  });
});

describe('a process that is killed while it appends', () => {
  it('leaves everything that it was acknowledged, whole units, and streams without a hole', async () => {
    const file = aFile();
    const first = await withEffects(file);
    await first.close();
    const acknowledged: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      const child = start('appender', [file, `r${round}`, '100000', '16']);
      await child.said(20 + round * 37);
      child.process.kill('SIGKILL');
      expect(await child.ended()).toMatchObject({ code: 'SIGKILL' });
      acknowledged.push(...child.lines);
      const store = await open(file);
      await expectWhole(store, acknowledged);
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThan(1_000);
  });
});

async function expectWhole(store: OpenStore, acknowledged: readonly string[]): Promise<void> {
  const entries = await readAll(store, await store.events.head());
  const ids = new Set(entries.map(({ id }) => id));
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  expect(ids.size).toBe(entries.length);
  const versions = new Map<string, number>();
  for (const { streamId: stream = '', version = 0 } of entries) {
    expect(version).toBe((versions.get(stream) ?? 0) + 1);
    versions.set(stream, version);
  }
  const withEffect = entries
    .filter(({ payload }) => JSON.parse(payload).number % 2 === 1)
    .map(({ id }) => id);
  expect(await effectsOf(store)).toEqual(withEffect.sort());
}

async function effectsOf({ units }: OpenStore): Promise<readonly string[]> {
  const write = async (tx: object): Promise<unknown> =>
    'query' in tx && typeof tx.query === 'function'
      ? tx.query('SELECT event FROM effects ORDER BY event')
      : [];
  const id = `0199d3a0-0000-7000-8000-${Math.floor(Math.random() * 2 ** 44)
    .toString(16)
    .padStart(12, '0')}`;
  const [outcome] = await units.commit([{ id, writes: [write], appends: [] }]);
  if (outcome?.ok !== true) throw outcome?.error;
  return (outcome.result.written[0] as { event: string }[]).map(({ event }) => event);
}
