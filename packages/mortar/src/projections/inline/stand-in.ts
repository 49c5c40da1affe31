/**
 * An object that does some things itself and has another do the rest: a method that is not its own is called on the other
 * one, so that this may be of a class with private fields.
 */
export function standIn<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
