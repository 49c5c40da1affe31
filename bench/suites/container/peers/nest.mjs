import 'reflect-metadata';
import { Dependencies, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, NestFactory } from '@nestjs/core';

/** @typedef {import('../contender.mjs').Contender} Contender */

const lifetimes = Object.freeze({
  singleton: Scope.DEFAULT,
  transient: Scope.TRANSIENT,
  scoped: Scope.REQUEST,
});

/**
 * An application context with one module. It makes its singletons when it starts. What is transient or scoped it resolves
 * asynchronously; a scope is the id of a context, and ends with the last reference to it.
 * @type {Contender}
 */
export const nest = {
  name: "Nest's injector",
  kind: 'peer',
  style: 'positional',
  isAsync: true,
  annotate({ services }) {
    for (const { Class, needed } of services) Dependencies(...needed)(Class);
  },
  async build({ services }, lifetime) {
    for (const { Class } of services) Injectable({ scope: lifetimes[lifetime] })(Class);
    class AppModule {}
    Module({ providers: services.map(({ Class }) => Class) })(AppModule);
    return NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  },
  resolveAll(app, services) {
    let last;
    for (const { Class } of services) last = app.get(Class);
    return last;
  },
  resolver: (app, { Class }, lifetime) =>
    lifetime === 'singleton' ? () => app.get(Class) : () => app.resolve(Class),
  scopes: {
    visit:
      (app, { root: { Class } }) =>
      () =>
        app.resolve(Class, ContextIdFactory.create()),
    enter:
      (app, { root: { Class } }) =>
      async () => {
        const context = ContextIdFactory.create();
        await app.resolve(Class, context);
        return context;
      },
    rootIn: (context, { root: { Class } }, app) => app.resolve(Class, context),
    canDispose: false,
  },
  close: (app) => app.close(),
};
