import type { Append } from 'mortar/event-store';
import { GroupCommit, type JobOutcome } from 'mortar/unit-of-work';

/** How many jobs share a transaction, and how many transactions are under way at once. Both were measured. */
const MAX_GROUP = 100;
const LANES = 2;

/**
 * How long a transaction of one job may take, and how many more jobs may make it as much longer, for several lanes to pay:
 * about twice the work in it. Where the disk takes most of the time, two lanes would only wait for each other's syncs.
 */
const WORK_MS = 1;
const JOBS_AS_LONG = 16;
/** How much the last transaction counts in what is known of all. */
const WEIGHT = 0.2;

interface Lane<Job, Result> {
  readonly groups: GroupCommit<Job, Result>;
  /** How many of its jobs have not ended. */
  pending: number;
}

/** The lane of what waits under one key, and how many that are. */
interface Bound<Job, Result> {
  readonly lane: Lane<Job, Result>;
  pending: number;
}

/**
 * Lets concurrent jobs share transactions, of which several are under way at once: while the server works for one lane, the
 * process makes the statement of the other. What comes at once is spread over all lanes, since a single group of all would
 * leave either the server or the process idle. Where the disk is slow, one lane is filled first. Jobs of one key go one after the other in their order, and never wait for
 * each other's locks in two lanes.
 */
export class Lanes<Job extends { readonly appends: readonly Append[] }, Result> {
  readonly #lanes: readonly Lane<Job, Result>[];
  readonly #bound = new Map<string, Bound<Job, Result>>();
  /** What transactions take, where 1 is what work alone would explain. */
  #slowness = 0;

  /** `run` as of `GroupCommit`. */
  constructor(
    run: (jobs: readonly Job[]) => Promise<readonly JobOutcome<Result>[]>,
    now: () => number = () => performance.now(),
  ) {
    const timed = async (jobs: readonly Job[]): Promise<readonly JobOutcome<Result>[]> => {
      const begun = now();
      try {
        return await run(jobs);
      } finally {
        const slowness = (now() - begun) / (WORK_MS * (1 + jobs.length / JOBS_AS_LONG));
        this.#slowness += (slowness - this.#slowness) * WEIGHT;
      }
    };
    // Those who were answered just now come again in a moment; where a transaction takes long, the next one waits for them.
    const gather = (begin: () => void): void =>
      void (this.#isSlow ? setImmediate(begin) : queueMicrotask(begin));
    this.#lanes = Array.from({ length: LANES }, () => ({
      groups: new GroupCommit(timed, { maxGroup: MAX_GROUP, gather }),
      pending: 0,
    }));
  }

  /** Rejects as `GroupCommit.submit`. */
  async submit(job: Job): Promise<Result> {
    const key = keyOf(job);
    const bound = key === undefined ? undefined : this.#bound.get(key);
    const lane = bound?.lane ?? this.#free();
    if (bound !== undefined) bound.pending += 1;
    else if (key !== undefined) this.#bound.set(key, { lane, pending: 1 });
    lane.pending += 1;
    try {
      return await lane.groups.submit(job);
    } finally {
      lane.pending -= 1;
      if (key !== undefined) this.#unbind(key);
    }
  }

  get #isSlow(): boolean {
    return this.#slowness >= 1;
  }

  #free(): Lane<Job, Result> {
    const [first] = this.#lanes;
    if (this.#isSlow && first !== undefined && first.pending < MAX_GROUP) return first;
    return this.#lanes.reduce((shortest, lane) => (lane.pending < shortest.pending ? lane : shortest));
  }

  #unbind(key: string): void {
    const bound = this.#bound.get(key);
    if (bound === undefined) return;
    bound.pending -= 1;
    if (bound.pending === 0) this.#bound.delete(key);
  }
}

/** What two jobs must not be appended at the same time for: a stream, else a key; events without either are free. */
function keyOf({ appends: [first] }: { readonly appends: readonly Append[] }): string | undefined {
  return first?.streamId ?? first?.events[0]?.key;
}
