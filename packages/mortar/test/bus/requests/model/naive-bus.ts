import { type Ending, KEPT, type Step } from './steps.js';

interface Run {
  readonly no: number;
  readonly scope: string | undefined;
  readonly input: number;
  readonly callers: Caller[];
  state: 'runs' | 'abandoned' | 'ended';
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
  readonly runs: Run[] = [];
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
      const run = known ?? this.#start(scope, input);
      const caller = { run, dueAt, outcome: WAITS };
      run.callers.push(caller);
      this.callers.push(caller);
    }
  }

  #find(scope: string): Run | Kept | undefined {
    const running = this.runs.find((run) => run.state === 'runs' && run.scope === scope);
    if (running !== undefined) return running;
    const kept = this.kept.find((entry) => entry.scope === scope);
    if (kept === undefined) return undefined;
    const others = this.kept.filter((entry) => entry !== kept);
    const isGood = this.now < kept.until;
    this.kept = isGood ? [...others, kept] : others;
    return isGood ? kept : undefined;
  }

  #start(scope: string | undefined, input: number): Run {
    const run: Run = { no: this.runs.length + 1, scope, input, callers: [], state: 'runs' };
    this.runs.push(run);
    return run;
  }

  #end(run: Run | undefined, how: Ending): void {
    if (run === undefined) return;
    const counts = run.state === 'runs';
    run.state = 'ended';
    if (!counts) return;
    for (const caller of run.callers) if (caller.outcome === WAITS) caller.outcome = `${how} ${run.no}`;
    if (how !== 'finish') return;
    this.sent.push(run.no);
    if (run.scope === undefined) return;
    const kept = { scope: run.scope, input: run.input, no: run.no, until: this.now + KEPT.ttlMs };
    this.kept = [...this.kept.filter(({ scope }) => scope !== run.scope), kept].slice(-KEPT.maxKeys);
  }

  #leave(caller: Caller | undefined, outcome: string): void {
    if (caller === undefined) return;
    caller.outcome = outcome;
    const { run } = caller;
    if (run?.state !== 'runs' || run.callers.some((other) => other.outcome === WAITS)) return;
    run.state = 'abandoned';
    this.#wasAbandoned.add(run);
  }

  #wait(ms: number): void {
    this.now += ms;
    const due = this.waiting.filter(({ dueAt }) => dueAt <= this.now).sort((a, b) => a.dueAt - b.dueAt);
    for (const caller of due) this.#leave(caller, 'timeout');
  }
}

/** One of a list, whatever the number; nothing of an empty one. */
export function picked<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % Math.max(1, list.length)];
}
