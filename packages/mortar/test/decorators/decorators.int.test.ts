import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'mortar-decorators');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** Compiles the fixture under one semantics and runs it; answers with what it printed. */
function compileAndRun(
  semantics: 'legacy' | 'standard',
  source = 'decorated.ts',
): { output: string; errors: string } {
  const folder = join(cache, `${semantics}-${source.replace('.ts', '')}`);
  mkdirSync(folder, { recursive: true });
  cpSync(fixture(source), join(folder, 'main.ts'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        customConditions: [],
        types: ['node'],
        experimentalDecorators: semantics === 'legacy',
        declaration: false,
        declarationMap: false,
      },
      files: ['main.ts'],
    }),
  );
  const compiled = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  const run = spawnSync(process.execPath, [join(folder, 'main.js')], { encoding: 'utf8' });
  return { output: run.stdout, errors: compiled.stdout + run.stderr };
}

afterAll(() => rmSync(cache, { recursive: true, force: true }));

describe.each(['legacy', 'standard'] as const)('decorators under %s semantics', (semantics) => {
  it('register handlers of events, commands and queries, on a bus and in a module', () => {
    const { output, errors } = compileAndRun(semantics);
    expect(errors).toBe('');
    expect(JSON.parse(output)).toEqual({
      seen: ['inherited 1', 'shop.cancelled 2', 'shop.placed 1'],
      result: 'charged 3',
      charges: ['3'],
      faults: {
        none: 'MORTAR_HANDLER_INVALID',
        twice: 'MORTAR_HANDLER_DUPLICATE',
        static: 'MORTAR_HANDLER_INVALID',
        symbol: 'MORTAR_HANDLER_INVALID',
      },
      names: [
        'Billing.charge',
        'Billing.both/shop.placed',
        'Billing.inherited',
        'cancellations',
        'Billing.list',
      ],
      inModule: {
        result: 'charged 5',
        charges: ['5'],
        names: [
          'shop/shop.charge',
          'cancellations',
          'shop/Billing.both/shop.placed',
          'shop/Billing.inherited',
          'shop/shop.charges',
        ],
        retries: [2],
        faults: ['MORTAR_NOT_OWNER', 'MORTAR_HANDLER_INVALID'],
      },
    });
  });

  it('pass on what is said about the handling, on a bus and in a module', () => {
    const { output, errors } = compileAndRun(semantics, 'with-options.ts');
    expect(errors).toBe('');
    const charged = { rule: 'MORTAR_RULE_BROKEN', balances: [3, 3], lookups: 1, events: [3] };
    expect(JSON.parse(output)).toEqual({
      onBus: charged,
      inModule: charged,
      misspelt: ['MORTAR_OPTIONS_INVALID', 'MORTAR_OPTIONS_INVALID', 'MORTAR_OPTIONS_INVALID'],
      withoutMethod: ['MORTAR_HANDLER_INVALID', 'undefined'],
    });
  });

  it('refuse a method whose context is of another message, or that sends what is not its own, at compile time', () => {
    const { errors } = compileAndRun(semantics, 'wrong-context.ts');
    const found = [...errors.matchAll(/main\.ts\((\d+),\d+\): error/g)].map(([, line]) => Number(line));
    const source = readFileSync(fixture('wrong-context.ts'), 'utf8').split('\n');
    const refused = source.flatMap((line, index) => (line.endsWith('// refused') ? [index + 1] : []));
    expect(refused).toHaveLength(4);
    expect(found).toEqual(refused);
    expect(errors).toMatch(/"shop\.cancelled"' is not assignable to type '`billing\./);
  });
});
