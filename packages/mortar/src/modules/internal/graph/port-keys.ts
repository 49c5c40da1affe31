import type { AnyDependency, Marked } from '../../../container/index.js';
import type { PortContract } from '../../../contracts/index.js';
import { isPort } from '../arguments.js';

/**
 * The ports among dependencies, also those that are marked `lazy`, `optional` or `all`. With `now`, without the lazy
 * ones: those are not needed when their owner is made.
 */
export function portsAmong(
  dependencies: readonly AnyDependency[],
  when: 'ever' | 'now' = 'ever',
): readonly PortContract[] {
  return dependencies.map((dependency) => unmarked(dependency, when)).filter(isPort);
}

/** What a dependency is without its marks; with `now`, nothing where one of them is `lazy`. */
export function unmarked(dependency: AnyDependency, when: 'ever' | 'now' = 'ever'): unknown {
  let inner: unknown = dependency;
  while (isMarked(inner)) {
    if (inner.kind === 'lazy' && when === 'now') return undefined;
    inner = inner.of;
  }
  return inner;
}

function isMarked(value: unknown): value is Marked<unknown> {
  return typeof value === 'object' && value !== null && 'of' in value && 'kind' in value;
}
