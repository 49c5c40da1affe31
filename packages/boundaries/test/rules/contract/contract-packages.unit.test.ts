import { describe, expect, it } from 'vitest';
import { check, manifest } from '../../projects/checked.js';
import type { Files } from '../../support/project.js';

const dependencies = Object.fromEntries(
  ['mortar', 'redis', 'postgres', 'pino', 'axios', 'zod', 'arktype', 'http-codes', '@acme/text'].map(
    (name) => [name, '*'],
  ),
);
const project: Files = {
  'package.json': manifest('acme', { workspaces: ['packages/*'], dependencies }),
  'packages/text/package.json': manifest('@acme/text', { exports: './index.ts' }),
  'packages/text/index.ts': 'export const shape = (name: string) => name;\n',
  'src/shop/module.ts': "import './contract.js';\n",
  'src/billing/contract.ts': 'export interface Invoice { readonly id: string }\n',
  'src/shared/schemas.ts':
    "import { z } from 'zod';\nexport const id = () => z.string();\nexport const page = z.object({});\n",
};

/** `subject: message` for what stands in a contract and is no data, read from a real folder. */
async function said(text: string): Promise<string[]> {
  const { violations } = await check({ ...project, 'src/shop/contract.ts': `${text}\n` });
  return violations
    .filter(({ rule }) => rule === 'contract-content')
    .map(({ kind, subject, message }) => `${kind} ${subject}: ${message}`);
}

describe('what another package makes is no part of a contract', () => {
  it.each([
    ["import { createClient } from 'redis';\nexport const client = createClient({ url: 'x' });", 'client'],
    ["import { createClient } from 'redis';\nconst hidden = createClient();", 'hidden'],
    ["import postgres from 'postgres';\nexport const sql = postgres('postgres://x');", 'sql'],
    ["import { pino } from 'pino';\nexport const log = pino();", 'log'],
    ["import pino from 'pino';\nexport const log = pino().child({ name: 'shop' });", 'log'],
    ["import axios from 'axios';\nexport const http = axios.create();", 'http'],
    ["import axios from 'axios';\nexport const http = axios;", 'http'],
    ["import axios from 'axios';\nexport const http = { axios };", 'http'],
    ["import * as fs from 'node:fs';\nexport const text = fs.readFileSync('x', 'utf8');", 'text'],
    [
      "import { readFileSync } from 'node:fs';\nexport const text = readFileSync('x', 'utf8').trim();",
      'text',
    ],
    ["import { sql } from 'postgres';\nexport const all = sql`select 1`;", 'all'],
    ["import { sql } from 'postgres';\nexport const all = sql`select 1`.values();", 'all'],
    ["import { query } from 'postgres';\nexport const all = query('select 1');", 'all'],
    ["import { Redis } from 'redis';\nexport const all = new Redis().duplicate();", 'all'],
    ['export const home = process.env.HOME;', 'home'],
    ["export const home = process.env['HOME'] ?? '/root';", 'home'],
    ['export const home = globalThis.process.env.HOME;', 'home'],
    ["import process from 'node:process';\nexport const home = { at: process };", 'home'],
    ["export const page = document.querySelector('a');", 'page'],
    ['export const place = import.meta.url;', 'place'],
    ["export const redis = require('redis');", 'redis'],
    [
      "import { createClient } from 'redis';\nconst make = () => createClient();\nexport const client = make();",
      'client',
    ],
    [
      "import axios from 'axios';\nfunction make() { const http = axios.create(); return { http }; }\nexport const client = make();",
      'client',
    ],
    ['const read = () => process.env.HOME;\nexport const home = read();', 'home'],
    [
      'const read = () => process.env.HOME;\nconst make = () => ({ at: read() });\nexport const home = make();',
      'home',
    ],
    ["import { createApp } from 'mortar';\nexport const app = createApp({ modules: [] });", 'app'],
  ])('%s', async (text, subject) =>
    expect(await said(text)).toEqual([
      `value ${subject}: The contract of shop defines ${subject}, a value that is made when the contract is loaded, or that may change.`,
    ]),
  );

  it.each([
    ["import axios from 'axios';\nexport { axios };", 'axios'],
    ["import axios from 'axios';\nexport { axios as http };", 'axios'],
    ["import axios from 'axios';\nexport default axios;", 'axios'],
    ["export { createClient } from 'redis';", 'createClient'],
    ["export * from 'redis';", 'all of redis'],
    ["export * as redis from 'redis';", 'all of redis'],
    ["export { readFileSync } from 'node:fs';", 'readFileSync'],
  ])('%s', async (text, subject) =>
    expect(await said(text)).toEqual([
      `value ${subject}: The contract of shop passes on ${subject} of a package that makes no schemas.`,
    ]),
  );

  it('a statement is said to run', async () => {
    expect(await said("import { pino } from 'pino';\npino().info('loaded');")).toEqual([
      'value a statement: The contract of shop runs a statement when it is loaded.',
    ]);
  });
});

describe('what makes schemas and data stays', () => {
  it.each([
    "import { z } from 'zod';\nexport const Order = z.object({ id: z.string() }).refine((one) => one.id !== '');",
    "import { z } from 'zod';\nexport { z };\nexport * from 'arktype';\nexport { object } from 'zod';",
    "import { type } from 'arktype';\nexport const Order = type({ id: 'string' });",
    "import { event } from 'mortar';\nexport const OrderPlaced = event('shop.placed', {});",
    "import { z } from 'zod';\nconst money = (most: number) => z.object({ amount: z.number().max(most) });\nexport const Price = money(3);",
    "import { z } from 'zod';\nfunction page(item) { const items = z.array(item); return z.object({ items }); }\nexport const Orders = page(z.string());",
    "import { z } from 'zod';\nimport axios from 'axios';\nconst Id = () => z.string().refine((id) => axios.isAxiosError(id));\nexport const Order = Id();",
    "import { id, page } from '../shared/schemas.js';\nexport const Id = id();\nexport const Page = page.extend({});",
    "import { shape } from '@acme/text';\nexport const Name = shape('a');",
    "import type { Axios } from 'axios';\nexport type { Axios };\nexport type { Pool } from 'postgres';\nexport { type Redis } from 'redis';",
    "import { Codes, MOST_ITEMS } from 'http-codes';\nexport const LIMITS = { most: MOST_ITEMS, gone: Codes.GONE };\nexport { MOST_ITEMS };",
    'export const KEY = Symbol.for("shop");\nexport const NAMES = Object.freeze(["a"] as const);\nexport const BIG = BigInt(3);',
    "export const PATH = String.raw`a\\b`;\nexport const HASH = 'a,b'.split(',');",
    'const process = { env: { HOME: 1 } };\nexport const home = process.env.HOME;',
  ])('%s', async (text) => expect(await said(text)).toEqual([]));

  it('where the configuration allows values, all of it may stand', async () => {
    const text = "import axios from 'axios';\nexport const http = axios.create();\nexport { axios };\n";
    const config = { rules: { 'contract-content': { allow: ['value'] } } };
    const { violations } = await check({ ...project, 'src/shop/contract.ts': text }, config);
    expect(violations.filter(({ rule }) => rule === 'contract-content')).toEqual([]);
  });
});

describe('contract.ts beside contract/', () => {
  const parts: Files = {
    ...project,
    'src/shop/contract.ts':
      "import { z } from 'zod';\nimport { order } from './contract/order.js';\nexport { order } from './contract/order.js';\nexport const Page = z.object({ order });\n",
    'src/shop/contract/order.ts':
      "import { z } from 'zod';\nexport const order = z.object({});\nexport type Order = z.infer<typeof order>;\n",
    'src/billing/module.ts':
      "import type { Order } from '../shop/contract/order.js';\nexport type Bill = Order;\n",
  };
  const errors = async (files: Files): Promise<string[]> =>
    (await check(files)).violations
      .filter(({ severity }) => severity === 'error')
      .map(({ rule, path, subject }) => `${rule} ${path} ${subject}`);

  it('is one contract, which others may import from', async () => {
    expect(await errors(parts)).toEqual([]);
  });
  it('is held to be one in all its files', async () => {
    const text = 'export const total = () => 1;\n';
    expect(await errors({ ...parts, 'src/shop/contract/sum.ts': text })).toEqual([
      'contract-content src/shop/contract/sum.ts total',
    ]);
  });
  it('has nothing to do with a folder of another name', async () => {
    const text = "import { Order } from '../shop/parts/order.js';\nexport type Bill = Order;\n";
    const files = {
      ...parts,
      'src/shop/parts/order.ts': 'export type Order = 1;\n',
      'src/billing/module.ts': text,
    };
    expect(await errors(files)).toEqual(['contract-only src/billing/module.ts order']);
  });
});
