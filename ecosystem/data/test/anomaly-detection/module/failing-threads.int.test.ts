import { afterEach, describe, expect, it } from 'vitest';
import { DetectionThreads } from '../../../dist/anomaly-detection/infrastructure/detection-threads.js';
import { normal, table } from '../domain/tables.js';

const worker = new URL('./failing-worker.mjs', import.meta.url);
const observations = table(normal(50, 1));
const never = new AbortController().signal;
const made: DetectionThreads[] = [];

afterEach(async () => {
  for (const threads of made.splice(0)) await threads[Symbol.asyncDispose]();
});

function threadsOf(limitMs?: number): DetectionThreads {
  const threads = new DetectionThreads({ worker, ...(limitMs === undefined ? {} : { limitMs }) });
  made.push(threads);
  return threads;
}

type Failing = 'z-score' | 'robust-z-score' | 'interquartile-range' | 'isolation-forest';

async function answers(threads: DetectionThreads): Promise<boolean> {
  const { notes } = await threads.run({ observations, choice: { detector: 'seasonal-window' } }, never);
  return notes.includes('it answered');
}

describe('a thread', () => {
  it.each<[string, Failing, RegExp]>([
    ['ends', 'robust-z-score', /exit|code|worker/i],
    ['throws', 'interquartile-range', /out of range/],
  ])('that %s is told with its detector, and the next task has another', async (_, detector, words) => {
    const threads = threadsOf();
    await expect(threads.run({ observations, choice: { detector } }, never)).rejects.toMatchObject({
      code: 'MORTAR_THREAD_FAILED',
      expected: `an answer of ${detector}`,
      got: expect.stringMatching(words),
    });
    expect(await answers(threads)).toBe(true);
  });

  it.each<[string, Failing]>([
    ['never comes back', 'z-score'],
    ['waits for ever', 'isolation-forest'],
  ])('that %s is ended after its time, and the next task has another', async (_, detector) => {
    const threads = threadsOf(500);
    await expect(threads.run({ observations, choice: { detector } }, never)).rejects.toMatchObject({
      code: 'MORTAR_THREAD_FAILED',
      got: expect.stringContaining('timeout'),
    });
    const patient = threadsOf();
    expect(await answers(patient)).toBe(true);
  });

  it('that hangs ends when nobody wants its answer any more, with that reason', async () => {
    const threads = threadsOf();
    const controller = new AbortController();
    const running = threads.run({ observations, choice: { detector: 'z-score' } }, controller.signal);
    const reason = new Error('stopped');
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
    expect(await answers(threads)).toBe(true);
  });

  it('that hangs holds up no other', async () => {
    const threads = threadsOf();
    const controller = new AbortController();
    const hung = threads.run({ observations, choice: { detector: 'z-score' } }, controller.signal);
    expect(await Promise.all(Array.from({ length: 6 }, () => answers(threads)))).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    controller.abort(new Error('enough'));
    await expect(hung).rejects.toThrow('enough');
  });

  it('that hangs is ended with the app', async () => {
    const threads = threadsOf();
    const hung = threads.run({ observations, choice: { detector: 'z-score' } }, never);
    const ended = expect(hung).rejects.toMatchObject({ code: 'MORTAR_THREAD_FAILED' });
    await threads[Symbol.asyncDispose]();
    await ended;
  });

  it('is not begun for what was given up before', async () => {
    const reason = new Error('too late');
    await expect(
      threadsOf().run({ observations, choice: { detector: 'robust-z-score' } }, AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
  });
});

describe('memory', () => {
  it('that is shared is looked at, not copied: what a thread is given stays where it is', async () => {
    const threads = new DetectionThreads();
    made.push(threads);
    const shared = new Float64Array(new SharedArrayBuffer(8_000));
    shared.set(normal(1_000, 2));
    shared[500] = 80;
    const before = [...shared];
    const { findings } = await threads.run(
      { observations: { columns: [{ name: 'a', values: shared }] }, choice: { detector: 'z-score' } },
      never,
    );
    expect(findings[0]?.row).toBe(500);
    expect([...shared]).toEqual(before);
  });

  it('rows are picked by the thread', async () => {
    const threads = new DetectionThreads();
    made.push(threads);
    const values = normal(1_000, 3).with(7, 90).with(8, 95);
    const rows = Int32Array.from({ length: 500 }, (_, place) => 2 * place);
    const { findings, judged } = await threads.run(
      { observations: table(values), rows, choice: { detector: 'z-score' } },
      never,
    );
    expect([judged, findings[0]?.row]).toEqual([500, 4]);
  });
});
