import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { updatedBaseline } from '../../src/baseline/matching.js';
import { format, reportFormats } from '../../src/report/format.js';
import type { CheckResult } from '../../src/rules/violation.js';
import { from, type Given, judge } from '../rules/judged.js';
import { sarifSchema } from './sarif-schema.js';

const HOSTILE = 'src/billing/a "b"<c>&,:%\n\u001b[2J|`$(x)`]]>.ts';
const contracts = {
  'src/orders/contract.ts': '',
  'src/orders/module.ts': '',
  'src/billing/contract.ts': '',
  'src/billing/module.ts': '',
};
const given: Given = {
  files: {
    ...contracts,
    'src/billing/a.ts':
      "import { z } from 'zod';\n\timport { Book } from '../orders/book.js';\r\nexport const a = new Book();\n",
  },
  imports: [
    from('src/billing/a.ts', 'src/orders/book.ts', { line: 2, column: 23 }),
    from('src/billing/a.ts', 'src/orders/book.ts', { line: 3, column: 1 }),
    from(HOSTILE, 'src/orders/book.ts'),
    from('src/x.ts', 'src/y.ts'),
    from('src/y.ts', 'src/x.ts'),
  ],
};
const result = judge(given);
const clean = judge({ files: ['src/a.ts'] });
const parsed = (
  as: 'json' | 'sarif' | 'gitlab',
  of: CheckResult = result,
  prefix = '',
): ReturnType<typeof JSON.parse> => JSON.parse(format(of, as, { prefix }));

it('the sample has errors, warnings and a circle', () => {
  expect([result.errors, result.warnings]).toEqual([4, 2]);
});

describe('pretty', () => {
  const pretty = format(result, 'pretty');
  it('shows the place, the code, why, and what instead', () => {
    expect(pretty).toContain(`src/billing/a.ts:2:23 error contract-only
  billing reaches into orders, past its src/orders/contract.ts: src/orders/book.ts is internal to it.

    1 | import { z } from 'zod';
  > 2 | \timport { Book } from '../orders/book.js';
      | \t                     ^
    3 | export const a = new Book();

  between  billing → orders (import)
  why      What others may import is a promise;`);
    expect(pretty).toMatch(
      / {2}instead {2}Import from src\/orders\/contract.ts; if what you need is not there/,
    );
  });
  it('ends with how much there is', () => {
    expect(pretty).toMatch(/\n4 errors and 2 warnings: 3 modules and 9 files checked\.\n$/);
    expect(format(clean, 'pretty')).toBe('No violations: 1 module and 1 file checked.\n');
  });
  it('has no colours unless asked, and no control characters of others ever', () => {
    expect(pretty).not.toContain('\u001b');
    expect(pretty).toContain('\\u000a\\u001b[2J');
    const coloured = format(result, 'pretty', { colour: true });
    expect(coloured).toContain('\u001b[31merror\u001b[39m');
    expect(coloured).not.toContain('\u001b[2J');
  });
  it('says how many of each rule there are where there are many', () => {
    const imports = Array.from({ length: 12 }, (_, line) =>
      from('src/billing/a.ts', 'src/orders/book.ts', { line: line + 1 }),
    );
    expect(format(judge({ files: contracts, imports }), 'pretty')).toMatch(/\n {6}12 {2}contract-only\n/);
  });
  it('shortens a line of ten million characters around its place', () => {
    const long = `${'x'.repeat(5_000_000)}import${'y'.repeat(5_000_000)}`;
    const files = { ...contracts, 'src/billing/a.ts': long };
    const [violation] = judge({
      files,
      imports: [from('src/billing/a.ts', 'src/orders/book.ts', { column: 5_000_001 })],
    }).violations;
    expect(violation?.frame?.lines.map((line) => line.length)).toEqual([160]);
    expect(violation?.frame?.lines[0]?.slice((violation.frame.column ?? 0) - 1)).toMatch(/^importy/);
  });
});

describe('json', () => {
  it('is stable, and has all that is known', () => {
    const { formatVersion, summary, violations, modules } = parsed('json');
    expect(formatVersion).toBe(1);
    expect(summary).toEqual({
      errors: 4,
      warnings: 2,
      baselined: 0,
      excepted: 0,
      elsewhere: 0,
      files: 9,
      edges: 5,
      modules: 3,
    });
    expect(Object.keys(violations[1]).sort()).toEqual(
      [
        'column',
        'fingerprint',
        'frame',
        'from',
        'key',
        'kind',
        'line',
        'message',
        'path',
        'route',
        'rule',
        'severity',
        'target',
        'to',
        'why',
      ].sort(),
    );
    expect(violations.find((one: { rule: string }) => one.rule === 'file-cycle').cycle.members).toEqual([
      'src/x.ts',
      'src/y.ts',
    ]);
    expect(modules.map((one: { id: string }) => one.id)).toEqual(['(root)', 'billing', 'orders']);
  });
});

describe('sarif', () => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(sarifSchema);
  it.each([
    ['violations', parsed('sarif')],
    ['nothing', parsed('sarif', clean)],
  ])('of %s is valid', (_, log) => {
    validate(log);
    expect(validate.errors).toBeNull();
  });
  it('has from, to and kind as fields', () => {
    const [{ results }] = parsed('sarif').runs;
    expect(results.map((one: { properties: object }) => one.properties)).toEqual(
      result.violations.map(({ from: start, to, kind, why, route }) => ({
        from: start,
        to,
        kind,
        why,
        route,
      })),
    );
  });
  it('names the rule by its place in the list', () => {
    const [{ results, tool }] = parsed('sarif').runs;
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });
  it('has a fingerprint for each result, which lines do not change', () => {
    const prints = (log: { runs: { results: { partialFingerprints: object }[] }[] }): unknown[] =>
      (log.runs[0]?.results ?? []).map((one) => one.partialFingerprints);
    const moved = {
      ...given,
      imports: (given.imports ?? []).map((one) => ({ ...one, line: (one.line ?? 1) + 40 })),
    };
    expect(new Set(prints(parsed('sarif')).map((one) => JSON.stringify(one))).size).toBe(
      result.violations.length,
    );
    expect(prints(parsed('sarif', judge(moved)))).toEqual(prints(parsed('sarif')));
  });
  it('shows what the baseline and exceptions cover as suppressed', () => {
    const baseline = updatedBaseline(
      undefined,
      result.violations.filter(({ rule }) => rule === 'file-cycle'),
      { owner: 'a', reason: 'b', expires: '2099-01-01' },
      () => false,
    );
    const log = parsed('sarif', judge(given, {}, { baseline }));
    validate(log);
    expect(validate.errors).toBeNull();
    expect(
      log.runs[0].results.filter((one: { suppressions?: unknown }) => one.suppressions !== undefined),
    ).toHaveLength(1);
  });
  it('escapes paths, and puts the prefix of the repository before them', () => {
    const uris = parsed('sarif', result, 'apps/shop').runs[0].results.map(
      (one: { locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }) =>
        one.locations[0].physicalLocation.artifactLocation.uri,
    );
    expect(uris).toContain('apps/shop/src/billing/a.ts');
    expect(uris.map(decodeURIComponent)).toContain(`apps/shop/${HOSTILE}`);
  });
});

describe('github', () => {
  const lines = format(result, 'github').split('\n');
  it('is one command a line, and a name can not begin another', () => {
    expect(lines).toHaveLength(result.violations.length + 1);
    for (const line of lines.slice(0, -1))
      expect(line).toMatch(/^::(error|warning) file=[^,:]*,line=\d+,col=\d+,title=mortar [a-z-]+::/);
  });
  it('escapes as the runner reads it', () => {
    const line = lines.find((one) => one.includes('%0A%1B') || one.includes('a "b"')) ?? '';
    const [, file = ''] = /file=([^,]*),/.exec(line) ?? [];
    const read = file
      .replaceAll('%0A', '\n')
      .replaceAll('%0D', '\r')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
    expect(read).toBe(HOSTILE);
  });
  it('escapes what only looks escaped', () => {
    const imports = [from('src/billing/a%0Ab.ts', 'src/orders/book.ts')];
    expect(format(judge({ files: contracts, imports }), 'github')).toContain('file=src/billing/a%250Ab.ts,');
  });
  it('has the prefix of the repository, and is empty where nothing was found', () => {
    expect(format(result, 'github', { prefix: 'apps/shop/' })).toContain(
      'file=apps/shop/src/billing/a.ts,line=2,col=23',
    );
    expect(format(clean, 'github')).toBe('');
  });
});

describe('gitlab', () => {
  it('has all that a code quality report needs, with fingerprints that are unique', () => {
    const issues = parsed('gitlab', result, 'apps');
    expect(issues[1]).toMatchObject({
      check_name: 'contract-only',
      severity: 'major',
      location: { path: 'apps/src/billing/a.ts', lines: { begin: 2 } },
    });
    for (const issue of issues)
      expect(Object.keys(issue)).toEqual(
        expect.arrayContaining(['description', 'check_name', 'fingerprint', 'severity', 'location']),
      );
    expect(new Set(issues.map((one: { fingerprint: string }) => one.fingerprint)).size).toBe(issues.length);
    expect(parsed('gitlab', clean)).toEqual([]);
  });
});

describe('junit', () => {
  const xml = format(result, 'junit');
  it('is well formed, whatever things are called', () => {
    expect(unclosed(xml)).toEqual([]);
    expect(xml).not.toMatch(/(?![\t\n\r])\p{Cc}/u);
    expect(xml).not.toMatch(/<c>|]]>/);
  });
  it('has a suite for each module; errors fail, warnings do not', () => {
    expect(xml).toContain('<testsuites name="mortar check" tests="6" failures="4" errors="0">');
    expect(xml).toContain('<testsuite name="billing" tests="4" failures="3" errors="0">');
    expect(xml.match(/<failure /g)).toHaveLength(4);
    expect(xml.match(/<system-out>/g)).toHaveLength(2);
  });
  it('has only what the schemas of Jenkins take, in their order', () => {
    const taken: Readonly<Record<string, readonly string[]>> = {
      testsuites: ['name', 'tests', 'failures', 'errors'],
      testsuite: ['name', 'tests', 'failures', 'errors'],
      testcase: ['name', 'classname'],
      failure: ['type', 'message'],
      'system-out': [],
    };
    for (const [, name = '', attributes = ''] of xml.matchAll(/<([a-z][\w-]*)((?:\s+[\w-]+="[^"]*")*)/g)) {
      const names = [...attributes.matchAll(/([\w-]+)="/g)].map(([, one]) => one);
      expect({ name, names }).toEqual({ name, names: taken[name] });
    }
  });
  it('passes where nothing was found', () => {
    expect(format(clean, 'junit')).toContain('<testcase name="boundaries" classname="(root)"/>');
  });
});

describe('markdown', () => {
  const markdown = format(result, 'markdown');
  it('has a table for each rule, and rows that stay rows', () => {
    const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.filter((row) => row.includes('billing reaches into orders'))).toHaveLength(3);
    for (const row of rows) expect([4, 5]).toContain(row.match(/\|/g)?.length);
    expect(markdown).toContain('### contract-only (3)');
  });
  it('shows the line of code at each place, and what is between whom', () => {
    expect(markdown).toMatch(
      /\| <code>src\/billing\/a\.ts:2:23<\/code><br><code>import \{ Book \} from '\.\.\/orders\/book\.js';<\/code> \| billing → orders \(import\) \|/,
    );
  });
  it('lets no markup of a name through', () => {
    expect(markdown).not.toMatch(/<c>|`\$\(x\)`|\p{Cc}(?<!\n)/u);
  });
});

it.each(reportFormats)('%s ends with a newline or is empty', (as) => {
  expect(format(result, as)).toMatch(/\n$/);
  expect(format(clean, as)).toMatch(/\n$|^$/);
});

/** Names of elements that are opened and not closed, or closed and not opened, in order. */
function unclosed(xml: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, close, name = '', self] of xml
    .replace(/^<\?xml[^>]*\?>/, '')
    .matchAll(/<(\/?)([\w-]+)(?:\s+[\w-]+="[^"<]*")*\s*(\/?)>|</g)) {
    if (name === '') wrong.push('<');
    else if (close === '/') wrong.push(...(open.pop() === name ? [] : [name]));
    else if (self !== '/') open.push(name);
  }
  return [...wrong, ...open];
}
