import { createInjector, Scope } from 'typed-inject';

/** @typedef {import('../contender.mjs').Contender} Contender */
/** @typedef {import('../services.mjs').Graph} Graph */

/**
 * Tokens are strings, and dependencies stand in a static `inject`. Each service that is provided makes an injector on
 * top of the one before, so the graph is provided dependencies first, and the last injector knows all. A scope is a
 * child injector, to which the scoped services are provided anew.
 * @type {Contender}
 */
export const typedInject = {
  name: 'typed-inject',
  kind: 'peer',
  style: 'positional',
  annotate({ services }) {
    for (const { Class, dependencies } of services) Class.inject = dependencies.map(({ name }) => name);
  },
  build(graph, lifetime) {
    const injector = createInjector();
    if (lifetime === 'scoped') return injector;
    return provide(injector, graph, lifetime === 'singleton' ? Scope.Singleton : Scope.Transient);
  },
  resolveAll(injector, services) {
    let last;
    for (const { name } of services) last = injector.resolve(name);
    return last;
  },
  resolver:
    (injector, { name }) =>
    () =>
      injector.resolve(name),
  scopes: {
    visit: (injector, graph) => () =>
      provide(injector.createChildInjector(), graph, Scope.Singleton).resolve('root'),
    visitAndAwait: (injector, graph) => async () => {
      const child = injector.createChildInjector();
      const root = provide(child, graph, Scope.Singleton).resolve('root');
      await child.dispose();
      return root;
    },
    enter: (injector, graph) => () => {
      const child = injector.createChildInjector();
      const last = provide(child, graph, Scope.Singleton);
      last.resolve('root');
      return { child, last };
    },
    rootIn: ({ last }) => last.resolve('root'),
    leave: ({ child }) => child.dispose(),
    canDispose: true,
  },
};

/**
 * @param {any} injector
 * @param {Graph} graph
 * @param {Scope} scope
 */
function provide(injector, { services }, scope) {
  let last = injector;
  for (const { name, Class } of services) last = last.provideClass(name, Class, scope);
  return last;
}
