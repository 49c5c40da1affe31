import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { type Files, makeProject } from '../support/project.js';

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  noLib: true,
  skipLibCheck: true,
};
const target = `export const value = 1;
export class Class { part = 1 }
export interface Shape { readonly part: number }
export type Name = string;
export enum Kind { one = 1 }
export const enum Constant { one = 1 }
export namespace Types { export type T = string }
export namespace Values { export const v = 1 }
export default class {}
export interface Both { readonly part: number }
export const Both = 1;
`;
const names = ['value', 'Class', 'Shape', 'Name', 'Kind', 'Constant', 'Types', 'Values', 'default', 'Both'];
const typeUses = [
  'let u: NAME;',
  'let u: typeof NAME;',
  'export { NAME };',
  'export { NAME as renamed };',
  '',
  'type U = NAME[];',
];
const valueUses: Readonly<Record<string, readonly string[]>> = {
  value: [
    'console.log(NAME);',
    'export default NAME;',
    'const u = { NAME };',
    'function f(NAME: number) { return NAME; }',
  ],
  Class: [
    'new NAME();',
    'class U extends NAME {}',
    'class U implements NAME { part = 1 }',
    'let u: NAME = new NAME();',
  ],
  Shape: ['class U implements NAME { part = 1 }', 'export default NAME;'],
  Name: ['const u = (one: unknown) => one as NAME;', 'type U = { [K in NAME]: 1 };'],
  Kind: ['console.log(NAME.one);', 'let u: NAME.one;'],
  Constant: ['console.log(NAME.one);', 'let u: NAME.one;', 'import U = NAME.one; console.log(U);'],
  Types: ['let u: NAME.T;'],
  Values: ['console.log(NAME.v);', 'import U = NAME.v; console.log(U);', 'import U = NAME.v;'],
  default: ['new NAME();', 'export default NAME;'],
  Both: ['let u: NAME;', 'console.log(NAME);'],
};

const statements = fc
  .uniqueArray(fc.integer({ min: 0, max: names.length - 1 }), { minLength: 1, maxLength: 4 })
  .chain((places) =>
    fc.tuple(
      ...places.map((place) => {
        const name = names[place] ?? '';
        return fc.record({
          name: fc.constant(name),
          isMarked: fc.boolean(),
          use: fc.constantFrom(...typeUses, ...(valueUses[name] ?? [])),
          form: fc.constantFrom('import', 'together', 'reexport'),
        });
      }),
    ),
  );

it('imports are elided as the compiler elides them, with each of its options', async () => {
  await fc.assert(
    fc.asyncProperty(
      statements,
      fc.constantFrom(
        {},
        { isolatedModules: true },
        { verbatimModuleSyntax: true },
        { preserveConstEnums: true },
      ),
      async (parts, options) => {
        const files = {
          'a.ts': codeOf(parts),
          'b.ts': target,
          'tsconfig.json': JSON.stringify({ compilerOptions: options }),
        };
        const root = makeProject(files);
        const { edges } = await readProject(root);
        const kept = edges.filter(({ from, isTypeOnly }) => from === 'a.ts' && !isTypeOnly);
        expect(kept.map(({ specifier }) => specifier)).toEqual(emitted(root, files, options));
      },
    ),
    { numRuns: 150 },
  );
});

interface Part {
  readonly name: string;
  readonly isMarked: boolean;
  readonly use: string;
  readonly form: string;
}

/** Each import has a specifier of its own, so that it is known again. */
function codeOf(parts: readonly Part[]): string {
  const together = parts.filter(({ form }) => form === 'together').map(bindingOf);
  const lines = together.length > 0 ? [`import { ${together.join(', ')} } from './b';`] : [];
  const body: string[] = [];
  for (const [place, part] of parts.entries()) {
    const specifier = `./${'./'.repeat(place)}b.js`;
    if (part.form === 'reexport') {
      lines.push(
        `export { ${part.isMarked ? 'type ' : ''}${part.name} as passed${place} } from '${specifier}';`,
      );
      continue;
    }
    if (part.form === 'import') lines.push(`import { ${bindingOf(part)} } from '${specifier}';`);
    const isValue = part.isMarked || part.use.includes('export default') ? typeUses[0] : part.use;
    body.push(`{ ${isBlock(isValue ?? '') ? (isValue ?? '').replaceAll('NAME', localOf(part)) : ''} }`);
    if (!isBlock(isValue ?? ''))
      body.push(
        (isValue ?? '')
          .replaceAll('NAME', localOf(part))
          .replace('renamed', `r${place}`)
          .replace(/\bU\b/g, `U${place}`),
      );
  }
  return [...lines, ...body, 'export {};', ''].join('\n');
}

function isBlock(use: string): boolean {
  return !/^(?:export|import)/.test(use);
}

function bindingOf({ name, isMarked }: Part): string {
  const mark = isMarked ? 'type ' : '';
  return name === 'default' ? `${mark}default as Default` : `${mark}${name}`;
}

function localOf({ name }: Part): string {
  return name === 'default' ? 'Default' : name;
}

function emitted(root: string, files: Files, options: ts.CompilerOptions): readonly string[] {
  const found: string[] = [];
  const host = ts.createCompilerHost(compilerOptions);
  let code = '';
  host.writeFile = (path, text) => {
    if (path.endsWith('a.js')) code = text;
  };
  const program = ts.createProgram([join(root, 'a.ts')], { ...compilerOptions, ...options }, host);
  program.emit();
  expect(readFileSync(join(root, 'a.ts'), 'utf8')).toBe(files['a.ts']);
  for (const statement of ts.createSourceFile('a.js', code, ts.ScriptTarget.ESNext).statements) {
    const isOne = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    const specifier = isOne ? statement.moduleSpecifier : undefined;
    if (specifier !== undefined && ts.isStringLiteral(specifier)) found.push(specifier.text);
  }
  return found;
}
