/** Methods that answer at once, and not with a promise. */
const AT_ONCE: readonly PropertyKey[] = ['watch'];

/**
 * A port that is there before its store is opened: each call goes to what there is by then. Of methods that answer with a
 * promise, that rejects where there is nothing.
 */
export function late<T extends object>(current: () => T): T {
  const call =
    (key: PropertyKey) =>
    (...args: readonly unknown[]): unknown => {
      const port = current();
      const method: unknown = Reflect.get(port, key);
      return typeof method === 'function' ? Reflect.apply(method, port, args) : method;
    };
  // Every method of the ports is reached in this way, and nothing else of them is used.
  return new Proxy({} as T, {
    has: () => true,
    get: (_, key) => {
      // Else a promise of it would wait for it.
      if (key === 'then') return undefined;
      const run = call(key);
      return AT_ONCE.includes(key) ? run : async (...args: readonly unknown[]) => run(...args);
    },
  });
}
