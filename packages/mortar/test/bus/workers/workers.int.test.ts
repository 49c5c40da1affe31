import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventContract } from 'mortar';
import { createEventBus, type EventBus, type Outcome, type SubscribeOptions } from 'mortar/bus';
import { silentLogger } from 'mortar/logging';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';

const work = new URL('./fixtures/work.mjs', import.meta.url);
const contracts = new URL('./fixtures/parcels.mjs', import.meta.url);
const {
  Packed,
  Weighed,
}: Record<'Packed' | 'Weighed', EventContract<string, unknown, unknown>> = await import(contracts.href);

let bus: EventBus;
let published: unknown[];

beforeEach(() => {
  published = [];
  bus = createEventBus({ logger: silentLogger });
  bus.subscribe(Weighed, ({ data }) => void published.push(data));
});

afterEach(async () => {
  await bus.stop({ timeoutMs: 1_000 });
});

/** Has a worker thread handle an event in one of the ways of the fixture. */
async function deliver(how: string, options: SubscribeOptions = {}): Promise<Outcome> {
  using _ = bus.subscribe(Packed, { name: 'worker', runOn: 'thread', ...options }, work);
  const [outcome] = await bus.deliver(Packed, { no: 1, how }, { correlationId: 'c-1', actor: 'ada' });
  await bus.idle();
  return outcome as Outcome;
}

/** The thread is well: what it is given after a failure is handled. */
async function checkHealth(): Promise<void> {
  published = [];
  expect(await deliver('publish')).toEqual({ subscription: 'worker', status: 'handled', attempts: 1 });
  expect(published).toHaveLength(2);
}

describe('a handler on a thread', () => {
  test('gets its context, and publishes as a part of its work', async () => {
    expect(await deliver('publish')).toEqual({ subscription: 'worker', status: 'handled', attempts: 1 });
    expect(published).toEqual([
      {
        no: 1,
        threadId: expect.any(Number),
        attempt: 1,
        idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}:worker$/),
        type: 'thread.packed',
        correlationId: 'c-1',
        actor: 'ada',
      },
      { second: 1 },
    ]);
    expect(published).not.toContainEqual(expect.objectContaining({ threadId: 0 }));
  });

  test('is found by the name of its export', async () => {
    bus.subscribe(Packed, { runOn: 'thread', export: 'other' }, work);
    await bus.deliver(Packed, { no: 7, how: '' });
    await bus.idle();
    expect(published).toEqual([{ other: 7 }]);
  });

  test('is tried again by its policy, and told the number of the attempt', async () => {
    const retry = { attempts: 3, backoff: { kind: 'fixed', delayMs: 1 } } as const;
    expect(await deliver('fail twice', { retry })).toMatchObject({ status: 'handled', attempts: 3 });
    expect(published).toEqual([{ attempt: 3 }]);
  });

  test('publishes only events of its own module, where it is said', async () => {
    const outcome = await deliver('publish', { module: 'other' });
    expect(outcome).toMatchObject({ error: { code: 'MORTAR_NOT_OWNER' } });
    expect(published).toEqual([]);
  });

  test('runs beside others: as many at once as the limit says', async () => {
    bus.subscribe(Packed, { runOn: 'thread', concurrency: 2 }, work);
    const deliveries = [1, 2, 3, 4, 5, 6].map((no) => bus.deliver(Packed, { no, how: 'publish' }));
    const statuses = (await Promise.all(deliveries)).map(([outcome]) => outcome?.status);
    expect(statuses).toEqual(Array.from({ length: 6 }, () => 'handled'));
    await bus.idle();
    expect(published).toHaveLength(12);
  });
});

describe('a thread that fails is a failed attempt, and the bus lives', () => {
  test.each([
    ['exit', { code: 'MORTAR_THREAD_FAILED' }],
    ['throw in a timer', { code: 'MORTAR_THREAD_FAILED', got: 'from a timer' }],
    ['throw', { name: 'TypeError', message: 'from a handler' }],
    ['throw nothing', undefined],
    ['throw what cannot be cloned', { message: 'with a function' }],
    ['publish what cannot be cloned', { code: 'MORTAR_DATA_INVALID' }],
    ['publish bad data', { code: 'MORTAR_DATA_INVALID', issues: [{ path: '', message: 'bad' }] }],
  ])('%s', async (how, error) => {
    const outcome = await deliver(how);
    expect(outcome).toMatchObject({
      status: 'lost',
      attempts: 1,
      ...(error === undefined ? {} : { error }),
    });
    expect(published).toEqual([]);
    await checkHealth();
  });

  test('with each attempt, if it dies at each', async () => {
    const retry = { attempts: 2, backoff: { kind: 'fixed', delayMs: 1 } } as const;
    expect(await deliver('exit', { retry })).toMatchObject({ status: 'lost', attempts: 2 });
    await checkHealth();
  });

  test('a MortarError keeps its code, category, issues and cause', async () => {
    const outcome = await deliver('throw a MortarError', { retry: { attempts: 3 } });
    expect(outcome).toMatchObject({
      attempts: 1,
      error: {
        code: 'MORTAR_DATA_INVALID',
        category: 'validation',
        rule: 'The rule.',
        issues: [{ path: 'a.b', message: 'wrong' }],
        cause: { name: 'RangeError', message: 'the cause' },
      },
    });
  });

  test.each([
    ['an export that is missing', { export: 'nothing' }, work],
    ['an export that is no function', { export: 'notAFunction' }, work],
    ['a module that is missing', {}, new URL('./missing.mjs', import.meta.url)],
    ['a URL of a scheme that no module has', {}, new URL('gopher://mortar/work.mjs')],
    ['a module that fails to load', {}, new URL('data:text/javascript,throw%20new%20Error("no")')],
  ])('%s is named', async (_, options, module) => {
    const broken = bus.subscribe(Packed, { runOn: 'thread', retry: { attempts: 3 }, ...options }, module);
    const [outcome] = await bus.deliver(Packed, { no: 1, how: 'publish' });
    broken[Symbol.dispose]();
    expect(outcome).toMatchObject({
      status: 'lost',
      attempts: 1,
      error: { code: 'MORTAR_HANDLER_INVALID' },
    });
    await checkHealth();
  });

  test('data that cannot be cloned is named, and not tried again', async () => {
    const broken = bus.subscribe(Weighed, { runOn: 'thread', retry: { attempts: 3 } }, work);
    const [, outcome] = await bus.deliver(Weighed, { how: () => undefined });
    broken[Symbol.dispose]();
    expect(outcome).toMatchObject({ attempts: 1, error: { code: 'MORTAR_DATA_INVALID' } });
    await checkHealth();
  });

  test('what it publishes after its end is refused there', async () => {
    await deliver('publish after the end', { concurrency: 1 });
    await deliver('tell how that went', { concurrency: 1 });
    expect(published).toEqual([{ went: 'MORTAR_CONTEXT_CLOSED' }]);
  });
});

describe('the end of a thread', () => {
  test('comes with the timeout of its handler, however busy it is', async () => {
    const outcome = await deliver('never end', { timeoutMs: 200 });
    expect(outcome).toMatchObject({ status: 'lost', error: { code: 'MORTAR_HANDLER_TIMEOUT' } });
    await checkHealth();
  });

  test('comes when a drain gives its handler up', async () => {
    bus.subscribe(Packed, { runOn: 'thread' }, work);
    const delivered = bus.deliver(Packed, { no: 1, how: 'never end' });
    expect(await bus.stop({ timeoutMs: 200 })).toEqual({ isDrained: false, givenUp: 1 });
    expect((await delivered)[0]).toMatchObject({ error: { code: 'MORTAR_HANDLER_ABORTED' } });
  });

  test('comes with the stop of the bus: the process ends by itself', () => {
    const program = `
      import { createEventBus } from 'mortar/bus';
      const { Packed } = await import('${contracts.href}');
      const bus = createEventBus();
      bus.subscribe(Packed, { runOn: 'thread' }, new URL('${work.href}'));
      const [{ status }] = await bus.deliver(Packed, { no: 1, how: 'publish' });
      await bus.stop();
      const workers = process.getActiveResourcesInfo().filter((name) => /worker|messageport/i.test(name));
      console.log(JSON.stringify({ status, workers, at: performance.now() }));
      process.on('exit', () => console.log(performance.now()));
    `;
    const { stdout, stderr, status } = run(program);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const [told = '', endedAt] = stdout.trim().split('\n');
    const { at, ...rest } = JSON.parse(told);
    expect(rest).toEqual({ status: 'handled', workers: [] });
    // A thread that was left would hold the process for the ten seconds after which an idle one ends.
    expect(Number(endedAt) - at).toBeLessThan(5_000);
  });

  test('comes when it fills its memory, which costs the process nothing', () => {
    const program = `
      import { createEventBus } from 'mortar/bus';
      const { Packed } = await import('${contracts.href}');
      const bus = createEventBus();
      bus.subscribe(Packed, { runOn: 'thread' }, new URL('${work.href}'));
      const outcomes = [];
      for (const how of ['fill the memory', 'publish']) outcomes.push(...(await bus.deliver(Packed, { no: 1, how })));
      console.log(JSON.stringify(outcomes.map(({ status, error }) => [status, error?.code])));
      await bus.stop();
    `;
    const { stdout, status } = run(program, ['--max-old-space-size=64']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      ['lost', 'MORTAR_THREAD_FAILED'],
      ['handled', null],
    ]);
  });
});

describe('without piscina', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-threads-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('a handler on a thread fails with the name of what is missing, and the bus stops as ever', () => {
    installWithoutPiscina(folder);
    writeFileSync(
      join(folder, 'main.mjs'),
      `
      import { createEventBus } from 'mortar/bus';
      import { event } from 'mortar';
      import { z } from 'zod';
      const Packed = event('thread.packed', { data: z.object({}) });
      const bus = createEventBus();
      bus.subscribe(Packed, { runOn: 'thread' }, new URL('data:text/javascript,export function handle() {}'));
      const [{ status, error }] = await bus.deliver(Packed, {});
      console.log(JSON.stringify({ status, code: error.code, message: error.message, report: await bus.stop() }));
    `,
    );
    const { stdout } = spawnSync(process.execPath, ['main.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual({
      status: 'lost',
      code: 'MORTAR_DEPENDENCY_MISSING',
      message: expect.stringContaining('npm install piscina'),
      report: { isDrained: true, givenUp: 0 },
    });
  });
});

function run(program: string, flags: readonly string[] = []) {
  const args = [...flags, '--input-type=module', '--eval', program];
  return spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8', timeout: 60_000 });
}

/** A folder where mortar is installed with what it depends on, but not with what it only may use. */
function installWithoutPiscina(target: string): void {
  const modules = join(target, 'node_modules');
  const mortar = join(modules, 'mortar');
  mkdirSync(mortar, { recursive: true });
  const kernel = fileURLToPath(new URL('../../..', import.meta.url));
  cpSync(join(kernel, 'dist'), join(mortar, 'dist'), { recursive: true });
  cpSync(join(kernel, 'package.json'), join(mortar, 'package.json'));
  const require = createRequire(import.meta.url);
  symlinkSync(dirname(require.resolve('zod/package.json')), join(modules, 'zod'));
}
