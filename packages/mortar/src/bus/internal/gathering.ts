import type { Outcome } from '../outcome.js';
import type { Delivery, Report } from './delivery.js';
import type { Route } from './routing/router.js';

/** Collects the outcomes of one event's deliveries, where some were not finished at once. */
export class Gathering implements Report {
  readonly route: Route;
  /** Absent while every outcome is the common one. */
  outcomes: Outcome[] | undefined = undefined;
  open = 0;
  resolve: ((outcomes: readonly Outcome[]) => void) | undefined = undefined;

  constructor(route: Route) {
    this.route = route;
  }

  expect(delivery: Delivery, place: number): void {
    this.open += 1;
    delivery.reportTo(this, place);
  }

  settled(place: number, outcome: Outcome): void {
    if (outcome !== this.route.handled[place]) {
      this.outcomes ??= [...this.route.handled];
      this.outcomes[place] = outcome;
    }
    this.open -= 1;
    if (this.open === 0) this.resolve?.(this.outcomes ?? this.route.handled);
  }

  /** Resolves when every delivery is settled. To be called once, after the last `expect`. */
  whenSettled(): Promise<readonly Outcome[]> {
    if (this.open === 0) return Promise.resolve(this.outcomes ?? this.route.handled);
    return new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}
