import 'reflect-metadata';
import { injectable, Lifecycle, container as rootContainer } from 'tsyringe';

/** @typedef {import('../contender.mjs').Contender} Contender */
/** @typedef {import('../contender.mjs').Scopes} Scopes */

/**
 * A child container.
 * @type {Scopes}
 */
const children = {
  visit:
    (container, { root: { Class } }) =>
    () =>
      container.createChildContainer().resolve(Class),
  visitAndAwait:
    (container, { root: { Class } }) =>
    async () => {
      const child = container.createChildContainer();
      const root = child.resolve(Class);
      await child.dispose();
      return root;
    },
  enter:
    (container, { root: { Class } }) =>
    () => {
      const child = container.createChildContainer();
      child.resolve(Class);
      return child;
    },
  rootIn: (child, { root: { Class } }) => child.resolve(Class),
  leave: (child) => child.dispose(),
  canDispose: true,
};

/**
 * What is shared within one call of `resolve`. Nothing is opened, closed or disposed of.
 * @type {Scopes}
 */
const resolutions = {
  visit:
    (container, { root: { Class } }) =>
    () =>
      container.resolve(Class),
  enter:
    (container, { root: { Class } }) =>
    () =>
      container.resolve(Class),
  rootIn: (root) => root,
  canDispose: false,
};

/** A scope is a child container. */
export const tsyringe = contender('tsyringe', Lifecycle.ContainerScoped, children);

/** A scope is one call of `resolve`. */
export const tsyringeByResolution = contender(
  'tsyringe, resolution scope',
  Lifecycle.ResolutionScoped,
  resolutions,
);

/**
 * Its decorators are called as functions, with the types of the parameters as TypeScript would leave them. A container
 * is a child of its only one, which stays empty.
 * @param {string} name
 * @param {Lifecycle} scoped
 * @param {Scopes} scopes
 * @returns {Contender}
 */
function contender(name, scoped, scopes) {
  const lifecycles = { singleton: Lifecycle.Singleton, transient: Lifecycle.Transient, scoped };
  return {
    name,
    kind: 'peer',
    style: 'positional',
    annotate({ services }) {
      for (const { Class, needed } of services) {
        Reflect.defineMetadata('design:paramtypes', needed, Class);
        injectable()(Class);
      }
    },
    build({ services }, lifetime) {
      const container = rootContainer.createChildContainer();
      const options = { lifecycle: lifecycles[lifetime] };
      for (const { Class } of services) container.register(Class, { useClass: Class }, options);
      return container;
    },
    resolveAll(container, services) {
      let last;
      for (const { Class } of services) last = container.resolve(Class);
      return last;
    },
    resolver:
      (container, { Class }) =>
      () =>
        container.resolve(Class),
    scopes,
  };
}
