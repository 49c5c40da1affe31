import { readBaseline } from '../baseline/baseline-file.js';
import { CONFIG_FILE, loadRules } from '../config/load-rules.js';
import { readGraph } from '../graph/read-project.js';
import { type Reading, withReading } from '../graph/reading.js';
import { checkProject } from '../rules/check-project.js';
import type { FolderCheck } from './folder-check.js';
import { keepAnswer, type Question } from './kept-answer.js';

/** Finds the answer, and keeps it. */
export async function checkAnew(first: Reading, question: Question): Promise<FolderCheck> {
  return withReading(first, async (reading) => {
    const { root } = reading;
    const rules = await written(reading, CONFIG_FILE, () => loadRules(root));
    const graph = await readGraph(reading);
    const baseline = question.withBaseline
      ? await written(reading, rules.baseline, () => readBaseline(root, rules))
      : undefined;
    const result = checkProject(graph, rules, { baseline, today: question.today });
    const check = { result, paths: [...graph.files.keys()] };
    keepAnswer(reading, question, check);
    return check;
  });
}

/** Writes down that a file was read, by asking for it before and after: where it has changed in between, the answers are not steady. */
async function written<T>({ probed }: Reading, path: string, read: () => Promise<T>): Promise<T> {
  probed.files.exists(path);
  probed.files.read(path);
  const found = await read();
  probed.files.read(path);
  return found;
}
