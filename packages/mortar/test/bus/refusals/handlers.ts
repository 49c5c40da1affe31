import { createEventBus, createMessageBus, type MessageBus } from '../../../src/bus/index.js';
import { createEnvelope } from '../../../src/contracts/index.js';
import {
  call,
  Echo,
  ignore,
  Orphan,
  Pinged,
  Ponged,
  type Row,
  rowsFor,
  throwErrorOf,
  Unanswered,
} from './row.js';

const INVALID = { code: 'MORTAR_HANDLER_INVALID' } as const;

const noHandlers: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  'a number': 5,
  'a text': 'handle',
  'an empty object': {},
  'an object whose handle is no method': { handle: 'handle' },
  'an array of a function': [ignore],
  'a class': class Handler {},
  'a URL that is not said to run on a thread': new URL('file:///handler.js'),
};

const noSelectors: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  'a number': 5,
  'an empty object': {},
  'an empty array': [],
  'one contract twice': [Pinged, Pinged],
  'a command': Echo,
  'a query': Unanswered,
  'an event and a command': [Pinged, Echo],
  'an array of patterns': ['refusals.*'],
  'an array with a hole': [Pinged, undefined],
};

const registering: readonly Row[] = [
  ...rowsFor('a handler', noHandlers, INVALID, (bus, handler) =>
    call(bus.events, 'subscribe', Pinged, handler),
  ),
  ...rowsFor('a handler with options', noHandlers, INVALID, (bus, handler) =>
    call(bus.events, 'subscribe', Pinged, { concurrency: 1 }, handler),
  ),
  ...rowsFor('once', noHandlers, INVALID, (bus, handler) => call(bus.events, 'once', Pinged, handler)),
  ...rowsFor(
    'a handler on a thread',
    {
      ...noHandlers,
      'a URL that is not said to run on a thread': 'file:///handler.js',
      'a function': ignore,
    },
    { ...INVALID, says: ['URL'] },
    (bus, handler) => call(bus.events, 'subscribe', Pinged, { runOn: 'thread' }, handler),
  ),
  ...rowsFor('a selector', noSelectors, INVALID, (bus, selector) =>
    call(bus.events, 'subscribe', selector, ignore),
  ),
  {
    name: 'a command among the events: the message names it',
    ...INVALID,
    says: ['command refusals.echo', 'event refusals.pinged'],
    run: (bus) => call(bus.events, 'subscribe', [Pinged, Echo], ignore),
  },
  {
    name: 'options after the handler',
    code: 'MORTAR_OPTIONS_INVALID',
    run: (bus) => call(bus.events, 'subscribe', Pinged, ignore, { concurrency: 1 }),
  },
];

/** Registers twice what may be there once, and leaves nothing behind. */
const twice =
  (selector: unknown, rest: readonly unknown[], other = selector) =>
  ({ events }: MessageBus) => {
    const first = call(events, 'subscribe', selector, ...rest);
    try {
      call(events, 'subscribe', other, ...rest);
    } finally {
      call(Object(first), Symbol.dispose as never);
    }
  };

const duplicates: readonly Row[] = [
  { name: 'a function twice', says: ['refusals.ponged'], run: twice(Ponged, [ignore]) },
  { name: 'an object twice', says: ['refusals.ponged'], run: twice(Ponged, [{ handle: ignore }]) },
  {
    name: 'a function in lists that overlap',
    says: ['refusals.ponged'],
    run: twice([Ponged, Pinged], [ignore], Ponged),
  },
  { name: 'a function twice by a pattern', says: ['refusals.*'], run: twice('refusals.*', [ignore]) },
  { name: 'a name twice', says: ['twin', 'refusals.ponged'], run: twice(Ponged, [{ name: 'twin' }, ignore]) },
  {
    name: 'a name twice, of other events',
    says: ['twin'],
    run: twice(Ponged, [{ name: 'twin' }, ignore], '**'),
  },
].map((row) => ({ ...row, code: 'MORTAR_HANDLER_DUPLICATE' }) as const);

/** Delivers an event to one handler on a bus of its own, and throws what it was answered. */
const deliverTo = async (handler: unknown, settings: object = {}, verb = 'deliver') => {
  const bus = createMessageBus();
  call(bus.events, 'subscribe', Pinged, settings, handler);
  const outcomes = await call(bus.events, verb, Pinged, { text: 'to one' });
  throwErrorOf(Array.isArray(outcomes) ? outcomes : []);
};

/** What a handler may not do: its own error, or an error of its own. */
const handling: readonly Row[] = [
  {
    name: 'a synchronous delivery to an asynchronous handler',
    code: 'MORTAR_HANDLER_ASYNC',
    says: ['deliver instead'],
    run: () => deliverTo(async () => undefined, { name: 'late' }, 'deliverSync'),
  },
  {
    name: 'bad data published by a handler that awaits it',
    code: 'MORTAR_DATA_INVALID',
    run: () =>
      deliverTo(({ publish }: { publish: never }) => call({ publish }, 'publish', Ponged, { text: 5 })),
  },
  {
    name: 'bad data published by a synchronous handler, which cannot wait',
    code: 'MORTAR_DATA_INVALID',
    run: () =>
      deliverTo(({ publish }: { publish: never }) => {
        call({ publish }, 'publish', Ponged, { text: 5 });
      }),
  },
  {
    name: 'a command published as an event',
    ...INVALID,
    says: ['command refusals.echo'],
    run: () =>
      deliverTo(({ publish }: { publish: never }) => call({ publish }, 'publish', Echo, { text: 'x' })),
  },
  {
    name: 'nothing published',
    ...INVALID,
    run: () => deliverTo(({ publish }: { publish: never }) => call({ publish }, 'publish')),
  },
  {
    name: 'an event dispatched by a handler',
    ...INVALID,
    says: ['event refusals.ponged'],
    run: () => deliverTo(({ dispatch }: { dispatch: never }) => call({ dispatch }, 'dispatch', Ponged, {})),
  },
  {
    name: "another module's event",
    code: 'MORTAR_NOT_OWNER',
    says: ['refusals.ponged', 'stranger', 'thief'],
    run: () =>
      deliverTo(({ publish }: { publish: never }) => call({ publish }, 'publish', Ponged, { text: 'mine' }), {
        module: 'stranger',
        name: 'thief',
      }),
  },
  {
    name: 'a command from a bus that has events only',
    code: 'MORTAR_HANDLER_MISSING',
    says: ['command refusals.orphan'],
    run: async () => {
      const bus = createEventBus();
      bus.subscribe(Pinged, async ({ dispatch }) => dispatch(Orphan, { text: 'x' }));
      throwErrorOf(await bus.deliver(Pinged, { text: 'x' }));
    },
  },
  {
    name: 'a chain that feeds itself',
    code: 'MORTAR_PUBLISH_DEPTH',
    says: ['2'],
    run: async () => {
      const dead: unknown[] = [];
      const bus = createEventBus({
        maxPublishDepth: 2,
        deadLetters: { add: ({ error }) => `${dead.push(error)}` },
      });
      bus.subscribe(Pinged, async ({ publish }) => publish(Pinged, { text: 'again' }));
      await bus.deliver(Pinged, { text: 'first' });
      await bus.idle();
      throw dead[0];
    },
  },
  {
    name: 'one event too many for a queue that refuses',
    code: 'MORTAR_QUEUE_FULL',
    says: ['1'],
    run: async () => {
      const bus = createEventBus({ queue: { maxSize: 1, whenFull: 'reject' } });
      bus.subscribe(Pinged, ignore);
      const first = bus.enqueue(Pinged, { text: 'first' });
      const second = bus.enqueue(Pinged, { text: 'second' });
      await first;
      await second;
    },
  },
  ...['deliver', 'deliverSync', 'enqueue', 'deliverBatch'].map(
    (verb): Row => ({
      name: `${verb} on a bus that has stopped`,
      code: 'MORTAR_BUS_STOPPED',
      run: async () => {
        const bus = createEventBus();
        await bus.stop();
        const envelope = createEnvelope(Pinged, { text: 'late' });
        await call(bus, verb, verb === 'deliverBatch' ? [envelope] : envelope);
      },
    }),
  ),
];

export const handlers: readonly Row[] = [...registering, ...duplicates, ...handling];
