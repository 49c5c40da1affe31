/**
 * Whether a value is a promise, or another thenable, where a value was due. It is refused then; so that its rejection,
 * for which nobody waits, does not end the process, it has someone who does. Never throws.
 */
export function defuse(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    const { then } = value as { readonly then?: unknown };
    if (typeof then !== 'function') return false;
    then.call(value, ignore, ignore);
  } catch {
    // A `then` that throws, also one that can't be read, is no value either.
  }
  return true;
}

function ignore(): void {}
