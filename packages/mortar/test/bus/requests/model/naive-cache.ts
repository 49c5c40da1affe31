import { CACHE, type CacheStep } from './cache-steps.js';
import { picked, WAITS } from './naive-bus.js';

interface Run {
  readonly no: number;
  readonly key: string;
  readonly account: string;
  readonly callers: Caller[];
  /** Begun since a stale answer was given: nobody's leaving ends it. */
  readonly isRefresh: boolean;
  state: 'runs' | 'abandoned' | 'ended';
  /** Its answer will be kept, and whoever asks meanwhile waits for it too. */
  isPending: boolean;
}

interface Caller {
  readonly run: Run | undefined;
  readonly dueAt: number;
  outcome: string;
}

interface Entry {
  readonly key: string;
  readonly account: string;
  readonly no: number;
  readonly freshUntil: number;
}

/** What the cache of a query must do, said as plainly as can be. */
export class NaiveCache {
  readonly runs: Run[] = [];
  readonly callers: Caller[] = [];
  /** The least recently given first. */
  entries: readonly Entry[] = [];
  now = 0;
  /** Events whose handlers have not ended. */
  events = 0;

  take(step: CacheStep): void {
    if (step.kind === 'ask') this.#ask(step);
    else if (step.kind === 'end') this.#end(picked(this.unended, step.pick), step.how);
    else if (step.kind === 'invalidate') this.#invalidate(step.account);
    else if (step.kind === 'wait') this.#wait(step.ms);
    else this.#event(step.kind);
  }

  get unended(): readonly Run[] {
    return this.runs.filter(({ state }) => state !== 'ended');
  }

  #ask({ account, tenant, timeoutMs }: Extract<CacheStep, { kind: 'ask' }>): void {
    const key = `${tenant} ${account}`;
    const entry = this.#find(key);
    const pending = this.runs.find((run) => run.key === key && run.isPending);
    const dueAt = this.now + (timeoutMs ?? Number.POSITIVE_INFINITY);
    if (entry !== undefined) {
      this.callers.push({ run: undefined, dueAt, outcome: `finish ${entry.no}` });
      if (this.now >= entry.freshUntil && pending === undefined) this.#start(key, account, true);
      return;
    }
    // A refresh may never end, and nobody's time ends it: the next run takes its place.
    if (pending?.isRefresh === true) pending.isPending = false;
    const run = pending?.isPending === true ? pending : this.#start(key, account, false);
    const caller = { run, dueAt, outcome: WAITS };
    run.callers.push(caller);
    this.callers.push(caller);
  }

  #find(key: string): Entry | undefined {
    const entry = this.entries.find((one) => one.key === key);
    if (entry === undefined) return undefined;
    const others = this.entries.filter((one) => one !== entry);
    const isGood = this.now < entry.freshUntil + CACHE.staleWhileRevalidateMs;
    this.entries = isGood ? [...others, entry] : others;
    return isGood ? entry : undefined;
  }

  #start(key: string, account: string, isRefresh: boolean): Run {
    const no = this.runs.length + 1;
    const run: Run = { no, key, account, callers: [], isRefresh, state: 'runs', isPending: true };
    this.runs.push(run);
    return run;
  }

  #end(run: Run | undefined, how: 'finish' | 'fail'): void {
    if (run === undefined) return;
    const counts = run.state === 'runs';
    run.state = 'ended';
    if (!counts) return;
    for (const caller of run.callers) if (caller.outcome === WAITS) caller.outcome = `${how} ${run.no}`;
    if (run.isPending && how === 'finish') this.#keep(run);
    run.isPending = false;
  }

  #keep({ key, account, no }: Run): void {
    const entry = { key, account, no, freshUntil: this.now + CACHE.ttlMs };
    this.entries = [...this.entries.filter((one) => one.key !== key), entry].slice(-CACHE.maxEntries);
  }

  #invalidate(account: string | undefined): void {
    const stays = (one: { readonly account: string }): boolean =>
      account !== undefined && one.account !== account;
    this.entries = this.entries.filter(stays);
    for (const run of this.runs) run.isPending &&= stays(run);
  }

  #event(what: 'publish' | 'handle'): void {
    if (what === 'publish') this.events += 1;
    else if (this.events === 0) return;
    else this.events = 0;
    this.#invalidate(undefined);
  }

  #wait(ms: number): void {
    this.now += ms;
    for (const caller of this.callers) {
      if (caller.outcome !== WAITS || caller.dueAt > this.now) continue;
      caller.outcome = 'timeout';
      const { run } = caller;
      if (run?.state !== 'runs' || run.isRefresh || run.callers.some(({ outcome }) => outcome === WAITS))
        continue;
      run.state = 'abandoned';
      run.isPending = false;
    }
  }
}
