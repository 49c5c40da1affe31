import { describe, expect, it } from 'vitest';
import { found, from, judge, places } from './judged.js';

const packages = ['ui', 'data', 'core', 'app'].map((name) => ({
  name: `@x/${name}`,
  folder: `packages/${name}`,
  entries: [`packages/${name}/index.ts`],
}));
const link = (a: string, b: string, rest: object = {}): ReturnType<typeof from> =>
  from(`packages/${a}/index.ts`, `packages/${b}/index.ts`, { specifier: `@x/${b}`, ...rest });

describe('dependencies', () => {
  const judged = (rule: object, imports: ReturnType<typeof from>[], config: object = {}): string[] =>
    found('dependencies', { packages, imports }, { dependencies: [rule], ...config }).map(
      ({ from: a, to }) => `${a} → ${to}`,
    );

  it('deny lists what may not be imported', () => {
    expect(
      judged({ from: ['@x/ui'], deny: ['@x/data'] }, [
        link('ui', 'data'),
        link('ui', 'core'),
        link('app', 'data'),
      ]),
    ).toEqual(['@x/ui → @x/data']);
  });
  it('allow lists all that may', () => {
    expect(judged({ from: ['@x/ui'], allow: ['@x/core'] }, [link('ui', 'data'), link('ui', 'core')])).toEqual(
      ['@x/ui → @x/data'],
    );
    expect(judged({ from: ['@x/core'], allow: [] }, [link('core', 'data')])).toEqual(['@x/core → @x/data']);
  });
  it('globs, exclusions, tags and sets select', () => {
    const imports = [link('ui', 'data'), link('app', 'data'), link('core', 'data')];
    expect(judged({ from: ['@x/*', '!@x/app'], deny: ['@x/data'] }, imports)).toEqual([
      '@x/core → @x/data',
      '@x/ui → @x/data',
    ]);
    expect(
      judged({ from: ['tag:front'], deny: ['tag:back'] }, imports, {
        tags: [
          { select: ['@x/ui'], tags: ['front'] },
          { select: ['packages/data'], tags: ['back'] },
        ],
      }),
    ).toEqual(['@x/ui → @x/data']);
    expect(
      judged({ from: ['set:outer'], deny: ['@x/data'] }, imports, {
        sets: { outer: ['@x/ui', 'set:more'], more: ['@x/app'] },
      }),
    ).toEqual(['@x/app → @x/data', '@x/ui → @x/data']);
  });
  it('a path selects files, also within one package', () => {
    const imports = [
      from('packages/ui/a/x.ts', 'packages/ui/b/y.ts'),
      from('packages/ui/b/y.ts', 'packages/ui/a/x.ts'),
    ];
    expect(
      places(
        found(
          'dependencies',
          { packages, imports },
          { dependencies: [{ from: ['packages/ui/a/**'], deny: ['packages/ui/b/**'] }] },
        ),
      ),
    ).toEqual(['packages/ui/a/x.ts:1']);
  });
  it('an element may always use itself', () => {
    const own = [from('packages/ui/a.ts', 'packages/ui/b.ts')];
    expect(judged({ from: ['*', '@x/*'], deny: ['@x/ui'] }, own)).toEqual([]);
    expect(judged({ from: ['@x/ui'], allow: [] }, own)).toEqual([]);
  });
  it('types count unless said', () => {
    const imports = [link('ui', 'data', { isTypeOnly: true })];
    expect(judged({ from: ['@x/ui'], deny: ['@x/data'] }, imports)).toHaveLength(1);
    expect(judged({ from: ['@x/ui'], deny: ['@x/data'], types: false }, imports)).toEqual([]);
  });
  it('tests are free unless said', () => {
    const imports = [from('packages/ui/a.test.ts', 'packages/data/index.ts', { specifier: '@x/data' })];
    expect(judged({ from: ['@x/ui'], deny: ['@x/data'] }, imports)).toEqual([]);
    expect(
      judged({ from: ['@x/ui'], deny: ['@x/data'] }, imports, { rules: { dependencies: { tests: true } } }),
    ).toHaveLength(1);
  });
  it('tells why and what instead as the configuration says', () => {
    const rule = {
      from: ['@x/ui'],
      deny: ['@x/data'],
      because: 'Pages are shown without a database.',
      instead: 'Ask the API.',
    };
    const [violation] = found(
      'dependencies',
      { packages, imports: [link('ui', 'data')] },
      { dependencies: [rule] },
    );
    expect(violation).toMatchObject({ why: 'Pages are shown without a database.', route: 'Ask the API.' });
  });
  it('else names the port that is there', () => {
    const given = {
      packages,
      imports: [link('ui', 'data')],
      definitions: [{ kind: 'port', name: 'data.rows', path: 'packages/data/index.ts' }] as const,
    };
    const [violation] = found('dependencies', given, {
      dependencies: [{ from: ['@x/ui'], allow: ['@x/core'] }],
    });
    expect(violation?.message).toBe('@x/ui may not depend on @x/data, only on @x/core.');
    expect(violation?.route).toContain('Already there: the port Rows.');
  });
});

describe('required-dependency', () => {
  const rule = { dependencies: [{ from: ['@x/*', '!@x/core'], require: ['@x/core'] }] };
  it('each that is selected must have one', () => {
    const violations = found(
      'required-dependency',
      { packages, imports: [link('ui', 'core'), link('app', 'core')] },
      rule,
    );
    expect(violations.map((one) => `${one.from} ${one.path}`)).toEqual(['@x/data packages/data/index.ts']);
  });
  it('a test’s import is not enough, and npm packages count', () => {
    const test = from('packages/ui/a.test.ts', 'packages/core/index.ts', { specifier: '@x/core' });
    expect(
      found('required-dependency', { packages, imports: [test] }, rule).map((one) => one.from),
    ).toContain('@x/ui');
    const npm = { dependencies: [{ from: ['@x/ui'], require: ['pino'] }] };
    expect(found('required-dependency', { packages, imports: [] }, npm)).toHaveLength(1);
    expect(
      found('required-dependency', { packages, imports: [from('packages/ui/index.ts', 'npm:pino')] }, npm),
    ).toEqual([]);
  });
});

describe('layers', () => {
  const layers = [{ name: 'the project', order: [['@x/app'], ['@x/ui', '@x/data'], ['@x/core']] }];
  const judged = (imports: ReturnType<typeof from>[], more: object = {}): string[] =>
    found('layers', { packages, imports }, { layers: [{ ...layers[0], ...more }] }).map(
      ({ from: a, to }) => `${a} → ${to}`,
    );

  it('arrows run down', () => {
    expect(judged([link('app', 'core'), link('ui', 'core'), link('app', 'data')])).toEqual([]);
    expect(judged([link('core', 'ui'), link('data', 'app')])).toEqual([
      '@x/core → @x/ui',
      '@x/data → @x/app',
    ]);
  });
  it('and within a layer unless said', () => {
    expect(judged([link('ui', 'data')])).toEqual([]);
    expect(judged([link('ui', 'data')], { sameLayer: false })).toEqual(['@x/ui → @x/data']);
  });
  it('says which layer is above which', () => {
    const [violation] = found('layers', { packages, imports: [link('core', 'ui')] }, { layers });
    expect(violation?.message).toBe(
      '@x/core may not depend on @x/ui: in the layers of the project, @x/ui and @x/data is above @x/core.',
    );
  });
});

describe('packages', () => {
  const judged = (rule: object, to: string): number =>
    found('packages', { packages, imports: [from('packages/ui/index.ts', to)] }, { packages: [rule] }).length;
  it.each([
    [{ from: ['@x/ui'], deny: ['pg'] }, 'npm:pg', 1],
    [{ from: ['@x/ui'], deny: ['pg'] }, 'npm:zod', 0],
    [{ from: ['@x/ui'], deny: ['@aws-sdk/*'] }, 'npm:@aws-sdk/client-s3', 1],
    [{ from: ['@x/ui'], deny: ['node:fs'] }, 'node:fs', 1],
    [{ from: ['@x/ui'], deny: ['node:fs'] }, 'node:path', 0],
    [{ from: ['@x/ui'], allow: ['zod'] }, 'npm:zod', 0],
    [{ from: ['@x/ui'], allow: ['zod'] }, 'npm:pg', 1],
    [{ from: ['@x/data'], deny: ['pg'] }, 'npm:pg', 0],
  ])('%j, %s: %i', (rule, to, count) => expect(judged(rule, to)).toBe(count));
});

describe('hexagonal', () => {
  const files = ['domain/order', 'application/place', 'infrastructure/table', 'api/routes'].map(
    (name) => `src/shop/${name}.ts`,
  );
  const allowed = [
    ['domain', 'application', 1],
    ['domain', 'infrastructure', 1],
    ['domain', 'api', 1],
    ['domain', 'domain', 0],
    ['application', 'domain', 0],
    ['application', 'infrastructure', 1],
    ['application', 'api', 1],
    ['infrastructure', 'domain', 0],
    ['infrastructure', 'application', 0],
    ['api', 'application', 0],
    ['api', 'domain', 0],
    ['api', 'infrastructure', 0],
  ] as const;
  it.each(allowed)('%s imports %s: %i', (a, b, count) => {
    const imports = [from(`src/shop/${a}/x.ts`, `src/shop/${b}/y.ts`)];
    expect(found('hexagonal', { files, imports })).toHaveLength(count);
  });
  it('types count too, and the way is a port in the inner layer', () => {
    const imports = [
      from('src/shop/domain/order.ts', 'src/shop/infrastructure/table.ts', { isTypeOnly: true }),
    ];
    expect(found('hexagonal', { files, imports })[0]?.route).toBe(
      'Declare what the domain needs of table as an interface in the domain, and let src/shop/infrastructure/table.ts implement it; module.ts puts the two together.',
    );
  });
  it('layers of two modules are no layers of one', () => {
    const imports = [from('src/shop/domain/order.ts', 'src/billing/infrastructure/table.ts')];
    expect(found('hexagonal', { files: [...files, 'src/billing/domain/a.ts'], imports })).toEqual([]);
  });
  it('without a domain beside them, names of folders mean nothing', () => {
    expect(found('hexagonal', { imports: [from('src/application/a.ts', 'src/api/b.ts')] })).toEqual([]);
  });
  it('folders may have other names', () => {
    const imports = [from('src/shop/core/a.ts', 'src/shop/edge/b.ts')];
    expect(found('hexagonal', { imports }, { hexagonal: { domain: ['core'], api: ['edge'] } })).toHaveLength(
      1,
    );
  });
});

describe('domain-packages', () => {
  const files = ['src/shop/infrastructure/table.ts'];
  it.each([
    ['npm:pg', 1],
    ['npm:@prisma/client', 1],
    ['npm:@nestjs/common', 1],
    ['node:fs/promises', 1],
    ['node:crypto', 0],
    ['npm:zod', 0],
    ['npm:mortar', 0],
  ])('the domain imports %s: %i', (to, count) => {
    expect(found('domain-packages', { files, imports: [from('src/shop/domain/order.ts', to)] })).toHaveLength(
      count,
    );
  });
  it('the infrastructure may, and so may a lone folder named domain', () => {
    expect(
      found('domain-packages', { files, imports: [from('src/shop/infrastructure/table.ts', 'npm:pg')] }),
    ).toEqual([]);
    expect(found('domain-packages', { imports: [from('src/domain/order.ts', 'npm:pg')] })).toEqual([]);
  });
});

describe('unused-rule', () => {
  const unused = (config: object): string[] =>
    found(
      'unused-rule',
      { packages, imports: [link('ui', 'data'), from('packages/ui/index.ts', 'npm:zod')] },
      config,
    ).map(({ message }) => message.replace(' of mortar.config.json', ''));
  it.each([
    [
      { dependencies: [{ from: ['@x/uu'], deny: ['@x/data'] }] },
      ['dependencies[0].from names @x/uu, which fits nothing in the project.'],
    ],
    [
      { dependencies: [{ from: ['@x/ui'], deny: ['@x/dat'] }] },
      ['dependencies[0].deny names @x/dat, which fits nothing in the project.'],
    ],
    [{ dependencies: [{ from: ['@x/ui'], require: ['zod'] }] }, []],
    [
      { packages: [{ from: ['@x/ui'], allow: ['zod', 'yup'] }] },
      ['packages[0].allow names yup, which fits nothing in the project.'],
    ],
    [{ packages: [{ from: ['@x/ui'], deny: ['pg'] }] }, []],
    [
      { layers: [{ name: 'a', order: [['@x/ui'], ['@x/gone', '@x/data']] }] },
      ['layers[0].order[1] names @x/gone, which fits nothing in the project.'],
    ],
    [
      { tags: [{ select: ['nobody'], tags: ['a'] }] },
      ['tags[0].select names nobody, which fits nothing in the project.'],
    ],
    [{ exclude: ['**'] }, ['exclude leaves no file to check.']],
    [{ tests: ['**'] }, ['tests fits every file, and most rules look away from tests.']],
    [
      { exclude: ['src/legcy/**', '**/generated/**'] },
      ['exclude names src/legcy/**, which fits nothing in the project.'],
    ],
    [{ tests: ['tets/**'] }, ['tests names tets/**, which fits nothing in the project.']],
    [{ contracts: ['contrat', 'index'] }, ['contracts names contrat, which fits nothing in the project.']],
    [
      { hexagonal: { domain: ['kernel', 'packages'] } },
      ['hexagonal.domain names kernel, which fits nothing in the project.'],
    ],
    [{ sets: { ours: ['@x/ui'] } }, ['sets names ours, which fits nothing in the project.']],
    [
      {
        sets: { ours: ['set:all'], all: ['@x/ui'] },
        dependencies: [{ from: ['set:ours'], allow: ['@x/data'] }],
      },
      [],
    ],
    [
      { modules: [{ paths: ['packages/ui'], contract: ['indx.ts', 'index.ts'] }] },
      ['modules[0].contract names indx.ts, which fits nothing in the project.'],
    ],
    [
      { modules: [{ paths: ['packages/*', 'packages/ui/*.ts', 'nowhere/*'] }] },
      ['modules[0].paths names nowhere/*, which fits nothing in the project.'],
    ],
    [
      { dependencies: [{ from: ['@x/*', '!@x/gone'], deny: ['@x/data'] }] },
      ['dependencies[0].from names !@x/gone, which fits nothing in the project.'],
    ],
  ])('%j: %j', (config, expected) => expect(unused(config)).toEqual(expected));
});

describe('modules by the configuration', () => {
  const files = [
    'src/areas/bus/index.ts',
    'src/areas/bus/internal/a.ts',
    'src/areas/bus.ts',
    'src/areas/log/index.ts',
    'src/app.ts',
  ];
  const ids = (modules: object[]): string[] =>
    judge({ files }, { modules }).modules.map(({ id, doors }) => `${id}: ${doors.join(' ')}`);

  it('are named by what the star stood for, and entered by their index', () => {
    expect(ids([{ paths: ['src/areas/*'] }])).toEqual([
      '(root): ',
      'bus: src/areas/bus/index.ts',
      'log: src/areas/log/index.ts',
    ]);
  });
  it('may be named and entered otherwise', () => {
    const modules = [
      { paths: ['src/areas/*', 'src/areas/*.ts'], name: 'area-{1}', contract: ['**', '!**/internal/**'] },
    ];
    expect(ids(modules)).toEqual([
      '(root): ',
      'area-bus: src/areas/bus.ts src/areas/bus/index.ts',
      'area-log: src/areas/log/index.ts',
    ]);
  });
  it('hold their contract', () => {
    const config = { modules: [{ paths: ['src/areas/*'], contract: ['**', '!**/internal/**'] }] };
    const imports = [
      from('src/app.ts', 'src/areas/bus/internal/a.ts'),
      from('src/app.ts', 'src/areas/bus/x.ts', { line: 2 }),
    ];
    expect(places(found('contract-only', { files, imports }, config))).toEqual(['src/app.ts:1']);
  });
});

describe('a package that is neither installed nor declared', () => {
  const imports = [
    from('packages/ui/index.ts', 'nowhere', { specifier: 'pg/lib/x.js' }),
    from('packages/ui/index.ts', 'nowhere', { specifier: '@/pg', line: 2 }),
  ];
  it('is denied by its name, and an alias is not taken for one', () => {
    const deny = { packages: [{ from: ['@x/ui'], deny: ['pg', '@/*'] }] };
    expect(found('packages', { packages, imports }, deny).map(({ to }) => to)).toEqual(['pg']);
    expect(
      found('packages', { packages, imports }, { packages: [{ from: ['@x/ui'], allow: ['zod'] }] }),
    ).toEqual([]);
  });
});
