import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from '../../../src/app.js';
import { command, event, port, query } from '../../../src/contracts/index.js';
import type { Issue } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { memory } from '../../../src/memory/index.js';
import { defineModule, type Module } from '../../../src/modules/index.js';
import { projection } from '../../../src/projections/index.js';
import { rejectionOf } from '../../delivery/letters.js';

/* Two contracts of one event in one app, as two versions of a package that has them make. */

const Text = z.object({ text: z.string() });
const Count = z.object({ text: z.number() });

const written = (schema: z.ZodType = Text, schemaVersion = 1) =>
  event('shop.written', { data: schema as typeof Text, schemaVersion });

/** Schemas of which not even a copy can be proven compatible, or hardly. */
const unprovable: readonly (() => z.ZodType)[] = [
  () => z.intersection(Text, z.object({ note: z.string().regex(/^a/) })),
  () => z.union([z.object({ text: z.string().email() }), z.record(z.string(), z.number())]),
  () => z.object({ text: z.string().default(''), tuple: z.tuple([z.string()], z.number()), any: z.any() }),
  () => z.object({ text: z.string().transform((text) => text.trim()), at: z.date() }),
  () => {
    const tree: z.ZodType = z.lazy(() => z.object({ text: z.string(), children: z.array(tree) }));
    return tree;
  },
];

async function issuesOf(...modules: readonly Module[]): Promise<readonly Issue[]> {
  const given = { modules, logger: silentLogger, env: {}, store: memory() };
  return (await rejectionOf(createApp(given))).issues;
}

function made(...modules: readonly Module[]) {
  return createApp({ modules, logger: silentLogger, env: {}, store: memory() });
}

function shopWith(published: ReturnType<typeof written>): Module {
  return defineModule('shop', (module) => module.publishes(published));
}

function mailOn(subscribed: ReturnType<typeof written>): Module {
  return defineModule('mail', (module) => void module.on(subscribed, () => {}));
}

describe('two contracts of one event', () => {
  it('are a fault where their schemas differ, with both modules', async () => {
    const issues = await issuesOf(mailOn(written(Count)), shopWith(written()));
    expect(issues).toMatchObject([{ path: 'event shop.written', code: 'MORTAR_CONTRACT_INVALID' }]);
    expect(issues[0]?.message).toMatch(
      /^is one contract in module shop and another one in module mail: its schemas differ at data\.text .*take a contract from one place$/,
    );
  });

  it('are a fault where their schema versions differ, in either direction', async () => {
    for (const [shops, mails] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const [issue] = await issuesOf(shopWith(written(Text, shops)), mailOn(written(Text, mails)));
      expect(issue?.message).toContain(`schemaVersion is ${shops} and ${mails}`);
    }
  });

  it('are a fault in a projection, and between modules of which none is the owner', async () => {
    const texts = projection('texts', {
      events: [written(Text, 2)],
      initialState: () => 0,
      key: ({ data }) => data.text,
      on: { 'shop.written': (count) => count + 1 },
    });
    const search = defineModule('search', (module) => module.project(texts));
    const issues = await issuesOf(mailOn(written()), search);
    expect(issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('in module mail and another one in module search'),
    ]);
  });

  it('are let be where they are alike, are the same, or nothing is known of their schemas', async () => {
    const opaque = (): ReturnType<typeof written> => written(z.custom<{ text: string }>(() => true));
    const shared = written();
    await made(shopWith(shared), mailOn(shared));
    await made(shopWith(written()), mailOn(written()));
    await made(shopWith(opaque()), mailOn(opaque()));
    for (const schema of unprovable) await made(shopWith(written(schema())), mailOn(written(schema())));
    const wider = z.object({ text: z.string(), note: z.string().optional() });
    await made(shopWith(written(wider)), mailOn(written()));
  });

  it('are let be where they are of no event: the contract of who takes a command, a query or a port counts alone', async () => {
    const write = (data: z.ZodType) => command('shop.write', { data });
    const find = (result: z.ZodType) => query('shop.find', { data: z.object({}), result });
    const till = (data: z.ZodType) => port('shop.till', { ring: { data } });
    const shop = defineModule('shop', (module) => {
      module.handle(write(Text), () => {});
      module.answer(find(Text), () => ({}));
      module.implement(till(Text), { ring: () => {} });
    });
    const mail = defineModule('mail', (module) => {
      module.dispatches(write(Count));
      module.asks(find(Count));
      module.onStart([till(Count)], () => {});
    });
    await made(shop, mail);
  });
});
