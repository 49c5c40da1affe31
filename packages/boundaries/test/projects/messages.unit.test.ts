import { describe, expect, it } from 'vitest';
import type { Files } from '../support/project.js';
import { manifest, told, toldBy, violationsOf } from './checked.js';

const SHOP = `import { command, event, port, query } from 'mortar';
export const OrderPlaced = event('shop.order-placed', { data: {} });
export const PlaceOrder = command('shop.place-order', { data: {} });
export const PriceOf = query('shop.price-of', { data: {} });
export const Stock = port('shop.stock');
export interface Order { readonly id: string }
`;
const shop: Files = {
  'package.json': manifest('acme', { dependencies: { mortar: '*' } }),
  'src/shop/contract.ts': SHOP,
  'src/shop/module.ts': `import { defineModule } from 'mortar';
import { OrderPlaced, PlaceOrder, PriceOf, Stock } from './contract.js';
export const shop = defineModule('shop', (module) => {
  module.handle(PlaceOrder, [], async ({ publish }) => { await publish(OrderPlaced, {}); });
  module.answer(PriceOf, async () => 1);
  module.implement(Stock, {});
});
`,
  'src/main.ts':
    "import { shop } from './shop/module.js';\nimport { billing } from './billing/module.js';\nexport const app = [shop, billing];\n",
};

/** Shop, and a module billing whose module.ts has this on line 5. */
function withBilling(line: string, imports = '', contract = ''): Files {
  return {
    ...shop,
    'src/billing/contract.ts': `import { event } from 'mortar';\n${contract}\n`,
    'src/billing/module.ts': `import { defineModule } from 'mortar';
import { OrderPlaced, PlaceOrder, PriceOf, Stock } from '../shop/contract.js';
${imports}
export const billing = defineModule('billing', (module) => {
  ${line}
});
export const own = [OrderPlaced, PlaceOrder, PriceOf, Stock];
`,
  };
}

const HEARS = 'module.on(OrderPlaced, async () => {});';

describe('a message is sent by who owns it', () => {
  it.each([
    'module.on(OrderPlaced, async ({ publish }) => { await publish(OrderPlaced, {}); });',
    'module.handle(PlaceOrder, [], async () => {});',
    'module.answer(PriceOf, async () => 1);',
    'module.implement(Stock, {});',
  ])('by another it is not: %s', async (line) => {
    expect(await toldBy('message-owner', withBilling(line))).toEqual([
      'src/billing/module.ts:5 message-owner billing → shop',
    ]);
  });
  it.each([
    HEARS,
    'module.on(OrderPlaced, async ({ dispatch }) => { await dispatch(PlaceOrder, {}); });',
    'module.on(OrderPlaced, async ({ ask }) => { await ask(PriceOf, {}); });',
    'module.use(Stock);',
  ])('who takes it may: %s', async (line) => {
    expect(await toldBy('message-owner', withBilling(line))).toEqual([]);
  });
  it.each<[string, string, string]>([
    ['another name', 'Renamed', "import { OrderPlaced as Renamed } from '../shop/contract.js';"],
    ['a namespace', 'all.OrderPlaced', "import * as all from '../shop/contract.js';"],
    ['a file between', 'Renamed', "import { Renamed } from './names.js';"],
    ['a file between that passes on all', 'Renamed', "import { OrderPlaced as Renamed } from './all.js';"],
  ])('it is known by %s', async (_, name, imports) => {
    const line = `module.on(OrderPlaced, async ({ publish }) => { await publish(${name}, {}); });`;
    const files = {
      ...withBilling(line, imports),
      'src/billing/names.ts': "export { OrderPlaced as Renamed } from '../shop/contract.js';\n",
      'src/billing/all.ts': "export * from '../shop/contract.js';\n",
    };
    expect(await toldBy('message-owner', files)).toEqual([
      'src/billing/module.ts:5 message-owner billing → shop',
    ]);
  });
  it('in a comment, a string or a test it is not sent', async () => {
    const files = {
      ...withBilling(`${HEARS} // await publish(OrderPlaced, {});`),
      'src/billing/module.test.ts':
        "import { OrderPlaced } from '../shop/contract.js';\nawait publish(OrderPlaced, {});\n",
    };
    expect(await toldBy('message-owner', files)).toEqual([]);
  });
});

describe('a message stands where its name says', () => {
  it.each([
    ["export const A = event('billing.a', { data: {} });", []],
    [
      "export const A = event('shop.a', { data: {} });",
      ['src/billing/contract.ts:2 message-place billing → shop'],
    ],
    [
      "export const A = event('nobody.a', { data: {} });",
      ['src/billing/contract.ts:2 message-place billing → nobody'],
    ],
  ])('%s', async (contract, expected) => {
    expect(await toldBy('message-place', withBilling(HEARS, '', contract))).toEqual(expected);
  });
});

describe('a promise that nobody relies on', () => {
  it('is told, and what is relied on is not', async () => {
    const found = await violationsOf('unused-contract', {
      ...withBilling('module.on(OrderPlaced, async ({ ask }) => { await ask(PriceOf, {}); });'),
      'src/billing/module.ts': `import { OrderPlaced, PriceOf } from '../shop/contract.js';
export const billing = (module) => { module.on(OrderPlaced, async ({ ask }) => { await ask(PriceOf, {}); }); };
`,
    });
    expect(found.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['shop.place-order', 'shop.stock']),
    );
    expect(found.map(({ subject }) => subject)).not.toContain('shop.order-placed');
    expect(found.map(({ subject }) => subject)).not.toContain('shop.price-of');
  });
});

describe('circles of modules', () => {
  const answers = "import { Charged } from '../billing/contract.js';";
  const CHARGED =
    "export const Charged = event('billing.charged', { data: {} });\nexport interface Invoice { id: string }";
  const both = (shopLine: string, imports = answers): Files => ({
    ...withBilling(
      'module.on(OrderPlaced, async ({ publish }) => { await publish(Charged, {}); });',
      "import { Charged } from './contract.js';",
      CHARGED,
    ),
    'src/shop/listen.ts': `${imports}\n${shopLine}\n`,
  });
  const listens = 'export const listen = (module) => module.on(Charged, async () => {});';

  it('of messages alone are none, unless switched on', async () => {
    expect(await toldBy('module-cycle', both(listens))).toEqual([]);
    expect(await toldBy('message-cycle', both(listens))).toHaveLength(1);
  });
  const CONTRACT = "'../billing/contract.js'";
  const all = `import * as billing from ${CONTRACT};`;
  const later = (line: string): string => `export async function listen(module) {\n${line}\n}`;
  const loaded = (names: string, what: string): string =>
    later(`const ${names} = await import(${CONTRACT}); module.on(${what}, async () => {});`);
  it.each([
    ['a namespace', all, 'export const listen = (module) => module.on(billing.Charged, async () => {});'],
    ['a namespace, beside others', `import { shop } from './own.js';\n${all}`, 'shop;\nbilling?.Charged;'],
    ['what an import() gives', '', loaded('{ Charged }', 'Charged')],
    ['what an import() gives, by another name', '', loaded('{ Charged: c, }', 'c')],
    ['the whole that an import() gives', '', loaded('billing', 'billing.Charged')],
    [
      'one of what an import() gives',
      '',
      later(`module.on((await import(${CONTRACT})).Charged, async () => {});`),
    ],
  ])('of messages alone are none by way of %s', async (_, imports, line) => {
    expect(await toldBy('module-cycle', both(line, imports))).toEqual([]);
  });
  it.each([
    ['a type of it', all, 'export type I = billing.Invoice;\nbilling.Charged;'],
    ['a name that is not known', all, 'billing[name];\nbilling.Charged;'],
    ['all of it', all, 'f(billing);\nbilling.Charged;'],
    ['all of it, in the order of its names', all, 'const { Charged } = billing;'],
    ['elements', all, 'export const page = <billing.Page of={billing.Charged} />;'],
    ['the rest', '', loaded('{ Charged, ...rest }', 'Charged')],
    ['what follows', '', later(`const { Charged } = await import(${CONTRACT}).then((one) => one.other);`)],
    ['an earlier use', '', `const f = () => billing.other();\n${loaded('billing', 'billing.Charged')}`],
    [
      'the same name twice',
      '',
      `${later('')}\n${loaded('billing', 'billing.Charged')}\n${loaded('billing', 'billing.f()')}`,
    ],
  ])('are one where %s is taken', async (_, imports, line) => {
    const { 'src/shop/listen.ts': text = '', ...rest } = both(line, imports);
    expect(await toldBy('module-cycle', { ...rest, 'src/shop/listen.tsx': text })).toHaveLength(1);
  });
  it('partly of messages and partly of imports are one', async () => {
    const typed = both('export type I = Invoice;', "import type { Invoice } from '../billing/contract.js';");
    const [circle] = await violationsOf('module-cycle', typed);
    expect(circle?.cycle?.members).toEqual(['billing', 'shop']);
    expect(circle?.message).toContain('imports');
    expect(circle?.message).toContain('event messages');
    expect(await toldBy('module-cycle', typed, { rules: { 'module-cycle': { types: false } } })).toEqual([]);
  });
  it('closed by a test are none', async () => {
    const { 'src/shop/listen.ts': text = '', ...rest } = both(
      'export type I = Invoice;',
      "import type { Invoice } from '../billing/contract.js';",
    );
    expect(await toldBy('module-cycle', { ...rest, 'src/shop/listen.test.ts': text })).toEqual([]);
  });
  it('over three modules name all three, and the lightest cut', async () => {
    const pattern = { modules: [{ paths: ['src/*'], contract: ['*.ts'] }] };
    const ring: Files = {
      'src/a/x.ts': "import { b } from '../b/x.js';\nimport { b as c } from '../b/y.js';\nb; c;\n",
      'src/b/x.ts': "import { c } from '../c/x.js';\nexport const b = c;\n",
      'src/b/y.ts': "import { c } from '../c/x.js';\nexport const b = c;\n",
      'src/c/x.ts': "import { a } from '../a/y.js';\nexport const c = a;\n",
      'src/a/y.ts': 'export const a = 1;\n',
    };
    const [circle, ...more] = await violationsOf('module-cycle', ring, pattern);
    expect(more).toEqual([]);
    expect(circle?.cycle?.members).toEqual(['a', 'b', 'c']);
    expect(circle?.cycle?.cut.map(({ from, to, places }) => `${from} ${to} ${places}`)).toEqual(['c a 1']);
    expect(circle?.cycle?.isSmallest).toBe(true);
  });
});

describe('circles of files', () => {
  const circle = (...texts: readonly string[]): Files =>
    Object.fromEntries(texts.map((text, index) => [`src/f${index}.ts`, `${text}\n`]));
  it.each<[string, Files, number]>([
    [
      'two',
      circle(
        "import { b } from './f1.js'; export const a = b;",
        "import { a } from './f0.js'; export const b = () => a;",
      ),
      1,
    ],
    ['itself', circle("import * as me from './f0.js'; me;"), 1],
    ['by side effects', circle("import './f1.js';", "import './f0.js';"), 1],
    ['passed on', circle("export * from './f1.js';", "export { x } from './f0.js';"), 1],
    ['loaded later', circle("export const a = () => import('./f1.js');", "import './f0.js';"), 1],
    ['required', circle("const b = require('./f1.js'); b;", "import './f0.js';"), 1],
    ['required with import =', circle("import b = require('./f1.js'); b;", "import './f0.js';"), 1],
    [
      'types alone',
      circle(
        "import type { B } from './f1.js'; export type A = B;",
        "import type { A } from './f0.js'; export type B = A;",
      ),
      0,
    ],
    [
      'types by use',
      circle(
        "import { B } from './f1.js'; export type A = B;",
        "import { A } from './f0.js'; export interface B { a: A }",
      ),
      0,
    ],
    [
      'a type and a value',
      circle(
        "import type { B } from './f1.js'; export const a: B = 1;",
        "import { a } from './f0.js'; export type B = number; a;",
      ),
      0,
    ],
    ['an empty import, which is gone', circle("import {} from './f1.js';", "import './f0.js';"), 0],
    [
      'an inline type, which is gone',
      circle("import { type B } from './f1.js'; export type A = B;", "import './f0.js';"),
      0,
    ],
    [
      'import() in a type',
      circle("export type A = import('./f1.js').B;", "import './f0.js'; export type B = 1;"),
      0,
    ],
    ['named without being loaded', circle("new URL('./f1.js', import.meta.url);", "import './f0.js';"), 0],
    [
      'a diamond',
      circle("import './f1.js'; import './f2.js';", "import './f3.js';", "import './f3.js';", ''),
      0,
    ],
    [
      'two circles',
      circle("import './f1.js';", "import './f0.js';", "import './f3.js';", "import './f2.js';"),
      2,
    ],
    ['an eight', circle("import './f1.js'; import './f2.js';", "import './f0.js';", "import './f0.js';"), 1],
  ])('%s', async (_, files, expected) => expect(await toldBy('file-cycle', files)).toHaveLength(expected));

  it('the options of the compiler say what is left of an import', async () => {
    const files = circle(
      "import { B } from './f1.js'; export type A = B;",
      "import './f0.js'; export type B = 1;",
    );
    const verbatim = { 'tsconfig.json': '{ "compilerOptions": { "verbatimModuleSyntax": true } }' };
    expect(await toldBy('file-cycle', files)).toEqual([]);
    expect(await toldBy('file-cycle', { ...files, ...verbatim })).toHaveLength(1);
  });
  it('a circle through types closes where a value is used', async () => {
    const files = circle(
      "import { B } from './f1.js'; export class A extends B {}",
      "import { A } from './f0.js'; export class B { a?: A }",
    );
    expect(await toldBy('file-cycle', files)).toEqual([]);
    const used = { ...files, 'src/f1.ts': "import { A } from './f0.js'; export class B { a = new A(); }\n" };
    expect(await toldBy('file-cycle', used)).toHaveLength(1);
  });
});

it('modules that keep to their contracts are told nothing', async () => {
  const files = withBilling(
    'module.on(OrderPlaced, async ({ ask, dispatch }) => { await ask(PriceOf, {}); await dispatch(PlaceOrder, {}); }); module.use(Stock);',
  );
  expect((await told(files)).filter((one) => !one.includes('unresolved-import'))).toEqual([
    'src/billing/contract.ts:1 unused-contract billing → billing',
  ]);
});
