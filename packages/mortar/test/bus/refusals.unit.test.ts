import { afterAll, describe, expect, test } from 'vitest';
import { createMessageBus } from '../../src/bus/index.js';
import { MortarError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { handlers } from './refusals/handlers.js';
import { names } from './refusals/names.js';
import { options } from './refusals/options.js';
import { envelopes, payloads } from './refusals/payloads.js';
import { requests } from './refusals/requests.js';
import { Echo, Pinged, type Row } from './refusals/row.js';

const tables = { payloads, envelopes, names, options, handlers, requests };
const rows = Object.values(tables).flat();

/** One bus for all rows: what one of them breaks, the next ones see. */
const bus = createMessageBus({ logger: silentLogger });
const received: string[] = [];
bus.events.subscribe(Pinged, { name: 'pinged by refusals' }, ({ data }) => {
  received.push(data.text);
});
bus.requests.handle(Echo, ({ data }) => data, { name: 'first echo' });

async function answerTo(row: Row): Promise<unknown> {
  try {
    await row.run(bus);
  } catch (error) {
    return error;
  }
  return 'It was accepted.';
}

/** It has kept nothing of the row, and does its work. */
async function checkHealth(): Promise<void> {
  expect(received.splice(0)).toEqual([]);
  expect(bus.handlers.list().map(({ name }) => name)).toEqual(['first echo', 'pinged by refusals']);
  expect(await bus.events.deliver(Pinged, { text: 'delivered' })).toEqual([
    { subscription: 'pinged by refusals', status: 'handled', attempts: 1 },
  ]);
  await bus.events.enqueue(Pinged, { text: 'enqueued' });
  await bus.events.idle();
  expect(received.splice(0)).toEqual(['delivered', 'enqueued']);
  expect(await bus.requests.dispatch(Echo, { text: 'hello' })).toEqual({ text: 'hello' });
}

afterAll(() => {
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(Reflect.get({}, 'admin')).toBeUndefined();
});

test('there are at least 60 bad inputs, each with a name of its own', () => {
  expect(rows.length).toBeGreaterThanOrEqual(60);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each(Object.entries(tables))('bad input: %s', (_, table) => {
  test.each(table)('$name: $code, and the bus still works', async (row) => {
    const error = await answerTo(row);
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code: row.code, message: expect.stringContaining(row.code) });
    for (const word of row.says ?? []) expect(error).toHaveProperty('message', expect.stringContaining(word));
    await checkHealth();
  });
});

test('nothing was polluted, and the bus stops as if nothing had happened', async () => {
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(await bus.stop()).toEqual({ isDrained: true, givenUp: 0 });
});
