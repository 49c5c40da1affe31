import { beforeEach, describe, expect, it } from 'vitest';
import { type BoundaryRules, rulesFrom } from '../../src/config/load-rules.js';
import { drawGraph, drawingFormats } from '../../src/drawing/draw-graph.js';
import { pictureOf } from '../../src/drawing/picture.js';
import type { ProjectGraph } from '../../src/graph/project-graph.js';
import { readProject } from '../../src/graph/read-project.js';
import { format, reportFormats } from '../../src/report/format.js';
import { checkProject } from '../../src/rules/check-project.js';
import type { CheckResult } from '../../src/rules/violation.js';
import { whatIfMove } from '../../src/rules/what-if.js';
import { type Files, makeProject } from '../support/project.js';
import { lines, manifest } from './checked.js';

const STRANGE = 'src/billing/a "b"<script>&%2c,;`$(x)`]]>.ts';
const project: Files = {
  'package.json': manifest('acme'),
  'src/shop/contract.ts':
    '\uFEFFexport interface Order { readonly id: string }\r\nexport function total() { return 1; }\r\n',
  'src/shop/module.ts': "import './contract.js';\n",
  'src/shop/book.ts': 'export const book = 1;\n',
  'src/billing/contract.ts': "export type { Order } from '../shop/contract.js';\n",
  'src/billing/module.ts': "import './contract.js';\nimport '../shop/contract.js';\n",
  [STRANGE]: "// 𝒳 and ü\nconst u = '𝒳ü'; import { book } from '../shop/book.js'; u + book;\n",
  'src/mail/module.ts': "import './contract.js';\n",
  'src/mail/contract.ts': "import '../billing/contract.js';\n",
  'src/gone.ts': "import './nowhere.js';\nimport './billing/contract.js';\nimport './mail/contract.js';\n",
};

let graph: ProjectGraph;
let rules: BoundaryRules;
let result: CheckResult;

beforeEach(async () => {
  graph = { ...(await readProject(makeProject(project))) };
  rules = rulesFrom({});
  result = checkProject(graph, rules);
});

const parsed = (as: 'json' | 'sarif' | 'gitlab', prefix = ''): ReturnType<typeof JSON.parse> =>
  JSON.parse(format(result, as, { prefix }));

/** Path, line and column of each violation, sorted. */
const places = (): string[] => result.violations.map(({ path, line }) => `${path}:${line}`).sort();

describe('every format tells the same of a real folder', () => {
  it('which has these violations', () => {
    expect(lines(result.violations)).toEqual([
      `${STRANGE}:2 contract-only billing → shop`,
      'src/gone.ts:1 unresolved-import acme → ./nowhere.js',
      'src/shop/contract.ts:2 contract-content shop → shop',
    ]);
  });
  it('json', () => {
    const { violations } = parsed('json');
    expect(violations.map((one: { path: string; line: number }) => `${one.path}:${one.line}`).sort()).toEqual(
      places(),
    );
  });
  it('sarif', () => {
    const [{ results }] = parsed('sarif').runs;
    const told = results.map(
      ({ locations: [{ physicalLocation }] }: ReturnType<typeof JSON.parse>) =>
        `${decodeURIComponent(physicalLocation.artifactLocation.uri)}:${physicalLocation.region.startLine}`,
    );
    expect(told.sort()).toEqual(places());
  });
  it('gitlab', () => {
    const told = parsed('gitlab').map(
      ({ location }: ReturnType<typeof JSON.parse>) => `${location.path}:${location.lines.begin}`,
    );
    expect(told.sort()).toEqual(places());
  });
  it('github', () => {
    const unescaped = (text: string): string =>
      text.replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%0A', '\n').replaceAll('%25', '%');
    const told = [...format(result, 'github').matchAll(/^::\w+ file=([^,]*),line=(\d+)/gm)].map(
      ([, path = '', line]) => `${unescaped(path)}:${line}`,
    );
    expect(told.sort()).toEqual(places());
  });
  it('junit', () => {
    const xml = format(result, 'junit');
    expect(xml.match(/<testcase /g)?.length).toBeGreaterThanOrEqual(3);
    expect(xml.match(/<failure /g)).toHaveLength(result.errors);
    expect(xml).not.toContain('<script>');
  });
  it('markdown and pretty', () => {
    for (const as of ['markdown', 'pretty'] as const) {
      const text = format(result, as);
      for (const { rule } of result.violations) expect(text).toContain(rule);
    }
  });
  it.each(reportFormats)('%s is the same for the same folder', async (as) => {
    const again = checkProject(await readProject(makeProject(project)), rules);
    expect(format(again, as)).toBe(format(result, as));
  });
  it('columns count in UTF-16 units, and the frame points at the place', () => {
    const [violation] = result.violations;
    const line = "const u = '𝒳ü'; import { book } from '../shop/book.js'; u + book;";
    expect(violation?.column).toBe(line.indexOf("'../shop/book.js'") + 1);
    expect(violation?.frame?.lines[1]).toBe(line);
    expect(line.slice((violation?.frame?.column ?? 0) - 1)).toMatch(/^'\.\.\/shop/);
  });
  it('a byte order mark and Windows line ends are no part of the frame', () => {
    const violation = result.violations.find(({ rule }) => rule === 'contract-content');
    expect(violation?.frame?.lines).toEqual([
      'export interface Order { readonly id: string }',
      'export function total() { return 1; }',
      '',
    ]);
  });
});

describe('drawings of a real folder', () => {
  const nodes = (text: string, pattern: RegExp): string[] => [
    ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
  ];
  it('the picture has modules, their links, and no link of a file with itself', () => {
    const picture = pictureOf(graph, rules);
    expect(picture.modules.map(({ id }) => id)).toEqual(['acme', 'billing', 'mail', 'shop']);
    expect(picture.links.map(({ from, to }) => `${from} → ${to}`)).toEqual(
      expect.arrayContaining(['billing → shop', 'mail → billing']),
    );
    for (const { from, to } of picture.links) expect(from).not.toBe(to);
  });
  it('every node that a link names is drawn, also of a package without sources', async () => {
    const files: Files = {
      'package.json': JSON.stringify({ name: 'root', workspaces: ['packages/*'] }),
      'packages/a/package.json': manifest('a', { exports: './src/index.ts', dependencies: { b: '*' } }),
      'packages/a/src/index.ts': "import 'b';\n",
      'packages/b/package.json': manifest('b', { exports: './dist/index.js' }),
    };
    const bare = await readProject(makeProject(files));
    const dot = drawGraph(bare, rules, 'dot');
    const linked = [...dot.matchAll(/(m\d+) -> (m\d+)/g)].flatMap(([, from = '', to = '']) => [from, to]);
    expect(linked.length).toBeGreaterThan(0);
    expect(nodes(dot, /(m\d+) \[label="[^"]/g)).toEqual(expect.arrayContaining([...new Set(linked)]));
    const mermaid = drawGraph(bare, rules, 'mermaid');
    const drawn = nodes(mermaid, /^\s*(m\d+)\["/gm);
    const named = [...mermaid.matchAll(/(m\d+) -{1,2}\.?->.*\| (m\d+)/g)].flatMap(
      ([, from = '', to = '']) => [from, to],
    );
    expect(drawn).toEqual(expect.arrayContaining([...new Set(named)]));
  });
  it.each(drawingFormats)('%s is the same for the same folder', async (as) => {
    expect(drawGraph(await readProject(makeProject(project)), rules, as)).toBe(drawGraph(graph, rules, as));
  });
  it('a page is safe against the names in it', () => {
    const page = drawGraph(graph, rules, 'html');
    expect(page).not.toContain('a "b"<script>');
    expect(page.match(/<script/g)?.length).toBe(page.match(/<\/script>/g)?.length);
  });
});

describe('what a move would do in a real folder', () => {
  it('takes the reach away where the file comes to what it reaches', () => {
    const { added, removed, path, rewritten } = whatIfMove(graph, rules, STRANGE, 'shop');
    expect(path).toBe(STRANGE.replace('billing', 'shop'));
    expect(lines(removed)).toEqual([`${STRANGE}:2 contract-only billing → shop`]);
    expect(added).toEqual([]);
    expect(rewritten.map(({ before, after }) => [before, after])).toEqual([['../shop/book.js', './book.js']]);
  });
  it('brings one where what is reached goes away', () => {
    const { added, removed } = whatIfMove(graph, rules, 'src/shop/book.ts', 'mail');
    expect(lines(removed)).toEqual([`${STRANGE}:2 contract-only billing → shop`]);
    // Mail uses the contract of billing already.
    expect(lines(added)).toEqual([
      `${STRANGE}:2 contract-only billing → mail`,
      `${STRANGE}:2 module-cycle billing → mail`,
    ]);
  });
  it('says what a check says after the move was made', async () => {
    const moved = whatIfMove(graph, rules, 'src/shop/book.ts', 'mail');
    const after: Record<string, string | Uint8Array> = {
      ...project,
      [moved.path]: project['src/shop/book.ts'] ?? '',
    };
    Reflect.deleteProperty(after, 'src/shop/book.ts');
    const edit = moved.rewritten[0];
    expect(edit?.path).toBe(STRANGE);
    after[STRANGE] = String(project[STRANGE]).replace(edit?.before ?? '', edit?.after ?? '');
    const real = lines(checkProject(await readProject(makeProject(after)), rules).violations);
    const before = lines(result.violations).filter((one) => !lines(moved.removed).includes(one));
    expect(real.sort()).toEqual([...before, ...lines(moved.added)].sort());
  });
});
