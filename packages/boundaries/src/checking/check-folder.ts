import { startReading } from '../graph/reading.js';
import type { FolderCheck, FolderCheckOptions } from './folder-check.js';
import { keptAnswer } from './kept-answer.js';

/**
 * Reads the project in a folder and holds it to its own rules and baseline: the same as `checkProject` of what `readProject` has read.
 * Where nothing has changed that the answer rests on, it is the one that was kept, and the rules are not even loaded.
 * @throws MortarError as `loadRules`, `readProject` and `readBaseline`
 */
export async function checkFolder(root: string, options: FolderCheckOptions = {}): Promise<FolderCheck> {
  const { withBaseline = true, today = new Date().toISOString().slice(0, 10) } = options;
  const question = { withBaseline, today };
  const reading = await startReading(root, options);
  const kept = await keptAnswer(reading, question);
  if (kept !== undefined) return kept;
  const { checkAnew } = await import('./check-anew.js');
  return checkAnew(reading, question);
}
