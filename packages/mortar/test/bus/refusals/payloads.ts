import { z } from 'zod';
import { createMessageBus, type MessageBus } from '../../../src/bus/index.js';
import { command, createEnvelope, event, type Schema } from '../../../src/contracts/index.js';
import { call, Echo, Pinged, type Row, rowsFor } from './row.js';

const Measured = event('refusals.measured', { data: z.object({ value: z.number(), at: z.date() }) });
const Promised = event('refusals.promised', { data: z.string().refine(async () => true) });
const Failing = command('refusals.failing', { data: z.string().refine(async () => true) });

/** Contracts whose key is no key. */
const badKeys: Readonly<Record<string, unknown>> = {
  'a number': 5,
  'an empty text': '',
  undefined,
  null: null,
  'a symbol': Symbol('key'),
  'an object': { toString: () => 'key' },
};

const keyedBy = (key: unknown) => {
  const schema: Schema<unknown> = z.unknown();
  return event('refusals.keyed', { data: schema, key: () => key as string });
};

/** Every verb that takes an event from outside. */
const VERBS = ['deliver', 'deliverSync', 'enqueue'];

const measures: Readonly<Record<string, unknown>> = {
  NaN: { value: Number.NaN, at: new Date(0) },
  infinity: { value: Number.NEGATIVE_INFINITY, at: new Date(0) },
  'an invalid date': { value: 1, at: new Date(Number.NaN) },
  'a text for a number': { value: '1', at: new Date(0) },
  'a missing field': { at: new Date(0) },
  'a text': 'value',
  'an array': [],
  null: null,
  undefined,
  'a function': () => ({ value: 1 }),
  'a polluting text': JSON.parse('{"__proto__":{"value":1,"at":1,"polluted":true}}'),
};

/** What an envelope of the right form is turned into. */
const changes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'without an id': { id: undefined },
  'with a number for an id': { id: 7 },
  'without a type': { type: undefined },
  'with a contract for a type': { type: Pinged },
  'without a priority': { priority: undefined },
  'with a priority in capitals': { priority: 'HIGH' },
  'with a priority from the prototype': { priority: 'constructor' },
  'with a number for a key': { key: 5 },
  'with null for a key': { key: null },
};

const strangers: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  'a number': 5,
  'a text': '{"type":"refusals.pinged"}',
  'an empty object': {},
  'an empty array': [],
  'an array of an envelope': [createEnvelope(Pinged, { text: 'in an array' })],
  'a function': () => createEnvelope(Pinged, { text: 'from a function' }),
  'a proxy that says yes to everything': new Proxy({}, { get: () => 'yes' }),
};

/** What else may be said about an event besides its data. */
const badOptions: Readonly<Record<string, unknown>> = {
  'an id that is no UUID': { id: '../../etc/passwd' },
  'an id in capitals': { id: '0190A6F0-0000-7000-8000-000000000000' },
  'an unknown priority': { priority: 'urgent' },
  'a moment that is NaN': { occurredAt: Number.NaN },
  'a moment after the end of time': { occurredAt: 8.64e15 + 1 },
  'an actor with CR LF': { actor: 'me\r\nX-Admin: 1' },
  'a tenant of 513 characters': { tenant: 'x'.repeat(513) },
  'half a surrogate pair': { correlationId: 'x\ud800' },
  'a trace that is none': { traceparent: '00-0-0-00' },
  'metadata that is an array': { metadata: [] },
  'metadata that is a number': { metadata: { count: 5 } },
};

const send =
  (verb: string) =>
  (bus: MessageBus, ...given: readonly unknown[]): unknown =>
    call(bus.events, verb, ...given);

const dataByVerb = (verb: string): readonly Row[] => [
  ...rowsFor(`${verb} of data`, measures, { code: 'MORTAR_DATA_INVALID' }, (bus, data) =>
    send(verb)(bus, Measured, data),
  ),
  ...rowsFor(
    `${verb} by a key`,
    badKeys,
    { code: 'MORTAR_KEY_INVALID', says: ['refusals.keyed'] },
    (bus, key) => send(verb)(bus, keyedBy(key), {}),
  ),
  {
    name: `${verb} of data with an asynchronous schema`,
    code: 'MORTAR_SCHEMA_ASYNC',
    says: ['zod'],
    run: (bus: MessageBus) => send(verb)(bus, Promised, 'text'),
  },
];

export const payloads: readonly Row[] = [
  ...VERBS.flatMap(dataByVerb),
  {
    name: 'data with several issues: each is named by its path',
    code: 'MORTAR_DATA_INVALID',
    says: ['value', 'at', 'refusals.measured'],
    run: (bus) => call(bus.events, 'deliver', Measured, {}),
  },
  {
    name: 'dispatch of data with an asynchronous schema',
    code: 'MORTAR_SCHEMA_ASYNC',
    run: () => {
      // The schema of the registered contract is the one that counts.
      const late = { ...Echo, data: Failing.data };
      const own = createMessageBus();
      own.requests.handle(late, () => ({ text: 'never' }));
      return call(own.requests, 'dispatch', late, 'text');
    },
  },
];

const envelopesByVerb = (verb: string): readonly Row[] => [
  ...rowsFor(`${verb} of an envelope`, changes, { code: 'MORTAR_ENVELOPE_INVALID' }, (bus, change) =>
    send(verb)(bus, { ...createEnvelope(Pinged, { text: 'changed' }), ...Object(change) }),
  ),
  ...rowsFor(`${verb} of`, strangers, { code: 'MORTAR_ENVELOPE_INVALID' }, (bus, stranger) =>
    send(verb)(bus, stranger),
  ),
  ...rowsFor(
    `${verb} of`,
    { 'a command': Echo },
    { code: 'MORTAR_HANDLER_INVALID', says: ['command refusals.echo'] },
    (bus, other) => send(verb)(bus, other, { text: 'fine' }),
  ),
  ...rowsFor(
    `${verb} with`,
    { 'an unknown option': { priorty: 'low' }, 'a number for options': 5 },
    { code: 'MORTAR_OPTIONS_INVALID' },
    (bus, options) => send(verb)(bus, Pinged, { text: 'fine' }, options),
  ),
  ...rowsFor(`${verb} with`, badOptions, { code: 'MORTAR_ENVELOPE_INVALID' }, (bus, options) =>
    send(verb)(bus, Pinged, { text: 'fine' }, options),
  ),
];

export const envelopes: readonly Row[] = [
  ...VERBS.flatMap(envelopesByVerb),
  ...rowsFor(
    'deliverBatch of',
    { ...strangers, 'an empty array': [null] },
    { code: 'MORTAR_ENVELOPE_INVALID' },
    (bus, batch) =>
      call(bus.events, 'deliverBatch', Array.isArray(batch) && batch.length === 1 ? [batch] : batch),
  ),
  {
    name: 'deliverBatch of one good envelope and one without a type: neither is delivered',
    code: 'MORTAR_ENVELOPE_INVALID',
    run: (bus) => {
      const good = createEnvelope(Pinged, { text: 'never' });
      return call(bus.events, 'deliverBatch', [good, { ...good, type: undefined }]);
    },
  },
  {
    name: 'redeliver to no one',
    code: 'MORTAR_HANDLER_MISSING',
    says: ['nobody', 'pinged by refusals'],
    run: (bus) => bus.events.redeliver(createEnvelope(Pinged, { text: 'again' }), 'nobody'),
  },
  {
    name: 'redeliver of nothing',
    code: 'MORTAR_ENVELOPE_INVALID',
    run: (bus) => call(bus.events, 'redeliver', undefined, 'pinged by refusals'),
  },
];
