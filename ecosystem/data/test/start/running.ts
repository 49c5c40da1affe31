import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Overview } from '../../dist/start/overview.js';

/** The program. */
export const MAIN = fileURLToPath(new URL('../../dist/start/main.js', import.meta.url));

/** How a run of the program has ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A run of what `npm start` runs. */
export class Run {
  readonly child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #out = '';
  #err = '';

  /** @param directory where the user stands */
  constructor(directory: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd: directory,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
    });
    this.#ended = once(this.child, 'close').then(([code]: (number | null)[]) => ({
      ...{ code: code ?? null, out: this.#out, err: this.#err },
    }));
  }

  get out(): string {
    return this.#out;
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }
}

/** That of a user; npm, which may run the tests, says in it where the tests stand. */
export function environment(): NodeJS.ProcessEnv {
  const { INIT_CWD: _, ...env } = process.env;
  return env;
}

/** Runs the program to its end. */
export function run(directory: string, ...args: readonly string[]): Promise<Ended> {
  return new Run(directory, args).ended();
}

/** Runs it with `--json`. */
export async function runJson(directory: string, ...args: readonly string[]): Promise<Overview> {
  const { out, err } = await run(directory, '--json', ...args);
  if (err !== '') throw new Error(err);
  return JSON.parse(out);
}

/** What must not depend on how often it was started: read models and what is in the log. */
export function lasting({ datasets, alerts, events }: Overview) {
  return {
    datasets: datasets.map(({ datasetId, quality, anomalies }) => ({ datasetId, quality, anomalies })),
    alerts: alerts.toSorted((a, b) => (a.alertId < b.alertId ? -1 : 1)),
    published: events.published,
    deadLetters: events.deadLetters,
  };
}
