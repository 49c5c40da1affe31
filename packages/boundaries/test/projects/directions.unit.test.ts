import { describe, expect, it } from 'vitest';
import type { Files } from '../support/project.js';
import { check, lines, manifest, toldBy, violationsOf } from './checked.js';

/** Three modules by a pattern, and a page that uses one. */
const modules: Files = {
  'package.json': manifest('acme', { dependencies: { zod: '*', pg: '*', express: '*' } }),
  'src/shop/index.ts': "export { price } from './price.js';\n",
  'src/shop/price.ts': 'export const price = 1;\nexport interface Price { cents: number }\n',
  'src/billing/index.ts': "import { price } from '../shop/index.js';\nexport const bill = price;\n",
  'src/mail/index.ts': 'export const send = 1;\n',
  'src/pages/home.ts': "import { bill } from '../billing/index.js';\nbill;\n",
};
const pattern = { modules: [{ paths: ['src/*'], contract: ['index.ts'] }] };
const inBilling = (text: string): Files => ({ ...modules, 'src/billing/more.ts': `${text}\n` });
const PRICE = "import type { Price } from '../shop/index.js'; export type P = Price;";

describe('dependencies, as the configuration grants them', () => {
  const rule = (fields: object): object => ({ ...pattern, dependencies: [{ from: ['billing'], ...fields }] });
  it.each<[string, object, string[]]>([
    ['allow of it', rule({ allow: ['shop'] }), []],
    ['allow of another', rule({ allow: ['mail'] }), ['billing → shop']],
    ['allow of nothing', rule({ allow: [] }), ['billing → shop']],
    ['deny of it', rule({ deny: ['shop'] }), ['billing → shop']],
    ['deny of another', rule({ deny: ['mail'] }), []],
    ['deny by a star', rule({ deny: ['sh*'] }), ['billing → shop']],
    ['deny by choices', rule({ deny: ['{mail,shop}'] }), ['billing → shop']],
    ['deny of all but it', rule({ deny: ['**', '!shop'] }), []],
    ['deny by the path of its folder', rule({ deny: ['src/shop'] }), ['billing → shop']],
    ['deny by the path of the file', rule({ deny: ['src/shop/index.ts'] }), ['billing → shop']],
    ['deny of a file of it that is not reached', rule({ deny: ['src/shop/price.ts'] }), []],
    ['deny by module:', rule({ deny: ['module:shop'] }), ['billing → shop']],
    ['deny by package:, which it is in', rule({ deny: ['package:nobody'] }), []],
    ['allow by a set', { ...rule({ allow: ['set:near'] }), sets: { near: ['shop', 'mail'] } }, []],
    [
      'deny by a set in a set',
      { ...rule({ deny: ['set:a'] }), sets: { a: ['set:b'], b: ['shop'] } },
      ['billing → shop'],
    ],
    [
      'deny by a set without some',
      { ...rule({ deny: ['set:a'] }), sets: { a: ['**', '!set:b'], b: ['shop'] } },
      [],
    ],
    [
      'deny by tag',
      { ...rule({ deny: ['tag:old'] }), tags: [{ select: ['shop'], tags: ['old'] }] },
      ['billing → shop'],
    ],
    [
      'deny by a tag of another',
      { ...rule({ deny: ['tag:old'] }), tags: [{ select: ['mail'], tags: ['old'] }] },
      [],
    ],
  ])('%s', async (_, config, expected) => {
    const found = await toldBy('dependencies', modules, config);
    expect(found).toEqual(expected.map((one) => `src/billing/index.ts:1 dependencies ${one}`));
  });
  it.each([
    [true, ['src/billing/index.ts:1', 'src/billing/more.ts:1']],
    [false, ['src/billing/index.ts:1']],
  ])('types count: %s', async (types, expected) => {
    const found = await violationsOf('dependencies', inBilling(PRICE), rule({ deny: ['shop'], types }));
    expect(found.map(({ path, line }) => `${path}:${line}`)).toEqual(expected);
  });
  it('says the words of the configuration', async () => {
    const config = rule({
      deny: ['shop'],
      because: 'Bills outlive the shop.',
      instead: 'Ask the catalogue.',
    });
    const [violation] = await violationsOf('dependencies', modules, config);
    expect(violation).toMatchObject({ why: 'Bills outlive the shop.', route: 'Ask the catalogue.' });
  });
  it.each([
    ["import { price } from '../shop/price.js'; price;"],
    ["export * from '../shop/index.js';"],
    ["const shop = require('../shop'); shop;"],
    ["export const later = () => import('../shop/index.js');"],
    ["export type P = import('../shop/index.js').P;"],
    ["vi.mock('../shop/index.js');"],
  ])('in any form: %s', async (text) => {
    const found = await toldBy('dependencies', inBilling(text), rule({ deny: ['shop'] }));
    expect(found).toContain('src/billing/more.ts:1 dependencies billing → shop');
  });
  it('what is wanted, and missing', async () => {
    const wanted = (names: string[]): object => ({
      ...pattern,
      dependencies: [{ from: ['billing'], require: names }],
    });
    expect(await toldBy('required-dependency', modules, wanted(['shop']))).toEqual([]);
    expect(await toldBy('required-dependency', modules, wanted(['mail']))).toEqual([
      'src/billing/index.ts:1 required-dependency billing → mail',
    ]);
    expect(await toldBy('required-dependency', inBilling("import 'zod';"), wanted(['zod']))).toEqual([]);
    expect(await toldBy('required-dependency', modules, wanted(['zod']))).toHaveLength(1);
  });
});

describe('layers', () => {
  const order = (layers: string[][], rest: object = {}): object => ({
    ...pattern,
    layers: [{ name: 'the app', order: layers, ...rest }],
  });
  it.each<[string, object, string[]]>([
    ['from the top down', order([['pages'], ['billing'], ['shop']]), []],
    ['from below', order([['shop'], ['billing'], ['pages']]), ['billing → shop', 'pages → billing']],
    ['in one layer', order([['billing', 'shop'], ['mail']]), []],
    [
      'in one layer where that is not granted',
      order([['billing', 'shop']], { sameLayer: false }),
      ['billing → shop'],
    ],
    ['over a layer', order([['pages'], ['mail'], ['billing', 'shop']]), []],
    ['outside of all layers', order([['mail'], ['pages']]), []],
    ['a layer for the rest', order([['pages'], ['shop'], ['**']]), ['billing → shop']],
  ])('%s', async (_, config, expected) => {
    const found = await violationsOf('layers', modules, config);
    expect(found.map(({ from, to }) => `${from} → ${to}`)).toEqual(expected);
  });
  it('types count unless said', async () => {
    const files = { ...modules, 'src/billing/index.ts': `${PRICE}\nexport const bill = 1;\n` };
    const config = order([['shop'], ['billing']]);
    expect(await toldBy('layers', files, config)).toHaveLength(1);
    expect(await toldBy('layers', files, { ...config, rules: { layers: { types: false } } })).toEqual([]);
  });
});

describe('npm packages where the configuration grants them', () => {
  const rule = (fields: object): object => ({ ...pattern, packages: [{ from: ['billing'], ...fields }] });
  it.each<[string, object, number]>([
    ["import 'pg';", { deny: ['pg'] }, 1],
    ["import 'pg/lib/client.js';", { deny: ['pg'] }, 1],
    ["import type { Pool } from 'pg'; export type P = Pool;", { deny: ['pg'] }, 1],
    ["import type { Pool } from 'pg'; export type P = Pool;", { deny: ['pg'], types: false }, 0],
    ["import '@aws-sdk/client-s3';", { deny: ['@aws-sdk/*'] }, 1],
    ["import fs from 'fs'; fs;", { deny: ['node:fs'] }, 1],
    ["import fs from 'node:fs/promises'; fs;", { deny: ['node:fs/**', 'node:fs'] }, 1],
    ["import fs from 'node:fs/promises'; fs;", { deny: ['node:fs'] }, 1],
    ["import fs from 'fs/promises'; fs;", { deny: ['node:fs', '!node:fs/promises'] }, 0],
    ["import fs from 'fs/promises'; fs;", { allow: ['node:fs'] }, 0],
    ["import fs from 'fs'; fs;", { allow: ['node:fs/promises'] }, 1],
    ["import fs from 'fs'; fs;", { deny: ['fs'] }, 1],
    ["import fs from 'node:fs/promises'; fs;", { deny: ['fs'] }, 1],
    ["import fs from 'node:fs/promises'; fs;", { deny: ['{fs,path}/*'] }, 1],
    ["import fs from 'node:fs'; fs;", { allow: ['fs', 'pg'] }, 0],
    ["import path from 'node:path'; path;", { deny: ['fs'] }, 0],
    ["import test from 'node:test'; test;", { deny: ['test'] }, 0],
    ["import { Database } from 'bun:sqlite'; Database;", { deny: ['bun:*'] }, 1],
    ["import 'pg/lib/client';", { deny: ['pg/lib/**'] }, 1],
    ["import 'pg/lib/client';", { deny: ['pg/lib/client'] }, 1],
    ["import 'pg/lib/client';", { allow: ['pg'], deny: ['pg/lib/**'] }, 1],
    ["import 'pg';", { deny: ['pg/lib/**'] }, 0],
    ["import 'pg';", { allow: ['pg/lib/**'] }, 1],
    ["import 'pg/lib/client';", { allow: ['pg/lib/**'] }, 0],
    ["import 'mysql/lib/pool';", { deny: ['mysql/lib/**'] }, 1],
    ["const pg = require('pg'); pg;", { deny: ['pg'] }, 1],
    ["export const later = () => import('pg');", { deny: ['pg'] }, 1],
    ["export * from 'pg';", { deny: ['pg'] }, 1],
    ["import 'zod';", { deny: ['pg'] }, 0],
    ["import 'zod';", { allow: ['pg'] }, 1],
    ["import 'pg';", { allow: ['pg'] }, 0],
    ["import 'pg';", { allow: [] }, 1],
    ["import './index.js';", { allow: [] }, 0],
  ])('%s under %j', async (text, fields, expected) => {
    expect(await toldBy('packages', inBilling(text), rule(fields))).toHaveLength(expected);
  });
  it('a path in a package is told where that alone is denied', async () => {
    const [violation] = await violationsOf(
      'packages',
      inBilling("import 'pg/lib/client';"),
      rule({ deny: ['pg/lib/**'] }),
    );
    expect(violation).toMatchObject({ to: 'pg', subject: 'pg/lib/client' });
    expect(violation?.message).toBe('billing may not import pg/lib/client here.');
  });
  it('other modules may', async () => {
    const files = { ...modules, 'src/mail/db.ts': "import 'pg';\n" };
    expect(await toldBy('packages', files, rule({ deny: ['pg'] }))).toEqual([]);
  });
});

describe('layers inside of a module', () => {
  const LAYERS = ['domain', 'application', 'infrastructure', 'api'] as const;
  const folders = Object.fromEntries(
    LAYERS.map((layer) => [`src/shop/${layer}/b.ts`, 'export const b = 1;\n']),
  );
  const MAY: Readonly<Record<string, string>> = {
    domain: 'domain',
    application: 'domain application',
    infrastructure: 'domain application infrastructure api',
    api: 'domain application infrastructure api',
  };
  it.each(LAYERS.flatMap((from) => LAYERS.map((to) => [from, to] as const)))(
    '%s uses %s',
    async (from, to) => {
      const files: Files = {
        'package.json': manifest('acme'),
        'src/shop/contract.ts': '',
        'src/shop/module.ts': '',
        ...folders,
        [`src/shop/${from}/a.ts`]: `import { b } from '../${to}/b.js';\nb;\n`,
      };
      const allowed = MAY[from]?.split(' ').includes(to) === true;
      expect(await toldBy('hexagonal', files)).toEqual(
        allowed ? [] : [`src/shop/${from}/a.ts:1 hexagonal shop → shop`],
      );
    },
  );
  it.each<[string, string, Files, string | undefined]>([
    [
      'a barrel',
      '../index.js',
      { 'src/shop/index.ts': "export * from './infrastructure/b.js';\n" },
      'src/shop/index.ts',
    ],
    [
      'two files',
      '../one.js',
      {
        'src/shop/one.ts': "export * from './two.js';\n",
        'src/shop/two.ts': "export { b } from './api/b.js';\n",
      },
      'src/shop/one.ts',
    ],
    [
      'what is no barrel',
      '../one.js',
      { 'src/shop/one.ts': "import './application/b.js';\n" },
      'src/shop/one.ts',
    ],
    [
      'a barrel of the domain alone',
      '../one.js',
      { 'src/shop/one.ts': "export * from './domain/b.js';\n" },
      undefined,
    ],
    ['a barrel that imports itself', '../one.js', { 'src/shop/one.ts': "import './one.js';\n" }, undefined],
  ])('the domain reaches out by way of %s', async (_, specifier, between, way) => {
    const files = { ...folders, ...between, 'src/shop/domain/a.ts': `import '${specifier}';\n` };
    const found = await violationsOf('hexagonal', files);
    expect(found.map(({ path, line }) => `${path}:${line}`)).toEqual(
      way === undefined ? [] : ['src/shop/domain/a.ts:1'],
    );
    for (const { message } of found) expect(message).toContain(`It comes by way of ${way}.`);
  });
  it('types are known as well, unless said', async () => {
    const files = {
      ...folders,
      'src/shop/domain/a.ts': "import type { B } from '../infrastructure/b.js';\nexport type A = B;\n",
    };
    expect(await toldBy('hexagonal', files)).toHaveLength(1);
    expect(await toldBy('hexagonal', files, { rules: { hexagonal: { types: false } } })).toEqual([]);
  });
  it('folders may have other names', async () => {
    const files: Files = {
      'src/shop/core/a.ts': "import { b } from '../db/b.js';\nexport const a = b;\n",
      'src/shop/db/b.ts': 'export const b = 1;\n',
    };
    expect(await toldBy('hexagonal', files)).toEqual([]);
    const config = { hexagonal: { domain: ['core'], infrastructure: ['db'] } };
    expect(await toldBy('hexagonal', files, config)).toHaveLength(1);
  });
  it('two modules with layers do not mix', async () => {
    const files: Files = {
      ...folders,
      'src/mail/domain/a.ts': "import { b } from '../../shop/infrastructure/b.js';\nexport const a = b;\n",
      'src/mail/infrastructure/b.ts': '',
    };
    expect(await toldBy('hexagonal', files)).toEqual([]);
  });
  it.each(['pg', 'express', 'mongodb', '@prisma/client', 'kysely', 'node:http'])(
    'a domain and %s',
    async (name) => {
      const files = { ...folders, 'src/shop/domain/a.ts': `import * as outer from '${name}';\nouter;\n` };
      expect(await toldBy('domain-packages', files)).toHaveLength(1);
      const outside = {
        ...folders,
        'src/shop/infrastructure/a.ts': `import * as outer from '${name}';\nouter;\n`,
      };
      expect(await toldBy('domain-packages', outside)).toEqual([]);
    },
  );
  it.each<[string, Files, number]>([
    ['a file beside it', { 'src/shop/db.ts': "import pg from 'pg';\nexport const db = pg;\n" }, 1],
    [
      'two files',
      {
        'src/shop/db.ts': "export * from './pool.js';\n",
        'src/shop/pool.ts': "export const p = require('pg');\n",
      },
      1,
    ],
    [
      'files in a circle',
      { 'src/shop/db.ts': "import './pool.js';\n", 'src/shop/pool.ts': "import './db.js';\n" },
      0,
    ],
    [
      'its infrastructure, which another rule tells',
      { 'src/shop/db.ts': "export * from './infrastructure/b.js';\n" },
      0,
    ],
    ['types alone', { 'src/shop/db.ts': "import type pg from 'pg';\nexport type P = pg.Pool;\n" }, 1],
    ['what only computes', { 'src/shop/db.ts': "export * from 'zod';\n" }, 0],
  ])('a domain and a driver by way of %s', async (_, between, count) => {
    const files = {
      ...folders,
      ...between,
      'src/shop/domain/a.ts': "import * as db from '../db.js';\ndb;\n",
    };
    const found = await violationsOf('domain-packages', {
      ...files,
      'src/shop/infrastructure/b.ts': "import 'pg';\n",
    });
    expect(found.map(({ path, to }) => `${path} ${to}`)).toEqual(
      count === 0 ? [] : ['src/shop/domain/a.ts pg'],
    );
    for (const { message } of found) expect(message).toContain('by way of src/shop/db.ts');
  });
  it('a driver by another name is the driver', async () => {
    const files = {
      ...folders,
      'package.json': manifest('acme', {
        dependencies: { db: 'npm:pg@^8', '@a/db': 'npm:@prisma/client@6' },
      }),
      'src/shop/domain/a.ts': "import db from 'db';\nimport other from '@a/db/x';\ndb; other;\n",
    };
    expect(await toldBy('domain-packages', files)).toEqual([
      'src/shop/domain/a.ts:1 domain-packages acme → pg',
      'src/shop/domain/a.ts:2 domain-packages acme → @prisma/client',
    ]);
    expect(await toldBy('undeclared-dependency', files)).toEqual([]);
  });
  it('a domain may use what only computes', async () => {
    const files = {
      ...folders,
      'src/shop/domain/a.ts': "import { z } from 'zod';\nimport assert from 'node:assert';\nz; assert;\n",
    };
    expect(await toldBy('domain-packages', files)).toEqual([]);
  });
});

describe('a configuration is held to itself', () => {
  it.each<[string, object, string]>([
    ['modules', { modules: [{ paths: ['lib/*'] }] }, 'lib/*'],
    ['tags', { tags: [{ select: ['nobody'], tags: ['a'] }] }, 'nobody'],
    ['layers', { layers: [{ name: 'a', order: [['acme'], ['nobody']] }] }, 'nobody'],
    ['from', { dependencies: [{ from: ['nobody'], deny: ['acme'] }] }, 'nobody'],
    ['allow', { dependencies: [{ from: ['acme'], allow: ['nobody'] }] }, 'nobody'],
    ['deny', { dependencies: [{ from: ['acme'], deny: ['nobody'] }] }, 'nobody'],
    ['a tag that nothing has', { dependencies: [{ from: ['acme'], deny: ['tag:nobody'] }] }, 'tag:nobody'],
    [
      'a set without members',
      { dependencies: [{ from: ['acme'], deny: ['set:nobody'] }], sets: { nobody: [] } },
      'set:nobody',
    ],
    ['packages', { packages: [{ from: ['nobody'], deny: ['pg'] }] }, 'nobody'],
    ['a package that is granted', { packages: [{ from: ['acme'], allow: ['nobody'] }] }, 'nobody'],
  ])('%s', async (_, config, name) => {
    expect(await toldBy('unused-rule', modules, config)).toEqual([
      `mortar.config.json:1 unused-rule mortar.config.json → ${name}`,
    ]);
  });
  it('an exception covers what it names, and nothing else', async () => {
    const config = {
      ...pattern,
      dependencies: [{ from: ['billing', 'pages'], allow: [] }],
      rules: { 'unused-contract': 'off' },
      exceptions: [
        {
          rule: 'dependencies',
          from: ['billing'],
          to: ['shop'],
          reason: 'Until bills have prices of their own.',
        },
        { rule: 'dependencies', from: ['mail'], reason: 'Nothing.' },
        { rule: 'dependencies', from: ['pages'], reason: 'Over.', owner: 'ann', expires: '2026-05-31' },
      ],
    };
    const { violations, excepted } = await check(modules, config);
    expect(lines(excepted)).toEqual(['src/billing/index.ts:1 dependencies billing → shop']);
    expect(lines(violations)).toEqual([
      'mortar.config.json:1 unused-exception mortar.config.json → dependencies',
      'mortar.config.json:1 unused-exception mortar.config.json → dependencies',
      'src/pages/home.ts:1 dependencies pages → billing',
    ]);
    expect(violations[1]?.route).toContain('ask ann for a new day in exceptions[2].expires');
  });
});
