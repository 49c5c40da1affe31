import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Baseline,
  type BoundaryRules,
  checkProject,
  parseBaseline,
  parseRules,
  rulesFrom,
} from '@mortar/boundaries';
import type { FolderCheck } from '@mortar/boundaries/check';
import { indexText } from '../git/index-text.js';
import { repositoryOf } from '../git/repository.js';
import type { Io } from '../io.js';
import { readGraph } from '../project/reading.js';
import { CONFIG_FILE } from '../project/root.js';
import type { CheckOptions } from './options.js';

/** Checks what is about to be committed, by the rules and the baseline that go with it. */
export async function checkStaged(root: string, options: CheckOptions, io: Io): Promise<FolderCheck> {
  await repositoryOf(root);
  const ownRules = await rulesOf(root, io);
  const graph = await readGraph(root, { ...options, ofIndex: true, mayBeEmpty: true }, io);
  // The first commit may be of a README alone. Nothing is wrong with it, and rules for what is still to come name nothing in vain.
  const rules = graph.files.size === 0 ? rulesFrom({}) : ownRules;
  const result = checkProject(graph, rules, { baseline: await baselineOf(root, rules, io) });
  return { result, paths: [...graph.files.keys()] };
}

/** What a clone of the commit would hold to. */
async function rulesOf(root: string, io: Io): Promise<BoundaryRules> {
  const text = await textIn(root, CONFIG_FILE, io);
  return text === undefined ? rulesFrom({}) : parseRules(text);
}

async function baselineOf(root: string, rules: BoundaryRules, io: Io): Promise<Baseline | undefined> {
  const text = await textIn(root, rules.baseline, io);
  return text === undefined ? undefined : parseBaseline(text, rules.baseline);
}

async function textIn(root: string, path: string, io: Io): Promise<string | undefined> {
  const text = await indexText(root, path);
  if (text === undefined && existsSync(join(root, path)))
    io.complain(`${path} is not in the index of git, so the check goes without it: git add ${path}\n`);
  return text;
}
