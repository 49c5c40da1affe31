import { EventEmitter } from 'node:events';
import Emittery from 'emittery';
import mitt from 'mitt';
import { Subject } from 'rxjs';
import { makeHandlers, typeNames } from './handlers.mjs';
import { payload } from './payload.mjs';
import { peer } from './scenario.mjs';

/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */
/** @typedef {import('./scenario.mjs').Scenario} Scenario */
/** @typedef {(setup: Scenario) => Contestant} Maker */

/**
 * The least there can be: a loop over functions, found by type. With asynchronous handlers, all are begun, then all
 * awaited.
 * @type {Maker}
 */
export function directLoop(setup) {
  const counter = { calls: 0 };
  const { isAsync, areAlike, types, handlers, check } = setup;
  const lists = typeNames(types).map(() => makeHandlers(counter, handlers, { isAsync, areAlike }));
  const [first = []] = lists;
  return peer('direct loop', setup, counter, publisher());

  function publisher() {
    if (isAsync && handlers === 1) return () => first[0]?.(payload);
    if (isAsync) return () => Promise.all(first.map((handler) => handler(payload)));
    if (check !== undefined) return () => callAll(first, check(payload));
    if (types === 1) return () => callAll(first, payload);
    return (/** @type {number} */ index) => callAll(lists[index % types] ?? [], payload);
  }
}

/**
 * Node's own. It knows no awaiting, so who wants that calls the listeners and awaits their promises.
 * @type {Maker}
 */
export function eventEmitter(setup) {
  const counter = { calls: 0 };
  const emitter = new EventEmitter().setMaxListeners(0);
  const names = subscribeAll(setup, counter, (name, handler) => emitter.on(name, handler));
  const [name = ''] = names;
  const awaited = () => Promise.all(emitter.listeners(name).map((listener) => listener(payload)));
  const emit = emitWith(setup, names, (type, data) => emitter.emit(type, data));
  return peer('EventEmitter', setup, counter, setup.isAsync ? awaited : emit);
}

/**
 * As EventEmitter, awaited over its list of handlers.
 * @type {Maker}
 */
export function mittBus(setup) {
  const counter = { calls: 0 };
  const emitter = mitt();
  const names = subscribeAll(setup, counter, (name, handler) => emitter.on(name, handler));
  const [name = ''] = names;
  const awaited = () => Promise.all((emitter.all.get(name) ?? []).map((handler) => handler(payload)));
  const emit = emitWith(setup, names, (type, data) => emitter.emit(type, data));
  return peer('mitt', setup, counter, setup.isAsync ? awaited : emit);
}

/**
 * Asynchronous by nature: its `emit` begins the handlers in a later microtask, and is awaited in every case.
 * @type {Maker}
 */
export function emittery(setup) {
  const counter = { calls: 0 };
  const emitter = new Emittery();
  const names = subscribeAll(setup, counter, (name, handler) => emitter.on(name, handler));
  const emit = emitWith(setup, names, (type, data) => emitter.emit(type, data));
  return peer('emittery', setup, counter, emit, { isAwaited: true });
}

/**
 * One Subject a type, found in a Map. To be awaited, subscribers leave their promise in a list that comes with the event.
 * @type {Maker}
 */
export function rxjsSubject(setup) {
  const counter = { calls: 0 };
  /** @type {Map<string, Subject<any>>} */
  const subjects = new Map(typeNames(setup.types).map((name) => [name, new Subject()]));
  const names = subscribeAll(setup, counter, (name, handler) => {
    const subscriber = setup.isAsync
      ? (/** @type {any} */ { data, pending }) => pending.push(handler(data))
      : handler;
    subjects.get(name)?.subscribe(subscriber);
  });
  const [name = ''] = names;
  const awaited = () => {
    /** @type {Promise<void>[]} */
    const pending = [];
    subjects.get(name)?.next({ data: payload, pending });
    return Promise.all(pending);
  };
  const next = emitWith(setup, names, (type, data) => subjects.get(type)?.next(data));
  return peer('rxjs Subject', setup, counter, setup.isAsync ? awaited : next);
}

/**
 * @param {readonly import('./handlers.mjs').Handler[]} handlers
 * @param {unknown} data
 */
function callAll(handlers, data) {
  for (const handler of handlers) handler(data);
}

/**
 * @param {Scenario} setup
 * @param {Contestant['counter']} counter
 * @param {(name: string, handler: import('./handlers.mjs').Handler) => unknown} subscribe
 * @returns {string[]} the names of the types
 */
function subscribeAll({ types, handlers, isAsync, areAlike }, counter, subscribe) {
  const names = typeNames(types);
  for (const name of names) {
    for (const handler of makeHandlers(counter, handlers, { isAsync, areAlike })) subscribe(name, handler);
  }
  return names;
}

/**
 * @param {Scenario} setup
 * @param {readonly string[]} names
 * @param {(name: string, data: any) => unknown} emit
 * @returns {(index: number) => unknown}
 */
function emitWith({ types, check }, names, emit) {
  const [name = ''] = names;
  if (check !== undefined) return () => emit(name, check(payload));
  if (types === 1) return () => emit(name, payload);
  return (index) => emit(names[index % types] ?? name, payload);
}
