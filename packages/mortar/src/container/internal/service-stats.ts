import type { ServiceStats } from '../stats.js';
import { nameOf } from '../token.js';
import { isAnew, type Node } from './graph/node.js';

const UNTIMED = { count: 0, totalMs: 0, longestMs: 0 };

/** What was counted for each node. */
export function statsOf(nodes: readonly Node[]): readonly ServiceStats[] {
  return nodes.map((node) => {
    const { service, owner, lifetime } = node.binding;
    const { created, times } = node;
    const { count: timed, totalMs, longestMs } = times ?? UNTIMED;
    // What is made anew each time is counted once, when it is made.
    const resolutions = isAnew(node.binding) ? created : node.resolutions;
    return { name: nameOf(service), owner, lifetime, resolutions, created, timed, totalMs, longestMs };
  });
}
