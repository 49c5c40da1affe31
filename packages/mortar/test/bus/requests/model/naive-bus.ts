import { type Ending, KEPT, type Step } from './steps.js';

interface Run {
  /** 0 of one that waits. */
  no: number;
  readonly scope: string | undefined;
  readonly input: number;
  readonly callers: Caller[];
  /** It waits as long as one with its key is abandoned and goes on. */
  state: 'waits' | 'runs' | 'abandoned' | 'ended';
}

interface Caller {
  readonly run: Run | undefined;
  readonly dueAt: number;
  outcome: string;
}

interface Kept {
  readonly scope: string;
  readonly input: number;
  readonly no: number;
  readonly until: number;
}

/** What waits. */
export const WAITS = 'waits';

/** What the idempotent command bus must do, said as plainly as can be. */
export class NaiveBus {
  /** Those that have begun. */
  readonly runs: Run[] = [];
  /** At most one for each key. */
  #next: readonly Run[] = [];
  readonly callers: Caller[] = [];
  /** The runs whose events were sent, in their order. */
  readonly sent: number[] = [];
  /** The least recently used first. */
  kept: readonly Kept[] = [];
  now = 0;

  take(step: Step): void {
    if (step.kind === 'dispatch') this.#dispatch(step);
    else if (step.kind === 'end') this.#end(picked(this.unended, step.pick), step.how);
    else if (step.kind === 'abort') this.#leave(picked(this.waiting, step.pick), 'aborted');
    else this.#wait(step.ms);
  }

  /** Runs whose handler has not ended, whether or not somebody waits for them. */
  get unended(): readonly Run[] {
    return this.runs.filter(({ state }) => state !== 'ended');
  }

  get waiting(): readonly Caller[] {
    return this.callers.filter(({ outcome }) => outcome === WAITS);
  }

  /** Which signals of handlers are aborted. */
  get abandoned(): readonly number[] {
    return this.runs.filter((run) => this.#wasAbandoned.has(run)).map(({ no }) => no);
  }

  readonly #wasAbandoned = new Set<Run>();

  #dispatch({ key, tenant, input, timeoutMs }: Extract<Step, { kind: 'dispatch' }>): void {
    const dueAt = this.now + (timeoutMs ?? Number.POSITIVE_INFINITY);
    const scope = key === undefined ? undefined : `${tenant} ${key}`;
    const known = scope === undefined ? undefined : this.#find(scope);
    if (known !== undefined && known.input !== input) {
      this.callers.push({ run: undefined, dueAt, outcome: 'conflict' });
    } else if (known !== undefined && 'until' in known) {
      this.callers.push({ run: undefined, dueAt, outcome: `finish ${known.no}` });
    } else {
      const run = this.#joined(known, scope) ?? this.#begin(scope, input, known !== undefined);
      const caller = { run, dueAt, outcome: WAITS };
      run.callers.push(caller);
      this.callers.push(caller);
    }
  }

  #find(scope: string): Run | Kept | undefined {
    const running = this.unended.find((run) => run.scope === scope);
    if (running !== undefined) return running;
    const kept = this.kept.find((entry) => entry.scope === scope);
    if (kept === undefined) return undefined;
    const others = this.kept.filter((entry) => entry !== kept);
    const isGood = this.now < kept.until;
    this.kept = isGood ? [...others, kept] : others;
    return isGood ? kept : undefined;
  }

  /** What a caller shares with others: one that runs, or the one that comes after an abandoned one. */
  #joined(known: Run | undefined, scope: string | undefined): Run | undefined {
    return known?.state === 'abandoned' ? this.#next.find((run) => run.scope === scope) : known;
  }

  #begin(scope: string | undefined, input: number, isNext: boolean): Run {
    const run: Run = { no: 0, scope, input, callers: [], state: 'waits' };
    if (isNext) this.#next = [...this.#next, run];
    else this.#start(run);
    return run;
  }

  #start(run: Run): void {
    run.state = 'runs';
    run.no = this.runs.push(run);
  }

  /** An abandoned one without a key counts no more; one with a key does. */
  #end(run: Run | undefined, how: Ending): void {
    if (run === undefined) return;
    const counts = run.state === 'runs' || run.scope !== undefined;
    run.state = 'ended';
    if (!counts) return;
    answer(run.callers, `${how} ${run.no}`);
    if (how === 'finish') this.#keep(run);
    if (run.scope !== undefined) this.#follow(run, how);
  }

  #keep({ no, scope, input }: Run): void {
    this.sent.push(no);
    if (scope === undefined) return;
    const kept = { scope, input, no, until: this.now + KEPT.ttlMs };
    this.kept = [...this.kept.filter((entry) => entry.scope !== scope), kept].slice(-KEPT.maxKeys);
  }

  /** The next one has the result of the one before, and runs if that has none. */
  #follow({ scope, no }: Run, how: Ending): void {
    const next = this.#next.find((run) => run.scope === scope);
    this.#next = this.#next.filter((run) => run !== next);
    if (next === undefined) return;
    if (how === 'finish') answer(next.callers, `finish ${no}`);
    else this.#start(next);
  }

  #leave(caller: Caller | undefined, outcome: string): void {
    if (caller === undefined) return;
    caller.outcome = outcome;
    const { run } = caller;
    if (run?.callers.some((other) => other.outcome === WAITS)) return;
    this.#next = this.#next.filter((next) => next !== run);
    if (run?.state !== 'runs') return;
    run.state = 'abandoned';
    this.#wasAbandoned.add(run);
  }

  #wait(ms: number): void {
    this.now += ms;
    const due = this.waiting.filter(({ dueAt }) => dueAt <= this.now).sort((a, b) => a.dueAt - b.dueAt);
    for (const caller of due) this.#leave(caller, 'timeout');
  }
}

function answer(callers: readonly Caller[], outcome: string): void {
  for (const caller of callers) if (caller.outcome === WAITS) caller.outcome = outcome;
}

/** One of a list, whatever the number; nothing of an empty one. */
export function picked<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % Math.max(1, list.length)];
}
