import type { Issue } from '../../../src/errors/index.js';

/** The faults that are planted, each of another kind. */
export const FAULTS = [
  'a missing service',
  'a cycle of services',
  'a captive dependency',
  'a lazy dependency on what is made asynchronously',
  'a class bound twice',
  'a command handled twice',
  'an exposed query without an answer',
  'a declared dispatch that nobody handles',
  'a port that is used and not implemented',
  'a port implemented twice',
  'a subscription name given twice',
  'modules that start after each other',
] as const;

export type FaultName = (typeof FAULTS)[number];

/** Keeps which faults are there, what an app must say about them, and what was made. */
export class Garden {
  /** The names of the services that were made, and of the hooks that were called. */
  readonly made: string[] = [];
  readonly #mended: ReadonlySet<FaultName>;
  readonly #issues = new Map<FaultName, () => Issue>();

  constructor(mended: Iterable<FaultName>) {
    this.#mended = new Set(mended);
  }

  /** Whether a fault is planted; `issue` says what must be said of it, when all places are known. */
  has(fault: FaultName, issue: () => Issue): boolean {
    if (this.#mended.has(fault)) return false;
    this.#issues.set(fault, issue);
    return true;
  }

  make(name: string): string {
    this.made.push(name);
    return name;
  }

  /** What an app must say, of all faults that are there. */
  issues(): readonly Issue[] {
    return [...this.#issues.values()].map((issue) => issue());
  }
}
