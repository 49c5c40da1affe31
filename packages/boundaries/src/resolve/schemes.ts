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
