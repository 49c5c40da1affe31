import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from './source/repository.js';

const COMMAND = join(root, 'packages/cli/dist/main.js');

/** The architecture is held by the project's own command, as mortar.config.json says it. */
describe('the repository', () => {
  let checked: Ended;

  beforeAll(() => {
    checked = mortar('check', '--json');
  }, 120_000);

  it('is built as mortar.config.json says', () => {
    const { violations } = JSON.parse(checked.stdout);
    expect(
      violations.map(({ path, line, rule, message }: Violation) => `${path}:${line} ${rule}: ${message}`),
    ).toEqual([]);
    expect(checked.code).toBe(0);
  });

  it('is read as a whole', () => {
    const { summary, modules } = JSON.parse(checked.stdout);
    expect(summary.files).toBeGreaterThan(500);
    const names: string[] = modules.map(({ id }: { id: string }) => id);
    expect(names).toEqual(expect.arrayContaining(areas().map((area) => `mortar/${area}`)));
    expect(names).toEqual(expect.arrayContaining(['@mortar/boundaries', '@mortar/cli', '@mortar/sqlite']));
  });

  it('has a line for each area of the kernel, which says what it may use', () => {
    const text = readFileSync(join(root, 'mortar.config.json'), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
    const rules: readonly DependencyRule[] = JSON.parse(text).dependencies;
    const granted = new Set(rules.filter(({ allow }) => allow !== undefined).flatMap(({ from }) => from));
    expect(areas().filter((area) => !granted.has(`mortar/${area}`))).toEqual([]);
  });

  it('finds a violation of every rule, and of every part of the configuration, that is planted', () => {
    const { code, stdout } = mortar('check', '--self-test', '--json');
    const { results, missed } = JSON.parse(stdout);
    expect({ code, missed }).toEqual({ code: 0, missed: 0 });
    expect(results.filter(({ where }: { where: string }) => where === 'project').length).toBeGreaterThan(15);
  });
});

describe('what would be wrong here', () => {
  it.each([
    ['packages/mortar/src/bus/outcome.ts', 'packages/mortar/src/delivery/store.ts', 'dependencies'],
    ['packages/mortar/src/errors/check.ts', 'packages/mortar/src/contracts/index.ts', 'dependencies'],
    ['packages/mortar/src/modules/module.ts', 'packages/mortar/src/app.ts', 'dependencies'],
    ['packages/mortar/src/memory/store.ts', 'packages/mortar/src/bus/internal/alarm.ts', 'private-folder'],
    ['packages/sqlite/src/store.ts', 'packages/mortar/src/bus/priority-lanes.ts', 'package-exports'],
    ['examples/01-shop/src/main.ts', 'packages/mortar/src/index.ts', undefined],
    ['packages/mortar/src/bus/outcome.ts', 'packages/mortar/src/errors/index.ts', undefined],
  ])('%s imports %s: %s', (from, to, rule) => {
    const { code, stdout } = mortar('explain', from, to, '--json');
    const { broken } = JSON.parse(stdout);
    if (rule === undefined) expect({ code, broken }).toEqual({ code: 0, broken: [] });
    else expect(broken.map((one: Violation) => one.rule)).toContain(rule);
  });
});

interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

interface DependencyRule {
  readonly from: readonly string[];
  readonly allow?: readonly string[];
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

function mortar(...args: readonly string[]): Ended {
  const { status, stdout } = spawnSync(process.execPath, [COMMAND, ...args], { cwd: root, encoding: 'utf8' });
  return { code: status, stdout };
}

/** The folders of the kernel's sources; app.ts is of app/, and index.ts of the package itself. */
function areas(): string[] {
  const entries = readdirSync(join(root, 'packages/mortar/src'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
