import { makeShared, makeTree } from './services.mjs';

/** @typedef {import('./services.mjs').Graph} Graph */
/** @typedef {import('./services.mjs').Service} Service */
/** @typedef {import('./services.mjs').Style} Style */

/** @typedef {'singleton' | 'transient' | 'scoped'} Lifetime */

/**
 * A container and how it is used. Functions that are timed for each event make closures over all they need, so that no
 * layer of the benchmark lies between.
 * @typedef {object} Contender
 * @property {string} name
 * @property {'ours' | 'peer'} kind
 * @property {Style} style
 * @property {boolean} [isAsync] what it builds, and what it resolves besides singletons, is a promise
 * @property {(graph: Graph) => void} [annotate] what its users write beside a class, such as decorators; not timed
 * @property {(graph: Graph, lifetime: Lifetime) => any} build a container with all services registered, or its promise
 * @property {(container: any, services: readonly Service[]) => unknown} resolveAll resolves one after the other
 * @property {(container: any, service: Service, lifetime: Lifetime) => () => unknown} resolver resolves one
 * @property {Scopes} [scopes]
 * @property {(container: any) => unknown} [close]
 */

/**
 * @typedef {object} Scopes
 * @property {(container: any, graph: Graph) => () => unknown} visit a scope is opened, the root resolved in it and given
 * back, and the scope closed, unless closing is asynchronous: then it is let go of
 * @property {(container: any, graph: Graph) => () => Promise<unknown>} [visitAndAwait] the same with an asynchronous close
 * @property {(container: any, graph: Graph) => () => any} enter a scope is opened and the root resolved in it; gives the scope
 * @property {(scope: any, graph: Graph, container: any) => unknown} rootIn resolves the root once more in a scope
 * @property {(scope: any) => unknown} [leave] closes a scope
 * @property {boolean} canDispose whether `leave` disposes of services that have a `dispose`
 */

/**
 * A graph of a contender's own, with all that stands beside its classes.
 * @param {Contender} contender
 * @param {(style: Style) => Graph} make
 */
export function graphFor({ style, annotate }, make) {
  const graph = make(style);
  annotate?.(graph);
  return graph;
}

// More classes than a place in the code can tell apart, and calls enough for it to have met them when it is compiled.
const OTHER_GRAPHS = 20;
const OTHER_CALLS = 200;

/**
 * Uses a contender with many other classes before it is measured, as an application does. Were the seven of a case the only
 * ones that its code has ever made, V8 would inline their constructors into it, and one graph of 7 would take a third.
 * @param {Contender} contender
 * @param {Lifetime} lifetime
 */
export async function settleIn(contender, lifetime) {
  for (let graphs = 0; graphs < OTHER_GRAPHS; graphs += 1) {
    const graph = graphFor(contender, lifetime === 'scoped' ? makeShared : makeTree);
    const container = await contender.build(graph, lifetime);
    const use =
      lifetime === 'scoped'
        ? contender.scopes?.visit(container, graph)
        : contender.resolver(container, graph.root, lifetime);
    for (let calls = 0; calls < OTHER_CALLS; calls += 1) await use?.();
    await contender.close?.(container);
  }
}
