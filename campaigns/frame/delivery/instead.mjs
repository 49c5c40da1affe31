/**
 * The same object with some members in place of its own.
 * @template {object} T
 * @param {T} target
 * @param {Partial<T>} members
 * @returns {T}
 */
export function instead(target, members) {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const member = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
