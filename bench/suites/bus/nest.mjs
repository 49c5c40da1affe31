import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventBus, EventsHandler } from '@nestjs/cqrs';
import { makeHandlers, typeNames } from './handlers.mjs';
import { payload } from './payload.mjs';
import { peer } from './scenario.mjs';

/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */
/** @typedef {import('./scenario.mjs').Scenario} Scenario */

/**
 * `@nestjs/cqrs` as its users set it up: an application context with CqrsModule, a class for each event and for each
 * handler, found by Nest itself. (The decorators are called as functions, since this is no TypeScript.)
 *
 * Its `publish` says nothing of its handlers, so who wants to await them has them report to something that comes with
 * the event: here a latch, which is about the least there can be.
 * @param {Scenario} setup
 * @returns {Promise<Contestant>}
 */
export async function nestBus(setup) {
  const counter = { calls: 0 };
  const events = typeNames(setup.types).map(makeEventClass);
  const handlers = events.flatMap((event) => makeHandlerClasses(event, setup, counter));
  const { bus, close } = await startNest(handlers);
  return peer('@nestjs/cqrs', setup, counter, publisher(setup, bus, events), { close });
}

/**
 * @param {readonly any[]} handlers classes
 * @returns {Promise<{ bus: EventBus, close: () => Promise<void> }>}
 */
export async function startNest(handlers) {
  class AppModule {}
  Module({ imports: [CqrsModule.forRoot()], providers: [...handlers] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  return { bus: app.get(EventBus), close: () => app.close() };
}

/** Counts the handlers of one event down. */
class Latch {
  /** @param {number} count */
  constructor(count) {
    this.open = count;
    this.whenDone = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  arrive() {
    this.open -= 1;
    if (this.open === 0) this.resolve?.(undefined);
  }
}

function makeEventClass() {
  return class {
    /**
     * @param {object} data
     * @param {Latch} [latch]
     */
    constructor(data, latch) {
      this.data = data;
      this.latch = latch;
    }
  };
}

/**
 * @param {any} event
 * @param {Scenario} setup
 * @param {Contestant['counter']} counter
 */
function makeHandlerClasses(event, { handlers, isAsync, areAlike }, counter) {
  const more = isAsync ? 'event.latch.arrive();' : '';
  return makeHandlers(counter, handlers, { isAsync, areAlike, more }).map((handle) => {
    class Handler {}
    Object.defineProperty(Handler.prototype, 'handle', { value: handle });
    EventsHandler(event)(Handler);
    return Handler;
  });
}

/**
 * @param {Scenario} setup
 * @param {EventBus} bus
 * @param {readonly any[]} events
 * @returns {(index: number) => unknown}
 */
function publisher({ isAsync, handlers, types, check }, bus, events) {
  const [Event] = events;
  if (isAsync) {
    return () => {
      const latch = new Latch(handlers);
      bus.publish(new Event(payload, latch));
      return latch.whenDone;
    };
  }
  if (check !== undefined) return () => bus.publish(new Event(check(payload)));
  if (types === 1) return () => bus.publish(new Event(payload));
  return (index) => bus.publish(new events[index % types](payload));
}
