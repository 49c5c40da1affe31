import type { GivenFile } from './given-files.js';
import type { Stage } from './work.js';

/** A file of this run, and how far it has come. */
export interface Entry {
  readonly file: GivenFile;
  /** Absent where it could not be read. */
  readonly outcome?: 'new' | 'changed' | 'unchanged';
  /** The last one but `given-up`. */
  readonly stage: Stage;
  /** Why its check or its analysis was given up, for now. */
  readonly givenUp?: string;
}

/** Keeps how far each file has come: a few words of each, since there may be thousands. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();

  /** In the order in which they came first. */
  get entries(): Entry[] {
    return [...this.#entries.values()];
  }

  tell(file: GivenFile, stage: Stage): void {
    this.#entries.set(file.path, entryAfter(this.#entries.get(file.path), file, stage));
  }

  /** Files that could not be read are left out, if they are not there any more. */
  forgetUnreadable(isThere: (path: string) => boolean): void {
    for (const [path, { stage }] of this.#entries)
      if (stage.kind === 'unreadable' && !isThere(path)) this.#entries.delete(path);
  }
}

/** Whether nothing more is going to happen to a file in this run. */
export function isFinished({ stage, givenUp }: Entry): boolean {
  return givenUp !== undefined || ['unreadable', 'refused', 'analysed'].includes(stage.kind);
}

/** Less for what a person should rather look at: without a report first, then what should not be used, then by the score. */
export function rankOf({ stage, givenUp }: Entry): number {
  if (givenUp !== undefined || (stage.kind !== 'checked' && stage.kind !== 'analysed')) return -2;
  return stage.overall - (stage.isGood ? 0 : 1);
}

function entryAfter(before: Entry | undefined, file: GivenFile, stage: Stage): Entry {
  if (stage.kind === 'registered') return { file, outcome: stage.outcome, stage };
  if (stage.kind === 'unreadable' || before === undefined) return { file, stage };
  return stage.kind === 'given-up' ? { ...before, givenUp: stage.reason } : { ...before, stage };
}
