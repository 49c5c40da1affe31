import type { DurableApp } from 'mortar';
import { reasonOf } from './report/complaint.js';

const MOST_LETTERS = 10_000;

/** Why the work on data sets was given up, by the id of the data set. */
export async function givenUp(app: DurableApp): Promise<ReadonlyMap<string, string>> {
  const letters = await app.deadLetters.list({}, { limit: MOST_LETTERS });
  return new Map(letters.map(({ envelope, error }) => [envelope.key ?? '', reasonOf(error.message)]));
}

/** A second attempt at what an earlier run has given up. */
export interface SecondAttempt {
  isOver(): Promise<boolean>;
}

/** The ids of what earlier runs have given up, by data set. */
export async function leftUndone(app: DurableApp): Promise<ReadonlyMap<string, readonly string[]>> {
  const letters = await app.deadLetters.list({}, { limit: MOST_LETTERS });
  const ids = new Map<string, string[]>();
  for (const { id, envelope } of letters) {
    const key = envelope.key ?? '';
    ids.set(key, [...(ids.get(key) ?? []), id]);
  }
  return ids;
}

/** The disk may have room by now, or the machine more memory. */
export async function tryAgain(app: DurableApp, ids: readonly string[]): Promise<SecondAttempt> {
  if (ids.length === 0) return { isOver: async () => true };
  const { id } = await app.deadLetters.startReplay({ ids }, { actor: 'npm start' });
  return {
    isOver: async () => {
      const job = await app.deadLetters.replayJob(id);
      return job === undefined || (job.state !== 'running' && job.replaying === 0);
    },
  };
}
