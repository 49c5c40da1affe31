import type { EdgeTarget } from '../graph/project-graph.js';

const runtimeSchemes: ReadonlySet<string> = new Set(['node', 'bun', 'deno', 'cloudflare', 'workerd']);
const packageSchemes: ReadonlySet<string> = new Set(['http', 'https', 'npm', 'jsr', 'blob']);

const MAX_TEXT = 60;

/** Where a specifier such as `node:fs` or `https://…` leads; undefined for a scheme of nobody that is known. */
export function targetOfScheme(specifier: string, scheme: string): EdgeTarget | undefined {
  const lower = scheme.toLowerCase();
  if (lower === 'node') return { kind: 'builtin', name: specifier.slice('node:'.length) };
  if (runtimeSchemes.has(lower)) return { kind: 'builtin', name: specifier };
  if (packageSchemes.has(lower)) return { kind: 'package', name: specifier, subpath: '' };
  // What is written into the specifier may load anything.
  if (lower === 'data') return { kind: 'unanalysable', text: specifier.slice(0, MAX_TEXT) };
  return undefined;
}

/** What a framework gives by names that are of no package, where a package.json declares it. */
export interface FrameworkNames {
  /** The package that gives them. */
  readonly framework: string;
  /** Below the folder of that package.json, where a name is one of a file there. */
  readonly path?: string;
}

/** Packages have no capitals in their names, and most of these have. */
const ofDocusaurus =
  /^@(?:(?:theme|theme-original|theme-init|generated)\/|docusaurus\/(?:\w*[A-Z]\w*|router|constants)$)/;

/** Whose name an import may be, if no package has it: `@theme/Layout`, `@docusaurus/Link`, `@site/src/page`. */
export function frameworkNamed(specifier: string): FrameworkNames | undefined {
  const framework = '@docusaurus/core';
  if (specifier.startsWith('@site/')) return { framework, path: specifier.slice('@site/'.length) };
  return ofDocusaurus.test(specifier) ? { framework } : undefined;
}

/** The framework that makes a file which is not there before it was run: types in `.next`. */
export function makerOf(path: string): string | undefined {
  return /(?:^|\/)\.next\//.test(path) ? 'next' : undefined;
}
