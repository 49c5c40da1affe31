import { z } from 'zod';
import { createMessageBus, type MessageBus } from '../../../src/bus/index.js';
import { command, query } from '../../../src/contracts/index.js';
import { call, Echo, ignore, Orphan, Pinged, Ponged, type Row, rowsFor, Unanswered } from './row.js';

const INVALID = { code: 'MORTAR_HANDLER_INVALID' } as const;

const noHandlers = { undefined, null: null, 'a number': 5, 'an empty object': {}, 'a text': 'handle' };

const notThings: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  'a name': 'refusals.echo',
  'an empty object': {},
  'an event': Pinged,
};

const notTexts = { 'an empty text': '', 'a number': 5, null: null, 'an object': {} };

const Sum = query('refusals.sum', { data: z.object({ of: z.array(z.number()) }), result: z.number() });
const Later = command('refusals.later', { data: z.object({}), result: z.string().refine(async () => true) });

/** Asks for a sum that is answered like that, on a bus of its own. */
const sumOf = async (answer: unknown): Promise<unknown> => {
  const { requests } = createMessageBus();
  call(requests, 'answer', Sum, () => answer);
  return requests.ask(Sum, { of: [1, 2] });
};

const kinds: readonly Row[] = [
  ...rowsFor('dispatch of', { ...notThings, 'a query': Unanswered }, INVALID, ({ requests }, what) =>
    call(requests, 'dispatch', what, { text: 'x' }),
  ),
  ...rowsFor('ask of', { ...notThings, 'a command': Echo }, INVALID, ({ requests }, what) =>
    call(requests, 'ask', what, { text: 'x' }),
  ),
  ...rowsFor('a handler for', { ...notThings, 'a query': Unanswered }, INVALID, ({ requests }, what) =>
    call(requests, 'handle', what, ignore),
  ),
  ...rowsFor('an answer for', { ...notThings, 'a command': Orphan }, INVALID, ({ requests }, what) =>
    call(requests, 'answer', what, ignore),
  ),
  ...rowsFor('a handler of a command', noHandlers, INVALID, ({ requests }, handler) =>
    call(requests, 'handle', Orphan, handler),
  ),
  ...rowsFor('a handler of a query', noHandlers, INVALID, ({ requests }, handler) =>
    call(requests, 'answer', Unanswered, handler),
  ),
];

const handlers: readonly Row[] = [
  {
    name: 'a command that no one handles',
    code: 'MORTAR_HANDLER_MISSING',
    says: ['refusals.orphan', 'module refusals', 'refusals.echo'],
    run: ({ requests }) => requests.dispatch(Orphan, { text: 'x' }),
  },
  {
    name: 'a query that no one answers',
    code: 'MORTAR_HANDLER_MISSING',
    says: ['refusals.unanswered'],
    run: ({ requests }) => requests.ask(Unanswered, { text: 'x' }),
  },
  {
    name: 'a second handler: the message has both names',
    code: 'MORTAR_HANDLER_DUPLICATE',
    says: ['first echo', 'second echo', 'refusals.echo'],
    run: ({ requests }) => requests.handle(Echo, ({ data }) => data, { name: 'second echo' }),
  },
  {
    name: "another module's command",
    code: 'MORTAR_NOT_OWNER',
    says: ['stranger', 'refusals.orphan'],
    run: ({ requests }) => requests.handle(Orphan, ignore, { module: 'stranger' }),
  },
  ...rowsFor(
    'the name of a handler',
    { ...notTexts, 'CR LF': 'a\r\nb' },
    { code: 'MORTAR_OPTIONS_INVALID' },
    ({ requests }, name) => call(requests, 'handle', Orphan, ignore, { name }),
  ),
  ...rowsFor('the module of a handler', notTexts, { code: 'MORTAR_NAME_INVALID' }, ({ requests }, module) =>
    call(requests, 'handle', Orphan, ignore, { module }),
  ),
  ...rowsFor(
    'the options of a handler',
    { 'a number': 5, null: null, 'an unknown option': { retries: 5 } },
    { code: 'MORTAR_OPTIONS_INVALID' },
    ({ requests }, options) => call(requests, 'handle', Orphan, ignore, options),
  ),
];

const echo = ({ requests }: MessageBus, ...given: readonly unknown[]): unknown =>
  call(requests, 'dispatch', Echo, ...given);

const traffic: readonly Row[] = [
  ...rowsFor(
    'the data of a command',
    { nothing: undefined, null: null, 'a wrong type': { text: 5 }, 'a text': 'text', 'an array': [] },
    { code: 'MORTAR_DATA_INVALID', says: ['refusals.echo'] },
    echo,
  ),
  ...rowsFor(
    'a result',
    {
      nothing: undefined,
      NaN: Number.NaN,
      'a text': '3',
      'an object': {},
      'a promise of a text': Promise.resolve('3'),
    },
    { code: 'MORTAR_RESULT_INVALID', says: ['refusals.sum'] },
    (_, answer) => sumOf(answer),
  ),
  ...['correlationId', 'causationId', 'actor', 'tenant', 'traceparent'].flatMap((field) =>
    rowsFor(
      `a request's ${field}`,
      notTexts,
      { code: 'MORTAR_ENVELOPE_INVALID', says: [field] },
      (bus, value) => echo(bus, { text: 'x' }, { [field]: value }),
    ),
  ),
  ...rowsFor(
    'the options of a request',
    {
      'a number': 5,
      null: null,
      'an unknown option': { retries: 5 },
      'the prototype': JSON.parse('{"__proto__":{}}'),
    },
    { code: 'MORTAR_OPTIONS_INVALID' },
    (bus, given) => echo(bus, { text: 'x' }, given),
  ),
  {
    name: 'a result with an asynchronous schema',
    code: 'MORTAR_SCHEMA_ASYNC',
    run: async () => {
      const { requests } = createMessageBus();
      requests.handle(Later, () => 'text');
      await requests.dispatch(Later, {});
    },
  },
  {
    name: 'a query that publishes',
    code: 'MORTAR_QUERY_WRITES',
    says: ['publish refusals.ponged'],
    run: async () => {
      const { requests } = createMessageBus();
      requests.answer(Sum, async ({ publish }) => {
        await publish(Ponged, { text: 'changed' });
        return 3;
      });
      await requests.ask(Sum, { of: [1, 2] });
    },
  },
  {
    name: 'a query that dispatches',
    code: 'MORTAR_QUERY_WRITES',
    says: ['dispatch refusals.orphan'],
    run: async () => {
      const { requests } = createMessageBus();
      requests.answer(Sum, async ({ dispatch }) => {
        await dispatch(Orphan, { text: 'x' });
        return 3;
      });
      await requests.ask(Sum, { of: [1, 2] });
    },
  },
  {
    name: 'an event published after the end of its handler',
    code: 'MORTAR_CONTEXT_CLOSED',
    run: async () => {
      const { requests } = createMessageBus();
      let late: () => Promise<void> = () => Promise.resolve();
      requests.handle(Echo, ({ data, publish }) => {
        late = () => publish(Ponged, { text: 'late' });
        return data;
      });
      await requests.dispatch(Echo, { text: 'x' });
      await late();
    },
  },
  {
    name: 'dispatch on a bus that has stopped',
    code: 'MORTAR_BUS_STOPPED',
    run: async () => {
      const bus = createMessageBus();
      await bus.stop();
      await bus.requests.dispatch(Echo, { text: 'late' });
    },
  },
];

export const requests: readonly Row[] = [...kinds, ...handlers, ...traffic];
