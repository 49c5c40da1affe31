import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { MortarError } from 'mortar/errors';
import { type BoundaryRules, parseJsonc, readWithin } from '../config/load-rules.js';
import { type Baseline, baselineFrom } from './baseline.js';

/**
 * Reads the baseline that the rules name; nothing where there is none.
 * @throws MortarError `MORTAR_BASELINE_INVALID`, or `MORTAR_RULES_INVALID` where it can't be read or is outside of the root.
 */
export async function readBaseline(root: string, rules: BoundaryRules): Promise<Baseline | undefined> {
  const source = await readWithin(root, rules.baseline);
  return source === undefined ? undefined : parseBaseline(source, rules.baseline);
}

/**
 * A baseline from the text of its file.
 * @throws MortarError `MORTAR_BASELINE_INVALID`, or `MORTAR_RULES_INVALID` where it is no JSON.
 */
export function parseBaseline(text: string, source: string): Baseline {
  return baselineFrom(parseJsonc(text, source).value, source);
}

/**
 * Writes the baseline to where the rules name it, whole or not at all; removes the file where no entry is left.
 * @throws MortarError `MORTAR_BASELINE_INVALID` where its folder is outside of the root.
 */
export async function writeBaseline(root: string, rules: BoundaryRules, baseline: Baseline): Promise<void> {
  const file = join(root, rules.baseline);
  const folder = await realpath(dirname(file));
  const home = await realpath(root);
  if (folder !== home && !folder.startsWith(home.replace(/[/\\]$/, '') + sep)) {
    throw new MortarError('MORTAR_BASELINE_INVALID', {
      rule: 'The baseline lies within the root of the project.',
      expected: 'a path within the root',
      got: rules.baseline,
    });
  }
  // Renaming replaces a link rather than what it leads to.
  const target = join(folder, basename(file));
  if (baseline.entries.length === 0) return await rm(target, { force: true });
  const draft = join(folder, `.${basename(file)}.${randomUUID()}`);
  try {
    await writeFile(draft, `${JSON.stringify(baseline, undefined, 2)}\n`);
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}
