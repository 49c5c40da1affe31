import { createEventBus, deduplication, type MessageBus, timeout } from '../../../src/bus/index.js';
import { call, callFunction, Echo, notCounts, notPositive, Pinged, type Row, rowsFor } from './row.js';

const OPTIONS = { code: 'MORTAR_OPTIONS_INVALID' } as const;

const subscribe = (bus: MessageBus, options: unknown): unknown =>
  call(bus.events, 'subscribe', Pinged, options, () => undefined);

/** One row for each value of an option that is a number; the message must name the option. */
const numbers = (
  option: string,
  values: Readonly<Record<string, unknown>>,
  run: (bus: MessageBus, value: unknown) => unknown,
): readonly Row[] => rowsFor(option, values, { ...OPTIONS, says: [option.split(' ').at(-1) ?? ''] }, run);

const notObjects = { 'a number': 5, 'a text': 'options', null: null, 'a function': () => ({}) };

const ofBus: readonly Row[] = [
  ...numbers('bus concurrency', notPositive, (_, concurrency) =>
    callFunction(createEventBus, { concurrency }),
  ),
  ...numbers('bus maxPublishDepth', notPositive, (_, maxPublishDepth) =>
    callFunction(createEventBus, { maxPublishDepth }),
  ),
  ...numbers('bus queue.maxSize', notPositive, (_, maxSize) =>
    callFunction(createEventBus, { queue: { maxSize } }),
  ),
  ...rowsFor('bus', notObjects, OPTIONS, (_, options) => callFunction(createEventBus, options)),
  ...rowsFor(
    'bus',
    {
      'an unknown option': { concurency: 1 },
      'an option named like the prototype': JSON.parse('{"__proto__":{"polluted":true}}'),
      'a queue that is a number': { queue: 100 },
      'a queue with an unknown option': { queue: { size: 5 } },
      'an unknown policy for a full queue': { queue: { whenFull: 'block' } },
      'a sink that cannot add': { deadLetters: { put: () => 'id' } },
      'a sink that is null': { deadLetters: null },
      'a clock that only tells the time': { clock: { now: () => 0 } },
      'a logger that is a function': { logger: () => undefined },
      'middleware that is an array': { middleware: [() => []] },
      'middleware of an unknown chain': { middleware: { dispatch: [] } },
      'a chain that is a function': { middleware: { publish: () => [] } },
      'a chain with a hole': { middleware: { handle: [undefined] } },
    },
    OPTIONS,
    (_, options) => callFunction(createEventBus, options),
  ),
];

const ofSubscription: readonly Row[] = [
  ...numbers('subscribe concurrency', notPositive, (bus, concurrency) => subscribe(bus, { concurrency })),
  ...numbers('subscribe timeoutMs', notPositive, (bus, timeoutMs) => subscribe(bus, { timeoutMs })),
  ...numbers('subscribe queue.maxSize', notPositive, (bus, maxSize) =>
    subscribe(bus, { queue: { maxSize } }),
  ),
  ...numbers('subscribe batch.size', notPositive, (bus, size) =>
    subscribe(bus, { batch: { size, withinMs: 1 } }),
  ),
  ...numbers('subscribe batch.withinMs', notCounts, (bus, withinMs) =>
    subscribe(bus, { batch: { size: 2, withinMs } }),
  ),
  ...rowsFor('subscribe', notObjects, OPTIONS, subscribe),
  ...rowsFor(
    'subscribe',
    {
      'an unknown option': { concurency: 1 },
      'an option named like the prototype': JSON.parse('{"__proto__":{"polluted":true}}'),
      'an unknown policy for a full queue': { queue: { whenFull: 'drop-lowest' } },
      'guards that are no list': { guards: { execute: () => undefined } },
      'a guard that cannot execute': { guards: [{}] },
      'a guard that is missing': { guards: [undefined] },
      'an unknown place to run on': { runOn: 'process' },
      'an export without a thread': { export: 'handle' },
      'a batch without a size': { batch: { withinMs: 5 } },
      'a batch without a time': { batch: { size: 5 } },
      'a batch with an unknown option': { batch: { size: 5, withinMs: 5, maxSize: 5 } },
      'a batch that is null': { batch: null },
      'a batch of 100,001': { batch: { size: 100_001, withinMs: 5 } },
      'a batch with a limit': { batch: { size: 5, withinMs: 5 }, concurrency: 1 },
      'a batch on a thread': { batch: { size: 5, withinMs: 5 }, runOn: 'thread' },
    },
    OPTIONS,
    subscribe,
  ),
  ...rowsFor(
    'subscribe on a thread',
    { 'an empty export': '', 'a number for an export': 5 },
    { ...OPTIONS, says: ['export'] },
    (bus, name) =>
      call(bus.events, 'subscribe', Pinged, { runOn: 'thread', export: name }, new URL('file:///x.js')),
  ),
];

const retry = (bus: MessageBus, policy: unknown): unknown => subscribe(bus, { retry: policy });
const backoff = (bus: MessageBus, value: unknown): unknown => retry(bus, { attempts: 2, backoff: value });

const ofPolicy: readonly Row[] = [
  ...numbers('retry.attempts', { ...notPositive, '10,001': 10_001, undefined }, (bus, attempts) =>
    retry(bus, { attempts }),
  ),
  ...numbers('backoff.delayMs', notCounts, (bus, delayMs) => backoff(bus, { kind: 'fixed', delayMs })),
  ...numbers('exponential backoff.delayMs', notPositive, (bus, delayMs) =>
    backoff(bus, { kind: 'exponential', delayMs }),
  ),
  ...numbers('backoff.maxDelayMs', notPositive, (bus, maxDelayMs) =>
    backoff(bus, { kind: 'exponential', delayMs: 1, maxDelayMs }),
  ),
  ...numbers('backoff.factor', { ...notPositive, 'a fraction': 0.5, eleven: 11 }, (bus, factor) =>
    backoff(bus, { kind: 'exponential', delayMs: 1, factor }),
  ),
  ...rowsFor(
    'retry',
    {
      'a number': 5,
      null: null,
      'nothing in it': {},
      'an unknown option': { attempts: 2, delayMs: 5 },
      'a category that does not exist': { attempts: 2, on: { network: 'skip' } },
      'a category named like the prototype': { attempts: 2, on: JSON.parse('{"__proto__":"skip"}') },
      'an action that does not exist': { attempts: 2, on: { internal: 'ignore' } },
      'a category without attempts': { attempts: 2, on: { internal: {} } },
      'a category with null': { attempts: 2, on: { internal: null } },
      'a category with no attempt': { attempts: 2, on: { timeout: { attempts: 0 } } },
      'categories that are a text': { attempts: 2, on: 'skip' },
    },
    OPTIONS,
    retry,
  ),
  ...rowsFor(
    'backoff',
    {
      'a number': 5,
      null: null,
      'nothing in it': {},
      'an unknown kind': { kind: 'linear', delayMs: 1 },
      'an unknown option': { kind: 'fixed', delayMs: 1, factor: 2 },
      'a delay beyond its limit': { kind: 'exponential', delayMs: 10, maxDelayMs: 5 },
      'jitter that is a number': { kind: 'fixed', delayMs: 1, jitter: 0.5 },
    },
    OPTIONS,
    backoff,
  ),
];

const ofVerbs: readonly Row[] = [
  ...numbers('waitFor timeoutMs', notPositive, (bus, timeoutMs) =>
    call(bus.events, 'waitFor', Pinged, { timeoutMs }),
  ),
  ...numbers('stream maxBuffered', notPositive, (bus, maxBuffered) =>
    call(bus.events, 'stream', Pinged, { maxBuffered }),
  ),
  ...numbers('drain timeoutMs', notCounts, (bus, timeoutMs) => call(bus.events, 'drain', { timeoutMs })),
  ...numbers('stop timeoutMs', notCounts, (bus, timeoutMs) => bus.stop({ timeoutMs: Object(timeoutMs) })),
  ...numbers('timeout timeoutMs', { ...notPositive, undefined }, (_, timeoutMs) =>
    callFunction(timeout, timeoutMs),
  ),
  ...numbers('deduplication window', notPositive, (_, window) => callFunction(deduplication, { window })),
  ...['waitFor', 'stream'].flatMap((verb) => [
    ...rowsFor(`${verb} with`, notObjects, OPTIONS, (bus, options) =>
      call(bus.events, verb, Pinged, options),
    ),
    ...rowsFor(
      `${verb} with`,
      { 'an unknown option': { timeout: 5 } },
      { ...OPTIONS, says: ['timeout'] },
      (bus, options) => call(bus.events, verb, Pinged, options),
    ),
    ...rowsFor(
      `${verb} of`,
      { 'a command': Echo, null: null, nothing: undefined, 'an empty list': [] },
      { code: 'MORTAR_HANDLER_INVALID' },
      (bus, contract) => call(bus.events, verb, contract),
    ),
  ]),
  ...rowsFor(
    'waitFor with',
    { 'a condition that is true': { where: true }, 'a signal that is none': { signal: { aborted: false } } },
    OPTIONS,
    (bus, options) => call(bus.events, 'waitFor', Pinged, options),
  ),
  ...rowsFor('drain with', { ...notObjects, 'an unknown option': { timeout: 5 } }, OPTIONS, (bus, options) =>
    call(bus.events, 'drain', options),
  ),
];

export const options: readonly Row[] = [...ofBus, ...ofSubscription, ...ofPolicy, ...ofVerbs];
