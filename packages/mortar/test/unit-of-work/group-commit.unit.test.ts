import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GroupCommit, type JobOutcome } from '../../src/unit-of-work/index.js';

/** A store that commits when it is told to. */
class Commits {
  readonly groups: (readonly number[])[] = [];
  readonly #waiting: (() => void)[] = [];
  underWay = 0;
  mostUnderWay = 0;

  readonly run = async (jobs: readonly number[]): Promise<readonly JobOutcome<number>[]> => {
    this.groups.push(jobs);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.underWay -= 1;
    return jobs.map((job) =>
      job < 0 ? { ok: false, error: new Error(`${job}`) } : { ok: true, result: job * 2 },
    );
  };

  /** Ends the oldest commit. */
  async end(): Promise<void> {
    this.#waiting.shift()?.();
    for (let tick = 0; tick < 20; tick += 1) await null;
  }

  async begin(): Promise<void> {
    for (let tick = 0; tick < 20; tick += 1) await null;
  }
}

describe('a group commit', () => {
  it('commits a job that comes alone at once', async () => {
    const commits = new Commits();
    const group = new GroupCommit(commits.run, { maxGroup: 10 });
    const job = group.submit(1);
    await commits.begin();
    expect(commits.groups).toEqual([[1]]);
    await commits.end();
    expect(await job).toBe(2);
  });

  it('commits jobs of one moment together, and those that come meanwhile with the next', async () => {
    const commits = new Commits();
    const group = new GroupCommit(commits.run, { maxGroup: 10 });
    const first = [1, 2, 3].map((job) => group.submit(job));
    await commits.begin();
    const second = [4, 5].map((job) => group.submit(job));
    await commits.begin();
    expect(commits.groups).toEqual([[1, 2, 3]]);
    await commits.end();
    expect(await Promise.all(first)).toEqual([2, 4, 6]);
    expect(commits.groups).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    await commits.end();
    expect(await Promise.all(second)).toEqual([8, 10]);
  });

  it('answers each job for itself', async () => {
    const commits = new Commits();
    const group = new GroupCommit(commits.run, { maxGroup: 10 });
    const jobs = [1, -2, 3].map((job) => group.submit(job));
    await commits.begin();
    await commits.end();
    const outcomes = await Promise.allSettled(jobs);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails all jobs of a commit that rejects, and goes on', async () => {
    const error = new Error('the connection is lost');
    let calls = 0;
    const group = new GroupCommit<number, number>(
      async (jobs) => {
        calls += 1;
        if (calls === 1) throw error;
        return jobs.map((job) => ({ ok: true, result: job }));
      },
      { maxGroup: 2 },
    );
    const outcomes = await Promise.allSettled([1, 2, 3].map((job) => group.submit(job)));
    expect(outcomes).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 3 },
    ]);
    expect(await group.submit(4)).toBe(4);
  });

  it('refuses what comes when too many wait', async () => {
    const commits = new Commits();
    const group = new GroupCommit(commits.run, { maxGroup: 1, maxWaiting: 2 });
    const first = group.submit(1);
    await commits.begin();
    const waiting = [group.submit(2), group.submit(3)];
    await expect(group.submit(4)).rejects.toMatchObject({ code: 'MORTAR_QUEUE_FULL' });
    for (let index = 0; index < 3; index += 1) await commits.end();
    expect(await Promise.all([first, ...waiting])).toEqual([2, 4, 6]);
  });

  it('is idle when nothing waits and nothing is under way', async () => {
    const commits = new Commits();
    const group = new GroupCommit(commits.run, { maxGroup: 1 });
    await group.idle();
    const jobs = [group.submit(1), group.submit(2)];
    let isIdle = false;
    const idle = group.idle().then(() => {
      isIdle = true;
    });
    await commits.begin();
    await commits.end();
    expect(isIdle).toBe(false);
    await commits.end();
    await idle;
    await Promise.all(jobs);
  });

  it('answers every job once, in groups that keep to their size and number', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: -9, max: 99 }), fc.constant('end' as const)), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, maxGroup, concurrency) => {
          const commits = new Commits();
          const group = new GroupCommit(commits.run, { maxGroup, concurrency });
          const jobs: Promise<number>[] = [];
          const given: number[] = [];
          for (const step of steps) {
            if (step === 'end') await commits.end();
            else {
              given.push(step);
              jobs.push(group.submit(step));
            }
          }
          const settled = Promise.allSettled(jobs);
          await commits.begin();
          while (commits.underWay > 0) await commits.end();
          expect(
            (await settled).map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message)),
          ).toEqual(given.map((job) => (job < 0 ? `${job}` : job * 2)));
          expect(commits.groups.flat()).toEqual(given);
          expect(commits.groups.every(({ length }) => length >= 1 && length <= maxGroup)).toBe(true);
          expect(commits.mostUnderWay).toBeLessThanOrEqual(concurrency);
          await group.idle();
        },
      ),
    );
  });
});
