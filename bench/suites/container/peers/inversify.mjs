import { Container, decorate, inject, injectable } from 'inversify';
import { factoryOf } from '../services.mjs';

/** @typedef {import('../contender.mjs').Contender} Contender */
/** @typedef {import('../contender.mjs').Lifetime} Lifetime */
/** @typedef {import('../contender.mjs').Scopes} Scopes */
/** @typedef {import('../services.mjs').Service} Service */

/**
 * How its containers are made, and what a scope is.
 * @typedef {object} Form
 * @property {string} name
 * @property {{ jitless?: boolean }} options
 * @property {(graph: import('../services.mjs').Graph) => void} annotate
 * @property {(container: any, service: Service) => any} bind
 * @property {Scopes} [scopes]
 */

/**
 * Its "request scope": what is shared within one call of `get`. Nothing is opened, closed or disposed of.
 * @type {Scopes}
 */
const requests = {
  visit:
    (container, { root: { Class } }) =>
    () =>
      container.get(Class),
  enter:
    (container, { root: { Class } }) =>
    () =>
      container.get(Class),
  rootIn: (root) => root,
  canDispose: false,
};

/**
 * A child container with the scoped services as its singletons.
 * @param {Form['options']} options
 * @returns {Scopes}
 */
function children(options) {
  const open = (/** @type {any} */ parent, /** @type {readonly Service[]} */ services) => {
    const child = new Container({ ...options, parent });
    for (const service of services) bindInChild(child, service);
    return child;
  };
  return {
    visit:
      (container, { services, root: { Class } }) =>
      () => {
        const child = open(container, services);
        const root = child.get(Class);
        child.unbindAll();
        return root;
      },
    enter:
      (container, { services, root: { Class } }) =>
      () => {
        const child = open(container, services);
        child.get(Class);
        return child;
      },
    rootIn: (child, { root: { Class } }) => child.get(Class),
    leave: (child) => child.unbindAll(),
    canDispose: true,
  };
}

/**
 * @param {any} child
 * @param {Service} service
 */
function bindInChild(child, { Class }) {
  const binding = child.bind(Class).toSelf().inSingletonScope();
  if (Class.prototype.dispose !== undefined)
    binding.onDeactivation((/** @type {any} */ made) => made.dispose());
}

/** @type {readonly Form[]} */
const forms = [
  { name: 'inversify', options: {}, annotate: decorateAll, bind: bindClass, scopes: requests },
  {
    name: 'inversify, jitless',
    options: { jitless: true },
    annotate: decorateAll,
    bind: bindClass,
    scopes: requests,
  },
  {
    name: 'inversify, resolved values',
    options: {},
    annotate: makeFactories,
    bind: bindFactory,
    scopes: requests,
  },
];

/**
 * As it comes, with code that it generates at run time; without, as a strict policy on content needs it; and by factories
 * with declared dependencies in place of decorated classes.
 * @type {readonly Contender[]}
 */
export const inversify = forms.map(contender);

/** A child container for each scope, since only that disposes of anything. */
export const inversifyWithChildren = contender({
  name: 'inversify, child container',
  options: {},
  annotate: decorateAll,
  bind: bindClass,
  scopes: children({}),
});

/**
 * @param {Form} form
 * @returns {Contender}
 */
function contender({ name, options, annotate, bind, scopes }) {
  return {
    name,
    kind: 'peer',
    style: 'positional',
    annotate,
    build({ services }, lifetime) {
      const container = new Container(options);
      if (lifetime === 'scoped' && scopes?.canDispose) return container;
      for (const service of services) live(bind(container, service), lifetime);
      return container;
    },
    resolveAll(container, services) {
      let last;
      for (const { Class } of services) last = container.get(Class);
      return last;
    },
    resolver:
      (container, { Class }) =>
      () =>
        container.get(Class),
    scopes,
  };
}

/** @param {import('../services.mjs').Graph} graph */
function decorateAll({ services }) {
  for (const { Class, needed } of services) {
    decorate(injectable(), Class);
    for (const [index, each] of needed.entries()) decorate(inject(each), Class, index);
  }
}

/** @param {import('../services.mjs').Graph} graph */
function makeFactories({ services }) {
  for (const service of services) factoryOf(service);
}

/**
 * @param {any} container
 * @param {Service} service
 */
function bindClass(container, { Class }) {
  return container.bind(Class).toSelf();
}

/**
 * @param {any} container
 * @param {Service} service
 */
function bindFactory(container, service) {
  return container.bind(service.Class).toResolvedValue(factoryOf(service), service.needed);
}

/**
 * @param {any} binding
 * @param {Lifetime} lifetime
 */
function live(binding, lifetime) {
  if (lifetime === 'singleton') binding.inSingletonScope();
  else if (lifetime === 'scoped') binding.inRequestScope();
  else binding.inTransientScope();
}
