// A monorepo of any size, the same each time it is made, with faults that are known.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES_OF_A_PACKAGE = 100;
/** One package in so many has a cycle of its files, and one reaches past the exports of another. */
const CYCLE_EVERY = 10;
const BYPASS_EVERY = 5;

/**
 * What was planted.
 * @typedef {object} Planted
 * @property {number} files
 * @property {number} cycles of files
 * @property {number} bypasses imports past the exports of another package
 */

/**
 * @param {string} root an empty folder
 * @param {number} count how many files of code, in hundreds
 * @returns {Planted}
 */
export function makeMonorepo(root, count) {
  const packages = Math.ceil(count / FILES_OF_A_PACKAGE);
  writeFileSync(
    join(root, 'package.json'),
    text({ name: 'acme', private: true, workspaces: ['packages/*'] }),
  );
  writeFileSync(
    join(root, 'tsconfig.json'),
    text({ compilerOptions: { module: 'nodenext', target: 'es2023', strict: true } }),
  );
  mkdirSync(join(root, 'node_modules/@acme'), { recursive: true });
  for (let number = 0; number < packages; number += 1) makePackage(root, number);
  return {
    files: packages * FILES_OF_A_PACKAGE,
    cycles: Math.ceil(packages / CYCLE_EVERY),
    bypasses: Math.ceil(packages / BYPASS_EVERY) - 1,
  };
}

/**
 * @param {string} root
 * @param {number} number
 */
function makePackage(root, number) {
  const folder = join(root, 'packages', `p${number}`);
  mkdirSync(join(folder, 'src'), { recursive: true });
  const uses = [number - 1, number - 7].filter((other) => other >= 0);
  const dependencies = Object.fromEntries(uses.map((other) => [`@acme/p${other}`, '*']));
  writeFileSync(
    join(folder, 'package.json'),
    text({ name: `@acme/p${number}`, type: 'module', exports: { '.': './src/index.ts' }, dependencies }),
  );
  // As npm installs a workspace; tools that know no workspaces find the packages by it.
  symlinkSync(join('..', '..', 'packages', `p${number}`), join(root, 'node_modules/@acme', `p${number}`));
  for (let file = 0; file < FILES_OF_A_PACKAGE; file += 1) {
    const name = file === 0 ? 'index' : `file-${file}`;
    writeFileSync(join(folder, 'src', `${name}.ts`), sourceOf(number, file, uses));
  }
}

/**
 * Some 2.5 kB. Imports go to files with higher numbers, and to packages with lower ones, but for what is planted.
 * @param {number} number of the package
 * @param {number} file
 * @param {readonly number[]} uses
 */
function sourceOf(number, file, uses) {
  const inner = [file + 1, file + 3, file * 2 + 1].filter((other) => other < FILES_OF_A_PACKAGE);
  const lines = [...new Set(inner)].map(
    (other) => `import { value${other}, type Shape${other} } from './file-${other}.js';`,
  );
  if (file % 9 === 4)
    for (const other of uses)
      lines.push(`import { value0 as of${other}, Shape0 as Of${other} } from '@acme/p${other}';`);
  if (number % CYCLE_EVERY === 0 && file === 50)
    lines.push(`import { value20 as round } from './file-20.js';`);
  if (number % BYPASS_EVERY === 0 && number > 0 && file === 30) {
    lines.push(`import { value60 as past } from '../../p${number - 1}/src/file-60.js';`);
  }
  return [...lines, '', ...bodyOf(number, file, [...new Set(inner)], uses)].join('\n');
}

/**
 * @param {number} number
 * @param {number} file
 * @param {readonly number[]} inner
 * @param {readonly number[]} uses
 */
function bodyOf(number, file, inner, uses) {
  const isUser = file % 9 === 4;
  const lines = [
    `/** What file ${file} of package ${number} is about; it isn't "import './x'" that is meant. */`,
    `export interface Shape${file} {`,
    '  readonly name: string;',
    ...inner.map((other) => `  readonly part${other}?: Shape${other};`),
    ...(isUser ? uses.map((other) => `  readonly of${other}?: Of${other};`) : []),
    '}',
    '',
    `export const value${file} = ${['1', ...inner.map((other) => `value${other}`), ...(isUser ? uses.map((other) => `of${other}`) : [])].join(' + ')};`,
    '',
  ];
  if (number % CYCLE_EVERY === 0 && file === 50) lines.push('export const rounded = () => round;', '');
  if (number % BYPASS_EVERY === 0 && number > 0 && file === 30)
    lines.push('export const passed = () => past;', '');
  for (let part = 0; part < 5; part += 1) lines.push(...functionOf(file, part));
  return lines;
}

/**
 * @param {number} file
 * @param {number} part
 */
function functionOf(file, part) {
  return [
    `// The ${part}. part: strings, templates and regular expressions, so that a scanner has something to do.`,
    `export function work${file}x${part}(shape: Shape${file}, count = ${part}): string {`,
    `  const pattern = /(?:from|import)\\s+['"]([^'"]+)['"]/g;`,
    '  const found: string[] = [];',
    '  for (let at = 0; at < count; at += 1) {',
    `    const name = \`\${shape.name}/\${at % 2 === 0 ? \`even-\${at}\` : "odd"}\`;`,
    '    if (pattern.test(name) || name.length / 2 > count) found.push(name.replace(/\\//g, "-"));',
    '  }',
    "  return found.length === 0 ? 'none' : found.join(', ');",
    '}',
    '',
  ];
}

/** @param {unknown} value */
function text(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
