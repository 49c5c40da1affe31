import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { type Files, makeProject, writeFiles } from '../support/project.js';

const files: Files = {
  'package.json': '{ "dependencies": { "mortar": "1" } }',
  'contract.ts': `import { event } from 'mortar';
export const A = event('shop.a', {});
export const B = event('shop.b', {});
export const all = [A, B];
export const table = { A, B };
`,
};
const IMPORTS =
  "import * as contract from './contract.js';\nimport { A, all, B, table } from './contract.js';\n";

/** A value that may be the event A, in each of the forms that code has for it. */
const { value } = fc.letrec<{ value: string; plain: string }>((tie) => ({
  plain: fc.constantFrom(
    'A',
    'contract.A',
    "contract['A']",
    'all[0]',
    'all.at(0)',
    'table.A',
    'table[key]',
    'contract[key]',
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('plain'),
    tie('value').map((one) => `(${one})`),
    tie('value').map((one) => `${one}!`),
    tie('value').map((one) => `(${one} as any)`),
    tie('value').map((one) => `(isNew ? ${one} : B)`),
    tie('value').map((one) => `(isNew ? B : ${one})`),
    tie('value').map((one) => `(${one} ?? B)`),
    tie('value').map((one) => `(isNew && ${one})`),
    tie('value').map((one) => `[${one}][0]`),
    tie('value').map((one) => `pick(${one}, 1)`),
    tie('value').map((one) => `pick({ a: ${one} })`),
  ),
}));

/** Code that publishes what a value is. */
const publishing = fc.constantFrom<(value: string) => string>(
  (one) => `app.publish(${one}, {});`,
  (one) => `await context.publish(\n  ${one},\n  {},\n);`,
  (one) => `app.publish.call(app, ${one}, {});`,
  (one) => `const { publish } = app; publish(${one}, {});`,
  (one) => `const { publish: send } = app; send(${one}, {});`,
  (one) => `const e = ${one};\napp.publish(e, {});`,
  (one) => `let e; e = ${one};\napp.publish(e, {});`,
  (one) => `const e = ${one}; const f = e;\napp.publish(f, {});`,
  (one) => `const list = [${one}];\nfor (const e of list) app.publish(e, {});`,
  (one) => `for (const e of [B, ${one}]) { app.publish(e, {}); }`,
  (one) => `const own = { one: ${one} };\napp.publish(own[key], {});`,
  (one) => `const own = { one: ${one} };\nfor (const e of Object.values(own)) app.publish(e, {});`,
  (one) => `class S { private readonly e = ${one}; go() { return this.app.publish(this.e, {}); } }`,
  (one) => `class S { e; constructor() { this.e = ${one}; } go() { return this.app.publish(this.e, {}); } }`,
  (one) => `const announce = (e = ${one}) => app.publish(e, {});`,
  (one) => `const list = [${one}];\nlist.forEach(app.publish);`,
  (one) => `const list = [${one}];\nlist.forEach(async (e, index) => { await app.publish(e, { index }); });`,
);

/** What makes no difference to what stands around it. */
const around = fc.constantFrom<(code: string) => string>(
  (code) => code,
  (code) => `export async function go() {\n${code}\n}`,
  (code) => `module.handle(Do, async (context) => {\n${code}\n});`,
  (code) => `if (isNew) {\n${code}\n}`,
  (code) => `const r = /'/; // publish(B)\n${code}`,
);

it('an event that is sent is known or told, whatever form it has', async () => {
  const root = makeProject(files);
  await fc.assert(
    fc.asyncProperty(value, publishing, around, async (one, publish, wrap) => {
      writeFiles(root, { 'a.ts': `${IMPORTS}${wrap(publish(one))}\n` });
      const { uses, diagnostics } = await readProject(root);
      const found = uses.filter(({ role }) => role === 'publish').map(({ name }) => name);
      expect(diagnostics).toEqual([]);
      expect(found.includes('shop.a') || found.includes(undefined)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

it('and most of them are known', async () => {
  const root = makeProject(files);
  const counts = { known: 0, told: 0 };
  await fc.assert(
    fc.asyncProperty(value, publishing, around, async (one, publish, wrap) => {
      writeFiles(root, { 'a.ts': `${IMPORTS}${wrap(publish(one))}\n` });
      const { uses } = await readProject(root);
      if (uses.some(({ role, name }) => role === 'publish' && name === 'shop.a')) counts.known += 1;
      else counts.told += 1;
    }),
    { numRuns: 200 },
  );
  expect(counts.known).toBeGreaterThan(counts.told * 5);
});
