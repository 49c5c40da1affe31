import { loadConfig, nearest } from '../config/index.js';
import type { Token } from '../container/index.js';
import { type Issue, MortarError } from '../errors/index.js';
import { type Module, variablesOf } from '../modules/index.js';

/** The settings of all modules, and everything that is wrong with them. */
export interface LoadedSettings {
  readonly values: ReadonlyMap<Token<unknown>, unknown>;
  readonly faults: readonly Issue[];
}

/**
 * Reads the settings of modules. A variable that begins with a module's own prefix, `MORTAR_SHOP_` for the module `shop`,
 * and looks like a misspelt one of its own, is a fault. Others may belong to a module that is not loaded, such as `shop-eu`.
 */
export function loadSettings(
  modules: readonly Module[],
  env: Readonly<Record<string, string | undefined>>,
): LoadedSettings {
  const values = new Map<Token<unknown>, unknown>();
  /** By their text: each of the settings of one module tells of its misspelt variables. */
  const faults = new Map<string, Issue>();
  const known = modules.flatMap(({ settings }) =>
    settings.flatMap((one) => variablesOf(one).map(({ env: name }) => name)),
  );
  const foreign = Object.keys(env).filter((name) => !isMisspelt(name, known));
  for (const { name, settings } of modules) {
    const prefix = `MORTAR_${name.replaceAll('-', '_').toUpperCase()}_`;
    for (const { token, schema, settings: sources } of settings) {
      try {
        values.set(
          token,
          loadConfig({ schema, settings: sources, env, prefix, alsoKnown: [...known, ...foreign] }),
        );
      } catch (error) {
        for (const fault of faultsOf(name, error)) faults.set(`${fault.path}: ${fault.message}`, fault);
      }
    }
  }
  return { values, faults: [...faults.values()] };
}

/** Like a known one word for word, and of as many words: another word may be the rest of another module's name. */
function isMisspelt(name: string, known: readonly string[]): boolean {
  const words = name.split('_');
  return known.some((other) => {
    const others = other.split('_');
    return words.length === others.length && words.every((word, place) => isLike(word, others[place] ?? ''));
  });
}

function isLike(word: string, other: string): boolean {
  return nearest(word, [other]) !== undefined || sortedLetters(word) === sortedLetters(other);
}

/** The same for two words of which one has the letters of the other in another order. */
function sortedLetters(word: string): string {
  return [...word].sort().join('');
}

function faultsOf(module: string, error: unknown): readonly Issue[] {
  if (!(error instanceof MortarError)) throw error;
  const { code, got, issues } = error;
  const path = `settings of ${module}`;
  if (issues.length === 0) return [{ path, message: got, code }];
  return issues.map((issue) => ({
    path: issue.path === '' ? path : `${path} → ${issue.path}`,
    message: issue.message,
    code,
  }));
}
