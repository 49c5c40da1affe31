import type { Clock, PortMethod } from '../../contracts/index.js';
import { guardsOf, type PortGuards, type PortPolicy } from '../policy.js';
import type { PortStats } from '../stats.js';
import { Tally } from './tally.js';

/** What all calls of one port by one module share: the guards, and what is counted. */
export class Line {
  readonly consumer: string | undefined;
  readonly guards: PortGuards;
  /** By method. */
  readonly #tallies = new Map<string, Tally>();

  constructor(port: string, consumer: string | undefined, policy: PortPolicy, clock: Clock) {
    this.consumer = consumer;
    this.guards = guardsOf(`the policy of ${consumer ?? 'an edge'} for port ${port}`, policy, clock);
  }

  tally(method: PortMethod): Tally {
    const present = this.#tallies.get(method.method);
    if (present !== undefined) return present;
    const tally = new Tally(method, this.consumer);
    this.#tallies.set(method.method, tally);
    return tally;
  }

  stats(): readonly PortStats[] {
    return [...this.#tallies.values()].map((tally) => tally.stats(this.guards.breaker?.state));
  }
}
