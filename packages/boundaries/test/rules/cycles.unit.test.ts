import { describe, expect, it } from 'vitest';
import { found, from, type Given, judge } from './judged.js';

const packages = ['a', 'b', 'c'].map((name) => ({
  name: `@x/${name}`,
  folder: name,
  entries: [`${name}/index.ts`],
}));
const link = (a: string, b: string, rest: object = {}): ReturnType<typeof from> =>
  from(`${a}/index.ts`, `${b}/index.ts`, { specifier: `@x/${b}`, ...rest });

describe('file-cycle', () => {
  const cyclesOf = (imports: ReturnType<typeof from>[], config: object = {}): string[] =>
    found('file-cycle', { imports }, config).map(({ cycle }) => cycle?.members.join(' ') ?? '');

  it('a circle of files is one violation, with the fewest imports to cut', () => {
    const imports = [
      from('a.ts', 'b.ts'),
      from('b.ts', 'c.ts', { line: 2 }),
      from('c.ts', 'a.ts', { line: 3 }),
      from('c.ts', 'b.ts', { line: 4 }),
    ];
    const [violation, ...more] = found('file-cycle', { imports });
    expect(more).toEqual([]);
    expect(violation?.cycle?.members).toEqual(['a.ts', 'b.ts', 'c.ts']);
    expect(violation?.cycle?.cut.map(({ from: a, to, line }) => `${a} → ${to}:${line}`)).toEqual([
      'b.ts → c.ts:2',
    ]);
    expect(violation?.cycle?.isSmallest).toBe(true);
    expect(violation).toMatchObject({ path: 'b.ts', line: 2 });
    expect(violation?.route).toContain('The fewest to take away: b.ts → c.ts (b.ts:2).');
  });
  it('two that share no file are two', () => {
    expect(
      cyclesOf([
        from('a.ts', 'b.ts'),
        from('b.ts', 'a.ts'),
        from('c.ts', 'd.ts'),
        from('d.ts', 'c.ts'),
        from('a.ts', 'c.ts'),
      ]),
    ).toEqual(['a.ts b.ts', 'c.ts d.ts']);
  });
  it('a file that imports itself is one', () => {
    expect(found('file-cycle', { imports: [from('a.ts', 'a.ts')] })[0]?.message).toBe('a.ts imports itself.');
  });
  it('a diamond is none', () => {
    expect(
      cyclesOf([from('a.ts', 'b.ts'), from('a.ts', 'c.ts'), from('b.ts', 'd.ts'), from('c.ts', 'd.ts')]),
    ).toEqual([]);
  });
  it('types are gone when the code runs, and count only where it is said', () => {
    const imports = [from('a.ts', 'b.ts'), from('b.ts', 'a.ts', { isTypeOnly: true })];
    expect(cyclesOf(imports)).toEqual([]);
    expect(cyclesOf(imports, { rules: { 'file-cycle': { types: true } } })).toEqual(['a.ts b.ts']);
  });
  it('import() counts unless said, and what only names a file does not', () => {
    const lazy = [from('a.ts', 'b.ts'), from('b.ts', 'a.ts', { kind: 'dynamicImport' })];
    expect(cyclesOf(lazy)).toEqual(['a.ts b.ts']);
    expect(cyclesOf(lazy, { rules: { 'file-cycle': { dynamic: false } } })).toEqual([]);
    for (const kind of ['mock', 'url', 'worker', 'requireResolve', 'metaResolve'] as const) {
      expect(cyclesOf([from('a.ts', 'b.ts'), from('b.ts', 'a.ts', { kind })])).toEqual([]);
    }
  });
  it('a long circle is told in short', () => {
    const imports = Array.from({ length: 60 }, (_, index) => from(`f${index}.ts`, `f${(index + 1) % 60}.ts`));
    const [violation] = found('file-cycle', { imports });
    expect(violation?.message.length).toBeLessThan(400);
    expect(violation?.cycle?.cut).toHaveLength(1);
  });
});

describe('module-cycle', () => {
  it('packages in a circle, types too', () => {
    const [violation] = found('module-cycle', {
      packages,
      imports: [link('a', 'b'), link('b', 'c', { isTypeOnly: true }), link('c', 'a')],
    });
    expect(violation?.cycle?.members).toEqual(['@x/a', '@x/b', '@x/c']);
    expect(violation?.message).toMatch(/^3 modules depend on each other through imports: /);
  });
  it('types do not count where it is said', () => {
    const given = { packages, imports: [link('a', 'b'), link('b', 'a', { isTypeOnly: true })] };
    expect(found('module-cycle', given, { rules: { 'module-cycle': { types: false } } })).toEqual([]);
  });
  it('imports of tests close no circle', () => {
    const test = from('b/index.test.ts', 'a/index.ts', { specifier: '@x/a' });
    expect(found('module-cycle', { packages, imports: [link('a', 'b'), test] })).toEqual([]);
  });
  it('a package and the modules in it are no circle', () => {
    const imports = [
      from('s/main.ts', 's/orders/module.ts'),
      from('s/orders/module.ts', 's/text.ts'),
      from('s/orders/module.ts', 'npm:mortar'),
    ];
    expect(found('module-cycle', { packages: [{ name: 's', folder: 's' }], imports })).toEqual([]);
  });
});

describe('packages that hold modules', () => {
  const given = (back: object = {}): Given => ({
    packages: [
      { name: '@x/a', folder: 'a', entries: ['a/x/contract.ts', 'a/y/contract.ts'] },
      { name: '@x/b', folder: 'b', entries: ['b/index.ts'] },
    ],
    files: ['a/x/module.ts', 'a/y/module.ts'],
    imports: [
      from('a/x/use.ts', 'b/index.ts', { specifier: '@x/b' }),
      from('b/index.ts', 'a/y/contract.ts', { specifier: '@x/a/y', ...back }),
      from('a/x/module.ts', 'a/x/contract.ts'),
      from('a/y/module.ts', 'a/y/contract.ts'),
    ],
  });
  it('are in a circle that enters by one module and goes on from another', () => {
    const [violation, ...more] = found('module-cycle', given());
    expect(more).toEqual([]);
    expect(violation?.cycle?.members).toEqual(['@x/a', '@x/b']);
    expect(violation?.message).toBe('2 packages depend on each other through imports: @x/a → @x/b → @x/a.');
    expect(violation).toMatchObject({ path: 'a/x/use.ts', line: 1, from: '@x/a', to: '@x/b' });
  });
  it('are told once where a circle of modules says it', () => {
    const sample = given();
    const imports = [...(sample.imports ?? []), from('b/index.ts', 'a/x/contract.ts', { line: 2 })];
    expect(found('module-cycle', { ...sample, imports }).map(({ cycle }) => cycle?.members)).toEqual([
      ['@x/a/x', '@x/b'],
    ]);
  });
  it('are none where types do not count, or a test imports', () => {
    const config = { rules: { 'module-cycle': { types: false } } };
    expect(found('module-cycle', given({ isTypeOnly: true }), config)).toEqual([]);
    expect(found('module-cycle', given({ from: 'b/index.test.ts' }))).toEqual([]);
  });
  it('may send each other messages, as long as no import closes the circle', () => {
    const sample: Given = {
      ...given({ names: ['Placed'] }),
      definitions: [
        { kind: 'event', name: 'y.placed', path: 'a/y/contract.ts' },
        { kind: 'query', name: 'b.stock', path: 'b/index.ts' },
      ],
    };
    expect(found('module-cycle', sample)).toHaveLength(1);
    const named =
      sample.imports?.map((one) => (one.to === 'b/index.ts' ? { ...one, names: ['Stock'] } : one)) ?? [];
    expect(found('module-cycle', { ...sample, imports: named })).toEqual([]);
    expect(found('message-cycle', { ...sample, imports: named })[0]?.message).toBe(
      '2 packages send each other messages through event messages and query messages: @x/a → @x/b → @x/a.',
    );
  });
});

describe('circles of imports and messages', () => {
  const orders = 'src/orders';
  const billing = 'src/billing';
  const files = [
    `${orders}/contract.ts`,
    `${orders}/module.ts`,
    `${billing}/contract.ts`,
    `${billing}/module.ts`,
  ];
  const definitions = [
    { kind: 'event', name: 'orders.order-placed', path: `${orders}/contract.ts` },
    { kind: 'port', name: 'billing.credit', path: `${billing}/contract.ts` },
  ] as const;
  const importsEvent = from(`${billing}/module.ts`, `${orders}/contract.ts`, { names: ['OrderPlaced'] });
  const importsPort = from(`${orders}/module.ts`, `${billing}/contract.ts`, { names: ['Credit'] });
  const importsType = from(`${orders}/module.ts`, `${billing}/contract.ts`, { names: ['Invoice'], line: 2 });

  it('an import one way and an event the other', () => {
    const shared = { kind: 'event', name: 'orders.order-placed', path: 'src/shared/messages.ts' } as const;
    const given = {
      files,
      definitions: [shared],
      imports: [importsType],
      uses: [{ role: 'subscribe', name: 'orders.order-placed', path: `${billing}/module.ts` }] as const,
    };
    const [violation] = found('module-cycle', given);
    expect(violation?.message).toBe(
      '2 modules depend on each other through imports and event messages: billing → orders → billing.',
    );
    expect(found('module-cycle', { ...given, uses: [] })).toEqual([]);
    expect(found('module-cycle', { ...given, imports: [] })).toEqual([]);
  });
  it('messages alone make none, unless they are asked about', () => {
    const given = { files, definitions, imports: [importsEvent, importsPort] };
    expect(found('module-cycle', given)).toEqual([]);
    expect(found('message-cycle', given).map(({ message }) => message)).toEqual([
      '2 modules send each other messages through event messages and port messages: billing → orders → billing.',
    ]);
    expect(judge(given).violations.filter(({ rule }) => rule === 'message-cycle')).toEqual([]);
  });
  it('a type beside the message makes the circle one of imports', () => {
    expect(found('module-cycle', { files, definitions, imports: [importsEvent, importsType] })).toHaveLength(
      1,
    );
    expect(found('message-cycle', { files, definitions, imports: [importsEvent, importsType] })).toEqual([]);
  });
  it('what the owner does with its own messages points nowhere', () => {
    const uses = [
      { role: 'publish', name: 'orders.order-placed', path: `${orders}/module.ts` },
      { role: 'implement', name: 'billing.credit', path: `${billing}/module.ts` },
    ] as const;
    expect(found('module-cycle', { files, definitions, imports: [importsType], uses })).toEqual([]);
  });
});
