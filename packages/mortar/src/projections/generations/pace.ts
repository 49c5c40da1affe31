import type { Position } from '../../event-store/index.js';

/** How far a read model has come in being caught up, and how long that will take as it has gone of late. */
export interface CatchUpProgress {
  readonly position: Position;
  /** The end of the log, as it was last seen. */
  readonly head: Position;
  /** Events folded since this process has begun. */
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Nothing is known before some of it is done. */
  readonly leftMs: number | undefined;
}

interface Sample {
  readonly at: number;
  readonly position: Position;
  readonly events: number;
}

const SAMPLE_EVERY_MS = 250;
const SAMPLES = 40;

/** Measures how fast a log is read, over the last ten seconds or so. */
export class Pace {
  readonly #samples: Sample[] = [];
  readonly #now: () => number;
  #last: Sample;
  #head: Position;

  constructor(position: Position, head: Position, now: () => number) {
    this.#now = now;
    this.#last = { at: now(), position, events: 0 };
    this.#head = head;
    this.#samples.push(this.#last);
  }

  moved(position: Position, events: number, head: Position): void {
    this.#last = { at: this.#now(), position, events: this.#last.events + events };
    this.#head = head < position ? position : head;
    if (this.#last.at - (this.#samples.at(-1)?.at ?? 0) < SAMPLE_EVERY_MS) return;
    this.#samples.push(this.#last);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  get progress(): CatchUpProgress {
    const { position, events, at } = this.#last;
    const first = this.#samples[0] ?? this.#last;
    const elapsedMs = Math.max(1, at - first.at);
    const positionsPerMs = (position - first.position) / elapsedMs;
    const left = this.#head - position;
    return {
      position,
      head: this.#head,
      events,
      eventsPerSecond: Math.round(((events - first.events) / elapsedMs) * 1_000),
      leftMs: left === 0 ? 0 : positionsPerMs > 0 ? Math.round(left / positionsPerMs) : undefined,
    };
  }
}
