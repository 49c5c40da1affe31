import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type Issue, MortarError, messageOf } from 'mortar/errors';
import { dotted } from '../files/json-place.js';
import type { BoundaryConfig } from './boundary-config.js';
import { configShape, defaultConfig } from './config-shape.js';
import { inconsistencies } from './inconsistencies.js';
import { parseJsonc } from './jsonc-text.js';
import { type RuleSettings, settingsFrom } from './rule-settings.js';
import type { ShapeFault } from './shape.js';

/** The name of the configuration, in the root of a project. */
export const CONFIG_FILE = 'mortar.config.json';

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_FAULTS = 50;

/** All that a check holds a project to. */
export interface BoundaryRules extends BoundaryConfig {
  readonly settings: RuleSettings;
  /** Path of the file that they come from; nothing where there is none and the defaults hold. */
  readonly source: string | undefined;
}

/**
 * Reads mortar.config.json in the root of a project; where there is none, the defaults hold. The file is parsed as JSON with
 * comments and trailing commas, never run.
 * @throws MortarError `MORTAR_RULES_INVALID` with every fault as an issue, where the file can't be read or says what nothing takes.
 */
export async function loadRules(root: string): Promise<BoundaryRules> {
  const source = await readWithin(root, CONFIG_FILE);
  return source === undefined ? rulesFrom({}) : parseRules(source);
}

/**
 * The text of a small file of the project; nothing where it is not there. A link that leads out of the root is refused.
 * @throws MortarError `MORTAR_RULES_INVALID`
 */
export async function readWithin(root: string, path: string): Promise<string | undefined> {
  try {
    const file = realpathSync(join(root, path));
    if (!file.startsWith(realpathSync(root).replace(/[/\\]$/, '') + sep))
      throw new Error('it is outside of the root');
    const found = statSync(file);
    // Reading a pipe would wait for whoever writes to it.
    if (!found.isFile()) throw new Error('it is no regular file');
    const { size } = found;
    if (size > MOST_BYTES) throw new Error(`it has ${size} bytes, and at most ${MOST_BYTES} are read`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (isMissing(error) && !isLink(join(root, path))) return undefined;
    throw invalid(path, `a file within the root that can be read`, messageOf(error), [], error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A link that leads nowhere is no file that was left out. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/**
 * Rules from the text of a configuration.
 * @throws MortarError `MORTAR_RULES_INVALID`
 */
export function parseRules(text: string, source: string = CONFIG_FILE): BoundaryRules {
  const { value, placeOf } = parseJsonc(text, (got, issues) =>
    invalid(source, 'JSON with comments', got, issues),
  );
  return rulesFrom(value, source, placeOf);
}

/**
 * Rules from plain data, as it would stand in mortar.config.json.
 * @throws MortarError `MORTAR_RULES_INVALID`
 */
export function rulesFrom(
  value: unknown,
  source?: string,
  placeOfPath: (path: ShapeFault['path']) => string = () => '',
): BoundaryRules {
  const faults: ShapeFault[] = [];
  const file = configShape.read(value, [], faults);
  if (file === undefined || faults.length > 0) throw faulty(faults, source, placeOfPath);
  const wrong = inconsistencies(file);
  if (wrong.length > 0) throw faulty(wrong, source, placeOfPath);
  const { $schema: _, rules = {}, hexagonal, ...said } = file;
  return {
    ...defaultConfig,
    ...said,
    hexagonal: { ...defaultConfig.hexagonal, ...hexagonal },
    settings: settingsFrom(rules),
    source,
  };
}

function faulty(
  faults: readonly ShapeFault[],
  source: string | undefined,
  place: (path: ShapeFault['path']) => string,
): MortarError {
  const told = faults.slice(0, MOST_FAULTS).map(({ path, message }): Issue => {
    const at = place(path);
    return {
      path: dotted(path),
      message: at === '' ? message : `${message} (line ${at.replace(':', ', column ')})`,
    };
  });
  const lines = told.map(({ path, message }) => `${path === '' ? 'the whole' : path}: ${message}`);
  const got = lines.length === 1 ? lines.join() : [`${lines.length} faults`, ...lines].join('\n  ');
  return invalid(source ?? 'the rules', 'the keys and values of its JSON Schema', got, told);
}

function invalid(
  source: string,
  expected: string,
  got: string,
  issues: readonly Issue[],
  cause?: unknown,
): MortarError {
  return new MortarError('MORTAR_RULES_INVALID', {
    rule: `${source} says what the boundaries are, in JSON that may have comments.`,
    expected,
    got,
    issues,
    ...(cause === undefined ? {} : { cause }),
  });
}
