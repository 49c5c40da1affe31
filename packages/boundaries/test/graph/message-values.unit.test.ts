import { describe, expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { type Files, makeProject } from '../support/project.js';

const files: Files = {
  'package.json': '{ "dependencies": { "mortar": "1" } }',
  'shop/contract.ts': `import { command, event, type EventContract } from 'mortar';
export const A = event('shop.a', {});
export const B = event('shop.b', {});
export const Do = command('shop.do', {});
export type A = string;
export const all = [A, B] as const;
export const byKind: Record<string, EventContract> = { a: A, deep: { b: B } };
export const frozen = Object.freeze([A]);
export const table = new Map<string, EventContract>([['a', A], ['b', B]]);
`,
  'shop/more.ts': "export { all as events } from './contract.js';\nexport const CHANNEL = 'x';\n",
};

/** What a file does that has this after its imports: `publish a`, or `publish ? text` where it can't be told. */
async function usesOf(code: string, path = 'a.ts', imports = IMPORTS): Promise<string[]> {
  const { uses } = await readProject(makeProject({ ...files, [path]: `${imports}${code}\n` }));
  return uses.map(({ role, name, text }) => `${role} ${name?.slice('shop.'.length) ?? `? ${text}`}`);
}

const IMPORTS = `import type { App, EventContract, MessageContext } from 'mortar';
import { A, all, B, byKind, Do, frozen, table } from './shop/contract.js';
import * as contract from './shop/contract.js';
import { CHANNEL, events } from './shop/more.js';
`;
const PLAIN = "import { A, B } from './shop/contract.js';\n";
/** What is called by itself was taken from something. */
const TAKEN = 'const { publish, dispatch, ask } = context;\n';
const both = ['publish a', 'publish b'];

describe('a contract is one of several', () => {
  it.each([
    ['for (const e of [A, B]) publish(e, {});', both],
    ['for (const e of [A, B] as const) {\n  await context.publish(e, {});\n}', both],
    ['for await (const e of [A, B]) publish(e);', both],
    ['const list = [A, B];\nfor (const e of list) publish(e);', both],
    ['const list = [A, B];\nfor (const [i, e] of list.entries()) publish(e);', both],
    ['const kinds = { a: A, b: B };\nfor (const [key, e] of Object.entries(kinds)) publish(e);', both],
    ['const kinds = { a: A, b: B };\nfor (const e of Object.values(kinds)) publish(e);', both],
    ['[A, B].forEach((e) => publish(e));', both],
    ['await Promise.all([A, B].map(async (e) => { await context.publish(e, {}); }));', both],
    ['const pairs = [[A, 1], [B, 2]];\npairs.forEach(([e, n]) => publish(e, n));', both],
    ['const list = [A, B];\nlist.filter(Boolean).length; list.forEach(function (e) { publish(e); });', both],
    ['all.forEach((e) => publish(e));', both],
    ['for (const e of all) publish(e);', both],
    ['for (const e of events) publish(e);', both],
    ['for (const e of contract.all) publish(e);', both],
    ['for (const e of [...all]) publish(e);', both],
    ['for (const e of frozen) publish(e);', ['publish a']],
    ['for (const e of table.values()) publish(e);', both],
    ['publish(events[0], {});', both],
    ['publish(byKind[kind], {});', both],
    ['publish(byKind.a, {});', ['publish a']],
    ['publish(contract[name], {});', both],
    ['publish(table.get(kind)!, {});', both],
    ['const e = table.get(kind);\nif (e) publish(e, {});', both],
    ['const kinds = { a: A, b: B } as const;\npublish(kinds[kind], {});', both],
    ['const kinds = {\n  a: A,\n  b: B,\n};\nconst e = kinds[kind];\npublish(e, {});', both],
    ['all.forEach(publish);', both],
    ['[A, B].map(context.publish);', both],
    ['const list = [A, B];\nawait Promise.all(list.map(app.publish));', both],
    ['const [first, second] = [A, B];\npublish(second);', both],
    ['const e = isNew ? A : B;\npublish(e);', both],
    ['const e =\n  isNew\n    ? A\n    : B;\npublish(e);', both],
    ['const e = (isNew && A) || B;\npublish(e);', both],
    ['let e = A;\nif (isOld) e = B;\npublish(e);', ['publish a', 'publish b']],
    ['let e = null;\ne ??= A;\ne ||= B;\npublish(e);', both],
    ['let e;\nif (isOld) e = B; else e = A;\npublish(e);', ['publish a', 'publish b']],
    ['publish(isNew && A, {});', ['publish a']],
    ['publish(found ?? A, {});', ['publish a']],
    ['publish(isNew ? A : B, {});', both],
    ['publish(a !== b ? A : B, {});', both],
    ['publish((log(), A), {});', ['publish a']],
    ['publish(pick(A, B), {});', both],
    ['publish(...[A, {}]);', ['publish a']],
    ['publish({ ...A }, {});', []],
    ['const announce = (e = A) => publish(e);', ['publish a']],
    ['const announce = (e: typeof A | typeof B) => publish(e);', both],
    ['const announce = (e: typeof contract.B) => publish(e);', ['publish b']],
  ])('%s', async (code, expected) => expect((await usesOf(code)).sort()).toEqual(expected));

  it('or a list of them is taken', async () => {
    const taken = ['subscribe a', 'subscribe b'];
    expect(await usesOf('module.on(all, handler);')).toEqual(taken);
    expect(await usesOf('module.on([...all], handler);')).toEqual(taken);
    expect(await usesOf('const list = [A, B];\nmodule.on(list, handler);')).toEqual(taken);
    expect(await usesOf('module.publishes(...all);')).toEqual(both);
    expect(await usesOf("projection('x', { events: all, on: {} });")).toEqual(taken);
    expect(await usesOf("projection('x', { on: {}, events: Object.values(byKind) });")).toEqual(taken);
    expect(await usesOf("const list = [A, B];\naggregate('x', { events: list, decider });")).toEqual(both);
    expect(await usesOf("aggregate('x', { events: [...all], decider });")).toEqual(both);
    expect(
      await usesOf("const events = [A, B];\naggregate('x', { events, decider });", 'a.ts', PLAIN),
    ).toEqual(both);
  });

  it('or a port of a list of dependencies', async () => {
    const imports = "import { P } from './ports.js';\n";
    const ports =
      "import { port } from 'mortar';\nexport const P = port('shop.p');\nexport const deps = [P];\n";
    const uses = async (code: string): Promise<string[]> => {
      const graph = await readProject(
        makeProject({ ...files, 'ports.ts': ports, 'a.ts': `${imports}${code}\n` }),
      );
      return graph.uses.map(({ role, name }) => `${role} ${name}`);
    };
    expect(await uses('module.singleton(Books, [P]);')).toEqual(['use shop.p']);
    expect(await uses('const deps = [P];\nmodule.singleton(Books, deps);')).toEqual(['use shop.p']);
    expect(await uses("import { deps } from './ports.js';\nmodule.handle(Do, deps, run);")).toEqual([
      'use shop.p',
    ]);
    expect(await uses('module.singleton(Books, others);')).toEqual([]);
  });
});

describe('a contract in a field', () => {
  it.each([
    ['class S { private readonly event = A; go() { this.bus.publish(this.event, {}); } }', ['publish a']],
    ['class S { readonly #event = A; go() { publish(this.#event, {}); } }', ['publish a']],
    ['class S { static event = A; go() { app.publish(S.event, {}); } }', ['publish ? S.event']],
    [
      'class S { event: EventContract; constructor() { this.event = A; } go() { publish(this.event); } }',
      ['publish a'],
    ],
    [
      'class S { event?: EventContract; go() { publish(this.event); } set() { this.event = B; } }',
      ['publish b'],
    ],
    ['class S { list = [A, B]; go() { for (const e of this.list) publish(e); } }', both],
    ['class S { list = { a: A }; go(k) { publish(this.list[k]); } }', ['publish a']],
    ['class S { constructor(private readonly event = A) {} go() { publish(this.event); } }', ['publish a']],
    [
      'class S { constructor(private readonly event: typeof B) {} go() { publish(this.event); } }',
      ['publish b'],
    ],
  ])('%s', async (code, expected) => expect(await usesOf(code)).toEqual(expected));
});

describe('a verb is called', () => {
  it.each([
    'context.publish.call(context, A, {});',
    'publish.call(undefined, A, {});',
    'bus.publish.apply(bus, [A, {}]);',
    'context.publish.bind(context, A);',
    "context['publish'](A, {});",
    '(context.publish)(A, {});',
    '(0, context.publish)(A, {});',
    'f(context.publish); context.publish(A);',
    'context[ "publish" ](A, {});',
    "context?.['publish']?.(A, {});",
    'this.app.as({ actor }).publish(A, {});',
    'void (async () => context.publish(A, {}))();',
    'const f = { on: { a() { context.publish(A, {}); } } };',
    'module.on(async () => { await context.publish(A, {}); });',
    'list(make(() => context.publish(A, {})));',
    'dispatch(pick(context.publish(A, {}), "x"));',
  ])('%s', async (code) =>
    expect((await usesOf(code)).filter((one) => !one.includes('?'))).toEqual(['publish a']),
  );
});

describe('what only running the code tells is told', () => {
  it.each([
    ['export const announce = (app: App, event: EventContract) => app.publish(event, {});', 'event'],
    ['export function announce(context, event) { return context.publish(event, {}); }', 'event'],
    ['export const announce = ({ publish }: MessageContext, event) => publish(event, {});', 'event'],
    // The type says what it is, whatever it is sent by.
    ['export const announce = (client: Client, event: EventContract) => client.publish(event, {});', 'event'],
    [`${TAKEN}publish(make(), {});`, 'make()'],
    [`${TAKEN}publish(await import(name), {});`, 'await import(name)'],
    [`${TAKEN}publish(...given);`, '...given'],
    ['module.handle(Do, async ({ data, publish }) => { await publish(data.event); });', 'data.event'],
    ['const go = async (publish, list) => { for (const one of list) await publish(one); };', 'one'],
    ['const send = context.publish;\nsend(make());', 'make()'],
    ["context['publish'](event);", 'event'],
    ['load().forEach(context.publish);', 'publish'],
    ['given.forEach(context.publish);', 'publish'],
    [`${TAKEN}const [event] = await load();\npublish(event);`, 'event'],
    [
      'class S { constructor(private event: EventContract) {} go() { this.client.publish(this.event); } }',
      'this.event',
    ],
  ])('%s', async (code, text) =>
    expect((await usesOf(code)).filter((one) => !one.startsWith('handle'))).toEqual([`publish ? ${text}`]),
  );

  it('and of commands, queries and what handles them', async () => {
    expect(await usesOf(`${TAKEN}dispatch(command, {}); ask(query);`)).toEqual([
      'dispatch ? command',
      'ask ? query',
    ]);
    const code = 'const add = (command: CommandContract) => module.handle(command, run);';
    const imports = "import type { CommandContract } from 'mortar';\n";
    expect(await usesOf(code, 'a.ts', imports)).toEqual(['handle ? command']);
    expect(await usesOf(code, 'a.ts', "import type { CommandContract } from './own.js';\n")).toEqual([]);
  });

  it('also in JavaScript, and in a module that knows the contract alone', async () => {
    const imports = "import { A } from './shop/contract.js';\n";
    expect(await usesOf('export const send = (app, e) => app.publish(e);', 'a.js', imports)).toEqual([
      'publish ? e',
    ]);
  });
});

describe('a definition', () => {
  it.each([
    ["const NAME = 'shop.x';\nexport const X = event(NAME, {});", 'event shop.x'],
    ["const NAME = 'shop';\nexport const X = event(NAME + '.x', {});", 'event shop.x'],
    ["export const X = event('shop.x' as const, {});", 'event shop.x'],
    ["export const X = event(('shop.x'), {});", 'event shop.x'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    ['const define = (name) => event(`shop.${name}`, {});', 'define ? `shop.${name}`'],
    ['const define = (name, options) => event(name, options);', 'define ? name'],
    ["import { NAME } from './names.js';\nexport const X = event(NAME, {});", 'define ? NAME'],
    ['const all = { on: (name) => command(name) };', 'define ? name'],
  ])('%s', async (code, expected) => {
    const text = `import { command, event } from 'mortar';\n${code}\n`;
    const { definitions, uses } = await readProject(makeProject({ ...files, 'a.ts': text }));
    const found = definitions
      .filter(({ path }) => path === 'a.ts')
      .map(({ kind, name }) => `${kind} ${name}`);
    expect([...found, ...uses.map((use) => `${use.role} ? ${use.text}`)]).toEqual([expected]);
  });

  it('of something else is none', async () => {
    expect(
      await usesOf('client.query(sql, []); emitter.event(name); const port = (name) => name; port(name);'),
    ).toEqual([]);
  });
});

describe('what is none of Mortar is not told', () => {
  it.each([
    'client.publish(channel, {});',
    'for (const ask of questions) await ask(session);',
    'const publish = makeClient(); publish(channel, {});',
    'function dispatch(event) { queue.push(event); } dispatch(event);',
    'dispatch(addItem(item));',
    'const go = (channel: string) => publish(channel, {});',
    'const go = (channel: Buffer) => publish(channel, {});',
    "const channel = 'orders';\npublish(channel, {});",
    'const channel = JSON.stringify({});\npublish(channel, {});',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    'publish(`orders.${id}`, {});',
    "publish('orders.' + id, {});",
    'publish(id + ".orders", {});',
    'class S { channel: string; go() { publish(this.channel); } }',
    'emitter.on(name, handler); server.handle(request); store.implement(thing);',
    'publish((event) => event);',
    'publish();',
  ])('%s', async (code) => expect(await usesOf(code)).toEqual([]));

  it('nor in a file that knows neither Mortar nor a contract', async () => {
    expect(
      await usesOf(`${TAKEN}publish(event, {});`, 'a.ts', "import { CHANNEL } from './shop/more.js';\n"),
    ).toEqual([]);
  });

  it('and a type of a parameter is no other name for what it has', async () => {
    const typed = [
      'function f(a: A, b) { publish(b.a); }',
      'const f = (one: { a: A; b: B }) => publish(one.a);',
      'interface T { a: A }\nconst f = (one: T) => publish(one.a);',
      'type T = { a: A };\nconst f = (one: T) => publish(one.a);',
      'type T<X> = X & { a: A };\nconst f = (one: T) => publish(one.a);',
      'class S { a: A\n go(b) { publish(b.a); } }',
      'const f = ({ a }: { a: A }) => publish(x.a);',
      'const one: { a: A } = make();\npublish(one.a);',
      'function f(): { a: A } { return publish(x.a); }',
    ];
    for (const code of typed) expect([code, ...(await usesOf(code))]).toEqual([code]);
    expect(await usesOf('const one = { a: A };\npublish(one.a);')).toEqual(['publish a']);
    expect(await usesOf('const one = { deep: { b: 1, a: A } };\npublish(one.deep.a);')).toEqual([
      'publish a',
    ]);
    expect(await usesOf('const f = (one = { a: A }) => publish(one.a);')).toEqual(['publish a']);
  });
});

it('long code takes no more than its length', async () => {
  const lines = Array.from({ length: 3_000 }, (_, place) => `app.publish(e${place % 7}, { e: [${place}] });`);
  const started = process.cpuUsage();
  expect(await usesOf(`const e1 = A;\n${lines.join('\n')}`)).toHaveLength(3_000);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6).toBeLessThan(10);
});
