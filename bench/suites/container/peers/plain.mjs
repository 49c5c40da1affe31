/** @typedef {import('../contender.mjs').Contender} Contender */

import { distinct } from '../services.mjs';

/**
 * No container: the graph written out with `new`, as its author would. What is left over it is the price of a container.
 * @type {Contender}
 */
export const plain = {
  name: 'plain new',
  kind: 'peer',
  style: 'positional',
  build: (graph, lifetime) => (lifetime === 'singleton' ? makeAll(graph) : graph),
  resolveAll(instances, services) {
    let last;
    for (const service of services) last = instances.get(service);
    return last;
  },
  resolver(built, service) {
    if (!(built instanceof Map)) return written(built);
    const instance = built.get(service);
    return () => instance;
  },
  scopes: {
    visit: (graph) => written(graph),
    enter: (graph) => written(graph),
    rootIn: (root) => root,
    canDispose: false,
  },
};

/**
 * Each service once, in a Map.
 * @param {import('../services.mjs').Graph} graph
 */
function makeAll({ services }) {
  const instances = new Map();
  for (const service of services) {
    const { Class, dependencies } = service;
    instances.set(service, new Class(...dependencies.map((dependency) => instances.get(dependency))));
  }
  return instances;
}

/**
 * `() => { const session = new Session(); …; return root; }`
 * @param {import('../services.mjs').Graph} graph
 */
function written({ services, root }) {
  const names = services.map(({ Class }) => Class.name);
  const lines = services.map(({ name, Class, dependencies }) => {
    const given = dependencies.map((dependency) => dependency.name).join(', ');
    return `const ${name} = new ${Class.name}(${given});`;
  });
  const code = `return () => { ${lines.join(' ')} return ${root.name}; }`;
  return distinct(names.join(', '), code)(...services.map(({ Class }) => Class));
}
