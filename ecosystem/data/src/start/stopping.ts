import { constants } from 'node:os';
import process from 'node:process';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** A terminal sends a signal to npm and to what npm runs, and npm passes it on: the same one comes twice. */
const SAME_MS = 1_000;
/** What a shell adds to the number of a signal that has ended a program. */
const SIGNALLED = 128;

/** Why a run is to end before it has finished. */
export type Asked = (typeof SIGNALS)[number] | 'nobody reads' | 'output failed';

/** Hears when the run is asked to stop: by a signal, or since its output goes nowhere any more. A second signal ends the process. */
export class Stopping implements Disposable {
  readonly #stop = new AbortController();
  readonly #onSignal = (signal: NodeJS.Signals) => this.#hear(signal);
  readonly #onFailed = (error: NodeJS.ErrnoException) =>
    this.ask(error.code === 'EPIPE' ? 'nobody reads' : 'output failed');
  #asked: Asked | undefined;
  #askedAt = 0;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    process.stdout.on('error', this.#onFailed);
  }

  /** Aborted when the run is asked to stop. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Nothing as long as the run may go on. */
  get asked(): Asked | undefined {
    return this.#asked;
  }

  /** What the shell is told of a run that was stopped before it had finished. */
  get exitCode(): number {
    if (this.#asked === undefined || this.#asked === 'nobody reads') return 0;
    if (this.#asked === 'output failed') return 1;
    return SIGNALLED + constants.signals[this.#asked];
  }

  ask(asked: Asked): void {
    this.#asked ??= asked;
    this.#askedAt = Date.now();
    this.#stop.abort();
  }

  /** What the work comes to; nothing once the run is asked to stop, whatever becomes of the work then. */
  async orNothing<T>(work: Promise<T>): Promise<T | undefined> {
    const { signal } = this;
    let stop = () => undefined as undefined;
    const stopped = new Promise<undefined>((resolve) => {
      stop = () => void resolve(undefined);
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
    });
    try {
      return await Promise.race([work, stopped]);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      work.catch(() => undefined);
    }
  }

  #hear(signal: NodeJS.Signals): void {
    if (this.#asked !== undefined && Date.now() - this.#askedAt > SAME_MS) {
      this[Symbol.dispose]();
      process.kill(process.pid, signal);
    }
    for (const known of SIGNALS) if (known === signal) this.ask(known);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    process.stdout.off('error', this.#onFailed);
  }
}
