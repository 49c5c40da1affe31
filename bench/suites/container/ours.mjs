import { settledHeap } from '../../harness/heap.mjs';
import { factoryOf } from './services.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('./contender.mjs').Contender} Contender */
/** @typedef {import('./contender.mjs').Scopes} Scopes */
/** @typedef {import('./services.mjs').Graph} Graph */

/**
 * How a container of ours is used.
 * @typedef {object} Form
 * @property {boolean} isDevelopment whether it watches for scopes that are never closed
 * @property {boolean} isPrepared whether a scope's root is resolved as for the handler of a message
 * @property {boolean} hasFactories whether services are bound by functions that make them, in place of classes
 * @property {boolean} isVerified whether the whole graph is checked once all is bound
 */

/** What stands behind the name of the build in the tables. */
export const formNames = Object.freeze({
  plain: '',
  factories: ', by factories',
  verified: ', verified',
  prepared: ', prepared as for a handler',
  development: ', in development',
});

// The last of them may still be in a register.
const LEAKS = 10;

/** @type {Form} */
const production = { isDevelopment: false, isPrepared: false, hasFactories: false, isVerified: false };

/** @type {Readonly<Record<keyof typeof formNames, Form>>} */
const forms = Object.freeze({
  plain: production,
  factories: { ...production, hasFactories: true },
  verified: { ...production, isVerified: true },
  prepared: { ...production, isPrepared: true },
  development: { ...production, isDevelopment: true },
});

/**
 * A container of ours in one of the forms.
 * @param {Build} build
 * @param {keyof typeof formNames} [form]
 * @returns {Promise<Contender>}
 */
export async function ours(build, form = 'plain') {
  const { createContainer } = await build.area('container');
  const { isDevelopment, isPrepared, hasFactories, isVerified } = forms[form];
  const open = isDevelopment
    ? () => createContainer({ isDevelopment, onLeak: ignore })
    : () => createContainer({ isDevelopment });
  if (isDevelopment) await checkWatches(createContainer);
  return {
    name: `${build.name}${formNames[form]}`,
    kind: build.kind,
    style: 'positional',
    annotate({ services }) {
      if (hasFactories) for (const service of services) factoryOf(service);
    },
    build({ services, root }, lifetime) {
      const container = open();
      for (const service of services) {
        const { Class, needed } = service;
        if (hasFactories) container.factory(Class, needed, factoryOf(service), { lifetime });
        else container[lifetime](Class, needed);
      }
      if (isVerified) container.verify([{ owner: 'bench', dependencies: [root.Class] }]);
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
    scopes: { ...(isPrepared ? preparedScopes : scopes), canDispose: true },
    close: (container) => container.dispose(),
  };
}

function ignore() {}

/**
 * A container that does not watch for leaks is as fast in development as it is in production.
 * @param {(options: object) => any} createContainer
 */
async function checkWatches(createContainer) {
  let leaks = 0;
  const onLeak = () => {
    leaks += 1;
  };
  const container = createContainer({ isDevelopment: true, onLeak });
  for (let opened = 0; opened < LEAKS; opened += 1) container.openScope();
  await settledHeap();
  if (leaks === 0) throw new Error(`Leaks of scopes: expected to be told of some of ${LEAKS}; got none.`);
}

/** @type {Omit<Scopes, 'canDispose'>} */
const scopes = {
  visit:
    (container, { root: { Class } }) =>
    () => {
      const scope = container.openScope();
      const root = scope.resolve(Class);
      scope.close();
      return root;
    },
  enter:
    (container, { root: { Class } }) =>
    () => {
      const scope = container.openScope();
      scope.resolve(Class);
      return scope;
    },
  rootIn: (scope, { root: { Class } }) => scope.resolve(Class),
  leave: (scope) => scope.close(),
};

/** @type {Omit<Scopes, 'canDispose'>} */
const preparedScopes = {
  ...scopes,
  visit: (container, { root: { Class } }) => {
    const prepared = container.prepare([Class]);
    return () => {
      const scope = container.openScope();
      const [root] = prepared.resolve(scope);
      scope.close();
      return root;
    };
  },
};
