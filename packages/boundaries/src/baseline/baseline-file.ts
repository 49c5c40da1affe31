import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { MortarError } from 'mortar/errors';
import { parseJsonc } from '../config/jsonc-text.js';
import { type BoundaryRules, readWithin } from '../config/load-rules.js';
import { type Baseline, baselineFrom, invalidBaseline } from './baseline.js';

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
 * @throws MortarError `MORTAR_BASELINE_INVALID`
 */
export function parseBaseline(text: string, source: string): Baseline {
  const { value } = parseJsonc(text, (got, issues) => invalidBaseline(source, got, issues));
  return baselineFrom(value, source);
}

/**
 * Writes the baseline to where the rules name it, whole or not at all; removes the file where no entry is left.
 * @throws MortarError `MORTAR_BASELINE_INVALID` where its folder is outside of the root, or is not there.
 */
export async function writeBaseline(root: string, rules: BoundaryRules, baseline: Baseline): Promise<void> {
  const file = join(root, rules.baseline);
  const folder = existsSync(dirname(file)) ? realpathSync(dirname(file)) : undefined;
  const home = realpathSync(root);
  if (folder === undefined || (folder !== home && !folder.startsWith(home.replace(/[/\\]$/, '') + sep))) {
    throw new MortarError('MORTAR_BASELINE_INVALID', {
      rule: 'The baseline lies in a folder of the project.',
      expected: 'a path within the root, whose folder is there',
      got: rules.baseline,
    });
  }
  // Renaming replaces a link rather than what it leads to.
  const target = join(folder, basename(file));
  if (baseline.entries.length === 0) return rmSync(target, { force: true });
  const draft = join(folder, `.${basename(file)}.${randomUUID()}`);
  try {
    writeFileSync(draft, `${JSON.stringify(baseline, undefined, 2)}\n`);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}
