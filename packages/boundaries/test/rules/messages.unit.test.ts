import { describe, expect, it } from 'vitest';
import { found, from, judge, places } from './judged.js';

const files = ['orders', 'billing'].flatMap((name) => [`src/${name}/contract.ts`, `src/${name}/module.ts`]);
const event = { kind: 'event', name: 'orders.order-placed', path: 'src/orders/contract.ts' } as const;
const command = { kind: 'command', name: 'orders.place-order', path: 'src/orders/contract.ts' } as const;

describe('message-owner', () => {
  it.each([
    ['publish', 'src/orders/module.ts', event.name, []],
    ['publish', 'src/billing/module.ts', event.name, ['src/billing/module.ts:5']],
    ['publish', 'src/main.ts', event.name, []],
    ['publish', 'src/billing/module.test.ts', event.name, []],
    ['subscribe', 'src/billing/module.ts', event.name, []],
    ['dispatch', 'src/billing/module.ts', command.name, []],
    ['handle', 'src/billing/module.ts', command.name, ['src/billing/module.ts:5']],
  ] as const)('%s in %s of %s: %j', (role, path, name, expected) => {
    const given = { files, definitions: [event, command], uses: [{ role, name, path, line: 5 }] };
    expect(places(found('message-owner', given))).toEqual(expected);
  });

  it('names the owner and the ways that are allowed', () => {
    const given = {
      files,
      definitions: [event],
      uses: [{ role: 'publish', name: event.name, path: 'src/billing/module.ts' }] as const,
    };
    expect(found('message-owner', given)[0]).toMatchObject({
      message: 'billing publishes orders.order-placed, which belongs to orders.',
      route:
        "Dispatch a command to orders and let it publish OrderPlaced, or publish an event of billing's own that orders subscribes to.",
    });
  });

  it('the name says who owns a message, also where it is defined elsewhere', () => {
    const shared = { ...event, path: 'src/shared/messages.ts' };
    const given = {
      files,
      definitions: [shared],
      uses: [{ role: 'publish', name: event.name, path: 'src/billing/module.ts' }] as const,
    };
    expect(found('message-owner', given).map(({ to }) => to)).toEqual(['orders']);
  });

  it('modules of one name in two packages are told apart', () => {
    const packages = ['one', 'two'].map((name) => ({ name, folder: name }));
    const definitions = ['one', 'two'].map((name) => ({ ...event, path: `${name}/orders/contract.ts` }));
    const both = ['one', 'two'].flatMap((name) => [`${name}/orders/contract.ts`, `${name}/orders/module.ts`]);
    const given = {
      packages,
      files: both,
      definitions,
      uses: [{ role: 'publish', name: event.name, path: 'one/orders/module.ts' }] as const,
    };
    expect(found('message-owner', given)).toEqual([]);
  });
});

describe('message-place', () => {
  it.each([
    ['orders.order-placed', 'src/orders/contract.ts', []],
    ['orders.order-placed', 'src/orders/events.ts', []],
    ['billing.paid', 'src/orders/contract.ts', ['src/orders/contract.ts:9']],
    ['shipping.sent', 'src/orders/contract.ts', ['src/orders/contract.ts:9']],
    ['billing.paid', 'src/messages.ts', []],
    ['billing.paid', 'src/orders/module.test.ts', []],
  ])('%s in %s: %j', (name, path, expected) => {
    expect(
      places(found('message-place', { files, definitions: [{ kind: 'event', name, path, line: 9 }] })),
    ).toEqual(expected);
  });
  it('says where it belongs', () => {
    const definition = { kind: 'event', name: 'billing.paid', path: 'src/orders/contract.ts' } as const;
    expect(found('message-place', { files, definitions: [definition] })[0]?.route).toBe(
      'Move it to src/billing/contract.ts, or name it orders.paid.',
    );
  });
});

describe('unused-contract', () => {
  it.each([
    ['event', 'subscribe'],
    ['command', 'dispatch'],
    ['query', 'ask'],
    ['port', 'use'],
  ] as const)('a %s that nobody takes by %s', (kind, role) => {
    const definition = { kind, name: 'orders.thing', path: 'src/orders/contract.ts', line: 3 } as const;
    const use = { role, name: 'orders.thing', path: 'src/billing/module.ts' } as const;
    expect(
      places(
        found('unused-contract', {
          files,
          definitions: [definition],
          imports: [from('src/a.ts', 'src/billing/contract.ts')],
        }),
      ),
    ).toEqual(['src/orders/contract.ts:3']);
    expect(
      found('unused-contract', {
        files,
        definitions: [definition],
        uses: [use],
        imports: [from('src/a.ts', 'src/billing/contract.ts')],
      }),
    ).toEqual([]);
  });
  it('what the owner does is no use', () => {
    const uses = [{ role: 'publish', name: event.name, path: 'src/orders/module.ts' }] as const;
    expect(
      found('unused-contract', {
        files,
        definitions: [event],
        uses,
        imports: [from('src/a.ts', 'src/billing/contract.ts')],
      }),
    ).toHaveLength(1);
  });
  it('a contract without messages that nobody imports', () => {
    expect(found('unused-contract', { files }).map(({ message }) => message)).toEqual([
      'Nobody imports the contract of billing.',
      'Nobody imports the contract of orders.',
    ]);
  });
  it('is told, and fails nothing', () => {
    const { errors, warnings } = judge({ files });
    expect({ errors, warnings }).toEqual({ errors: 0, warnings: 2 });
  });
});

describe('what can not be known is told', () => {
  it('an import that leads nowhere', () => {
    const [violation] = found('unresolved-import', {
      imports: [from('a.ts', 'nowhere', { specifier: './gone.js', line: 4 })],
    });
    expect(violation).toMatchObject({
      path: 'a.ts',
      line: 4,
      to: './gone.js',
      message: '"./gone.js" leads nowhere: there is no such file.',
    });
  });
  it('an import that is only known when the code runs', () => {
    expect(
      found('unanalysable-import', { imports: [from('a.ts', '?', { kind: 'dynamicImport' })] }),
    ).toHaveLength(1);
    expect(
      found('unanalysable-import', { imports: [from('a.test.ts', '?', { kind: 'dynamicImport' })] }),
    ).toEqual([]);
  });
  it('a file that could not be read', () => {
    const diagnostics = [
      { code: 'syntax', path: 'a.ts', message: 'It does not end.', line: 3, column: 2 },
      { code: 'tsconfig-cycle', path: 'tsconfig.json', message: 'It extends itself.' },
    ];
    expect(places(found('unread-file', { files: ['a.ts'], diagnostics }))).toEqual([
      'a.ts:3',
      'tsconfig.json:1',
    ]);
  });
  it('all of them are warnings, unless switched up', () => {
    const given = { imports: [from('a.ts', 'nowhere')] };
    expect(judge(given)).toMatchObject({ errors: 0, warnings: 1 });
    expect(judge(given, { rules: { 'unresolved-import': 'error' } })).toMatchObject({
      errors: 1,
      warnings: 0,
    });
  });
});
