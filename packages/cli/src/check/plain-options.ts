import type { CheckOptions } from './options.js';

/** Options without a value that get along with each other, and what they say. */
const flags: Readonly<Record<string, Partial<CheckOptions>>> = {
  '--json': { json: true },
  '--no-cache': { cache: false },
  '--staged': { staged: true },
  '--warn-only': { warnOnly: true },
};

/**
 * What `mortar check` is told where nothing but these options follows, as in hooks and on build machines: the same that the parser
 * makes of it, which need not be loaded then. Undefined for all else.
 */
export function plainOptions([command, ...options]: readonly string[]): CheckOptions | undefined {
  if (command !== 'check' || !options.every((option) => Object.hasOwn(flags, option))) return undefined;
  let told: CheckOptions = { format: 'pretty', cache: true };
  for (const option of options) told = { ...told, ...flags[option] };
  return told;
}
