// Runs the forms that an import may take against peers, and writes a table: `node bench/suites/check/forms.mjs`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readProject } from '@mortar/boundaries';

const require = createRequire(import.meta.url);
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const fixture = new URL('../../../packages/boundaries/test/fixtures/forms.json', import.meta.url);

/**
 * @typedef {object} Form
 * @property {string} name
 * @property {string} file
 * @property {Record<string, string>} files
 * @property {readonly string[]} edges
 */

/** @type {readonly Form[]} */
const forms = JSON.parse(readFileSync(fixture, 'utf8'));
const tools = [
  ['Mortar', readWithMortar],
  ['dependency-cruiser', readWithCruiser],
  ['madge', readWithMadge],
  ['Sheriff', readWithSheriff],
];

for (const form of forms) {
  const root = mkdtempSync(join(tmpdir(), 'mortar-forms-'));
  try {
    write(root, form.files);
    const expected = expectedOf(form);
    const cells = [];
    for (const [, read] of tools)
      cells.push(verdict(expected, await /** @type {any} */ (read)(root, form.file)));
    process.stdout.write(`| ${form.name.replaceAll('|', '\\|')} | ${cells.join(' | ')} |\n`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * @param {string} root
 * @param {Record<string, string>} files
 */
function write(root, files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/**
 * The files that the form leads to: all, and those that are there when the code runs.
 * @param {Form} form
 */
function expectedOf({ edges }) {
  const found = edges.flatMap((line) => {
    const target = / → (?:asset )?(\S+) \{[^}]*\}( type)?$/.exec(line);
    if (target === null || target[1] === 'unresolved') return [];
    return [{ path: target[1] ?? '', isTypeOnly: target[2] !== undefined }];
  });
  const runtime = found.filter(({ isTypeOnly }) => !isTypeOnly).map(({ path }) => path);
  return { all: unique(found.map(({ path }) => path)), runtime: unique(runtime) };
}

/**
 * @param {{ all: readonly string[], runtime: readonly string[] }} expected
 * @param {readonly string[] | string} found
 */
function verdict({ all, runtime }, found) {
  if (typeof found === 'string') return found;
  const has = (/** @type {readonly string[]} */ paths) => paths.every((path) => found.includes(path));
  const extra = found.filter((path) => !all.includes(path));
  if (extra.length > 0) return `finds ${extra.join(', ')}`;
  if (has(all)) return 'yes';
  return has(runtime) ? 'not the types' : 'no';
}

/** @param {readonly string[]} paths */
function unique(paths) {
  return [...new Set(paths)].sort();
}

/**
 * @param {string} root
 * @param {string} file
 */
async function readWithMortar(root, file) {
  const { edges } = await readProject(root);
  return unique(
    edges.flatMap(({ from, to }) =>
      from === file && (to.kind === 'file' || to.kind === 'asset') ? [to.path] : [],
    ),
  );
}

/**
 * @param {string} root
 * @param {string} file
 */
function readWithCruiser(root, file) {
  const config = join(root, '.dependency-cruiser.json');
  const isConfigured = existsSync(join(root, 'tsconfig.json'));
  const options = {
    tsPreCompilationDeps: true,
    detectJSDocImports: true,
    moduleSystems: ['es6', 'cjs', 'amd', 'tsd'],
    ...(isConfigured ? { tsConfig: { fileName: 'tsconfig.json' } } : {}),
  };
  writeFileSync(config, JSON.stringify({ options }));
  const program = join(modules, 'dependency-cruiser/bin/dependency-cruise.mjs');
  const answer = run(root, [program, '--config', config, '--output-type', 'json', file]);
  if (answer === undefined) return 'fails';
  /** @type {{ modules: readonly { source: string, dependencies: readonly { resolved: string, couldNotResolve: boolean, coreModule: boolean }[] }[] }} */
  const { modules: found } = JSON.parse(answer);
  const own = found.find(({ source }) => source === file);
  return unique(
    (own?.dependencies ?? []).flatMap((one) => (one.couldNotResolve || one.coreModule ? [] : [one.resolved])),
  );
}

/**
 * @param {string} root
 * @param {string} file
 */
async function readWithMadge(root, file) {
  const madge = require('madge');
  const config =
    file.endsWith('.vue') || file.endsWith('.svelte') ? {} : { detectiveOptions: { ts: {}, tsx: {} } };
  try {
    const found = await madge(join(root, file), {
      baseDir: root,
      fileExtensions: ['ts', 'tsx', 'cts', 'js', 'cjs', 'mjs', 'vue', 'svelte'],
      ...config,
    });
    return unique(found.obj()[file] ?? []);
  } catch {
    return 'fails';
  }
}

/**
 * @param {string} root
 * @param {string} file
 */
function readWithSheriff(root, file) {
  if (!/\.tsx?$/.test(file)) return 'reads only TypeScript';
  const config = join(root, 'tsconfig.json');
  if (!existsSync(config)) writeFileSync(config, '{ "compilerOptions": { "jsx": "preserve" } }\n');
  const program = join(modules, '@softarc/sheriff-core/src/bin/main.js');
  const answer = run(root, [program, 'export', file]);
  if (answer === undefined) return 'fails';
  try {
    /** @type {Record<string, { imports: readonly string[] }>} */
    const found = JSON.parse(answer);
    return unique(
      (found[file]?.imports ?? []).map((path) => (path.startsWith('/') ? relative(root, path) : path)),
    );
  } catch {
    return 'fails';
  }
}

/**
 * @param {string} root
 * @param {readonly string[]} args
 */
function run(root, args) {
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, timeout: 60_000 });
  return status === 0 ? stdout.toString('utf8') : undefined;
}
