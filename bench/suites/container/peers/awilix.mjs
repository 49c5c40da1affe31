import { asClass, createContainer, InjectionMode, Lifetime } from 'awilix';

/** @typedef {import('../contender.mjs').Contender} Contender */

const lifetimes = Object.freeze({
  singleton: Lifetime.SINGLETON,
  transient: Lifetime.TRANSIENT,
  scoped: Lifetime.SCOPED,
});

/**
 * In both of its modes: with a proxy, from which a constructor takes what it needs, and "classic", which reads the names
 * of the parameters in the source of the class when it is registered.
 * @type {readonly Contender[]}
 */
export const awilix = [
  contender('awilix, proxy', 'cradle', InjectionMode.PROXY),
  contender('awilix, classic', 'positional', InjectionMode.CLASSIC),
];

/**
 * @param {string} name
 * @param {import('../services.mjs').Style} style
 * @param {any} injectionMode
 * @returns {Contender}
 */
function contender(name, style, injectionMode) {
  return {
    name,
    kind: 'peer',
    style,
    build({ services }, lifetime) {
      const container = createContainer({ injectionMode });
      const resolvers = services.map(({ name: key, Class }) => [key, resolverOf(Class, lifetime)]);
      return container.register(Object.fromEntries(resolvers));
    },
    resolveAll(container, services) {
      let last;
      for (const { name: key } of services) last = container.resolve(key);
      return last;
    },
    resolver:
      (container, { name: key }) =>
      () =>
        container.resolve(key),
    scopes: {
      visit: (container) => () => container.createScope().resolve('root'),
      visitAndAwait: (container) => async () => {
        const scope = container.createScope();
        const root = scope.resolve('root');
        await scope.dispose();
        return root;
      },
      enter: (container) => () => {
        const scope = container.createScope();
        scope.resolve('root');
        return scope;
      },
      rootIn: (scope) => scope.resolve('root'),
      leave: (scope) => scope.dispose(),
      canDispose: true,
    },
  };
}

/**
 * @param {any} Class
 * @param {import('../contender.mjs').Lifetime} lifetime
 */
function resolverOf(Class, lifetime) {
  const options = { lifetime: lifetimes[lifetime] };
  if (Class.prototype.dispose === undefined) return asClass(Class, options);
  return asClass(Class, { ...options, dispose: (/** @type {any} */ service) => service.dispose() });
}
