import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MortarError } from '../../src/errors/index.js';
import type { App } from '../../src/index.js';
import { apps, ports } from './refusals/apps.js';
import { modules } from './refusals/modules.js';
import { Bell, Echo, Noted, Recall, type Row, startedDesk } from './refusals/row.js';

const tables = { modules, apps, ports };
const rows = Object.values(tables).flat();

/** One app for all rows: what one of them breaks, the next ones see. */
let app: App;
const heard: string[] = [];
const listeners = process.listenerCount('SIGTERM');

beforeAll(async () => {
  app = await startedDesk(heard);
});
afterAll(async () => {
  expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
  expect(process.listenerCount('SIGTERM')).toBe(listeners);
});

async function answerTo(row: Row): Promise<unknown> {
  try {
    await row.run(app);
  } catch (error) {
    return error;
  }
  return 'It was accepted.';
}

/** It has kept nothing of the row, and does its work. */
async function checkHealth(): Promise<void> {
  expect(heard.splice(0)).toEqual([]);
  expect(await app.dispatch(Echo, { text: 'hello' })).toEqual({ text: 'hello' });
  expect(await app.locate(Bell).ring({ times: 2 })).toBe(2);
  await app.publish(Noted, { text: 'noted' }, { wait: 'handled' });
  expect(await app.ask(Recall, {})).toBe(1);
  expect(heard.splice(0)).toEqual(['noted']);
}

test('there are at least 80 bad inputs, each with a name of its own', () => {
  expect(rows.length).toBeGreaterThanOrEqual(80);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each(Object.entries(tables))('bad input: %s', (_, table) => {
  test.each(table)('$name: $code, and the app still works', async (row) => {
    const error = await answerTo(row);
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code: row.code, message: expect.stringContaining(row.code) });
    for (const word of row.says) expect(error).toHaveProperty('message', expect.stringContaining(word));
    await checkHealth();
  });
});
