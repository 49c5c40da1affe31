import { loadConfig } from '../config/index.js';
import type { Token } from '../container/index.js';
import { type Issue, MortarError } from '../errors/index.js';
import { type Module, variablesOf } from '../modules/index.js';

/** The settings of all modules, and everything that is wrong with them. */
export interface LoadedSettings {
  readonly values: ReadonlyMap<Token<unknown>, unknown>;
  readonly faults: readonly Issue[];
}

/**
 * Reads the settings of modules. Variables that begin with a module's own prefix, `MORTAR_SHOP_` for the module `shop`,
 * must be known to it, so that a misspelt one is not ignored.
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
  for (const { name, settings } of modules) {
    const prefix = `MORTAR_${name.replaceAll('-', '_').toUpperCase()}_`;
    for (const { token, schema, settings: sources } of settings) {
      try {
        values.set(token, loadConfig({ schema, settings: sources, env, prefix, alsoKnown: known }));
      } catch (error) {
        for (const fault of faultsOf(name, error)) faults.set(`${fault.path}: ${fault.message}`, fault);
      }
    }
  }
  return { values, faults: [...faults.values()] };
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
