import { EventEmitter } from 'node:events';
import { EventsHandler } from '@nestjs/cqrs';
import Emittery from 'emittery';
import mitt from 'mitt';
import { Subject as RxSubject } from 'rxjs';
import { typeNames } from './handlers.mjs';
import { startNest } from './nest.mjs';
import { payload } from './payload.mjs';

/**
 * A bus whose subscriptions are weighed.
 * @typedef {object} Subject
 * @property {string} name
 * @property {'ours' | 'peer'} kind
 * @property {number} handlers in all, over all types
 * @property {boolean} isUsed whether an event of each type is published before it is weighed
 * @property {(handler: () => void) => any} [wrap] makes of a function what the bus takes; not weighed
 * @property {(types: number) => Promise<OpenBus>} open makes a bus, and all it needs besides subscriptions
 */

/**
 * @typedef {object} OpenBus
 * @property {(type: number, handler: any) => unknown} subscribe
 * @property {(type: number) => unknown} publish
 * @property {() => unknown} [close]
 */

const HANDLERS = 100_000;
// Each of Nest's takes kilobytes, so a tenth says as much in a tenth of the time.
const HANDLERS_OF_NEST = 10_000;

/** @type {readonly Subject[]} */
export const emitterSubjects = [
  subject('EventEmitter', (names) => {
    const emitter = new EventEmitter().setMaxListeners(0);
    return {
      subscribe: (type, handler) => emitter.on(nameOf(names, type), handler),
      publish: (type) => emitter.emit(nameOf(names, type), payload),
    };
  }),
  subject('mitt', (names) => {
    const emitter = mitt();
    return {
      subscribe: (type, handler) => emitter.on(nameOf(names, type), handler),
      publish: (type) => emitter.emit(nameOf(names, type), payload),
    };
  }),
  subject('emittery', (names) => {
    const emitter = new Emittery();
    return {
      subscribe: (type, handler) => emitter.on(nameOf(names, type), handler),
      publish: (type) => emitter.emit(nameOf(names, type), payload),
    };
  }),
  subject('rxjs Subject', (names) => {
    const subjects = names.map(() => new RxSubject());
    return {
      subscribe: (type, handler) => subjects[type]?.subscribe(handler),
      publish: (type) => subjects[type]?.next(payload),
    };
  }),
];

/**
 * `@nestjs/cqrs`, by the method that its own start-up calls for each handler it finds: a class for each of them would be
 * weighed otherwise.
 * @type {Subject}
 */
export const nestSubject = {
  name: '@nestjs/cqrs',
  kind: 'peer',
  handlers: HANDLERS_OF_NEST,
  isUsed: false,
  wrap: (handle) => ({ isDependencyTreeStatic: () => true, instance: { handle } }),
  async open(types) {
    const events = typeNames(types).map(() => class {});
    // The decorator of a handler gives each event its id.
    EventsHandler(...events)(class {});
    const { bus, close } = await startNest([]);
    const ids = events.map((event) => bus.eventIdProvider.getEventId(event));
    return {
      subscribe: (type, wrapper) => bus.bind(wrapper, ids[type] ?? ''),
      publish: (type) => bus.publish(new (events[type] ?? Object)()),
      close,
    };
  },
};

/**
 * @param {string} name
 * @param {(names: readonly string[]) => OpenBus} open
 * @returns {Subject}
 */
function subject(name, open) {
  const openNamed = async (/** @type {number} */ types) => open(typeNames(types));
  return { name, kind: 'peer', handlers: HANDLERS, isUsed: false, open: openNamed };
}

/**
 * @param {readonly string[]} names
 * @param {number} type
 */
function nameOf(names, type) {
  return names[type] ?? '';
}
