import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createEnvelope, encode, event, validate } from '../../src/contracts/index.js';
import { compile, withProgram } from '../contracts/programs/compile.js';

const folder = join(import.meta.dirname, '../../../../docs/reference/errors');

/** What the samples take for granted: each is what a reader puts into a program of his own. */
const HEAD = `
import { command, createApp, event, port, token, type App, type ModuleBuilder } from 'mortar';
import { createEventBus } from 'mortar/bus';
import { loadConfig } from 'mortar/config';
import { createContainer } from 'mortar/container';
import { memory } from 'mortar/memory';
import type { Module } from 'mortar';
import { type Exchanges, translate } from 'mortar/ports';
import { circuitBreaker, fallback, timeout, wrap } from 'mortar/resilience';
import { testApp } from 'mortar/testing';
import { sqlite } from '@mortar/sqlite';
import { z } from 'zod';
const data = z.object({ orderNumber: z.number(), course: z.string(), student: z.string() });
const schema = z.object({ port: z.number() });
const invoice = { orderId: 'a' };
const OrderPlaced = event('shop.order-placed', { data: z.object({ orderId: z.string() }) });
const OrderLost = event('shop.order-lost', { data: z.object({ orderId: z.string() }) });
const OrderPaid = event('shop.order-paid', { data: z.object({ orderId: z.string() }) });
const InvoiceDue = event('shop.invoice-due', { data: z.object({ orderId: z.string() }) });
const PlaceOrder = command('shop.place-order', { data: z.object({ items: z.array(z.string()) }) });
const Rates = port('shop.rates', { of: { data: z.object({ currency: z.string() }), result: z.number() } });
const Currency = token<string>('Currency');
class Journal { note(_: string, __: unknown): void {} }
class PriceList {}
class Session {}
class Cache { async warm(_: AbortSignal): Promise<void> {} }
class QuotaUsedUp extends Error {}
declare const app: App;
declare const shop: Module;
declare const module: ModuleBuilder<'shop'>;
declare const settings: never;
declare const lastKnownPrices: readonly number[];
declare const toV2: (old: unknown) => unknown;
declare const toV3: (old: unknown) => unknown;
declare const client: object;
declare const exchanges: Exchanges<typeof Rates, object>;
declare const isQuotaError: (error: unknown) => boolean;
declare const handler: () => void;
declare const pay: () => Promise<void>;
declare const url: string;
const bus = createEventBus();
const container = createContainer();
`;

const samples = readdirSync(folder).flatMap((page) =>
  [...readFileSync(join(folder, page), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
    ([, text = ''], index) => [`${page.replace('.md', '')}-${index}.ts`, text] as const,
  ),
);

describe('the samples of the pages', () => {
  it('are code that compiles', async () => {
    expect(samples.length).toBeGreaterThan(15);
    const files = samples.map(([name, text]) => [
      name,
      `${HEAD}\nexport async function sample(): Promise<void> {\n${text}\n}\n`,
    ]);
    await withProgram(Object.fromEntries(files), async (program) => {
      const options = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false', '--types', 'node'];
      expect(await compile(program, ...options)).toEqual({ ok: true, output: '' });
    });
  });

  it('of a URL in an event: it is taken, and carried as a text that is taken as well', () => {
    const page = readFileSync(join(folder, 'MORTAR_CODEC_UNSUPPORTED.md'), 'utf8');
    expect(page).toContain('z.object({ url: z.union([z.url(), z.instanceof(URL).transform(String)]) })');
    const Seen = event('shop.page-seen', {
      data: z.object({ url: z.union([z.url(), z.instanceof(URL).transform(String)]) }),
    });
    const { data } = createEnvelope(Seen, { url: new URL('https://mortar.example/a') });
    expect(encode(data)).toBe('{"url":"https://mortar.example/a"}');
    expect(validate(Seen.data, data)).toEqual({ ok: true, value: data });
  });
});
