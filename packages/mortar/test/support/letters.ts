import type { DeadDelivery, DeadLetterSink } from '../../src/bus/index.js';

/** A dead-letter sink that remembers. */
export class Letters implements DeadLetterSink {
  readonly all: DeadDelivery[] = [];

  add(dead: DeadDelivery): string | Promise<string> {
    this.all.push(dead);
    return `letter-${this.all.length}`;
  }

  /** What happened to whom, in order: `subscription reason attempts`. */
  lines(): readonly string[] {
    return this.all.map(({ subscription, reason, attempts }) => `${subscription} ${reason} ${attempts}`);
  }
}

/** The same, but it takes its time: a turn of the event loop. */
export class SlowLetters extends Letters {
  override async add(dead: DeadDelivery): Promise<string> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    return super.add(dead);
  }
}
