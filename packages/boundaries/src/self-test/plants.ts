import { type BaselineEntry, keyOf } from '../baseline/baseline.js';
import type { BoundaryConfig } from '../config/boundary-config.js';
import type { RuleId } from '../config/rule-settings.js';
import type { Sample } from './sample.js';

const SHOP = 'packages/app/src/shop';
const BILLING = 'packages/app/src/billing';
const LINE = 71;

/** A violation of one rule, put into the clean sample. */
export interface Plant {
  /** What is planted: a sentence. */
  readonly says: string;
  readonly more?: Partial<Sample>;
  /** What the configuration must say for the rule to have something to hold. */
  readonly config?: Partial<BoundaryConfig>;
  readonly baseline?: readonly BaselineEntry[];
  /** Where the violation must be found; each is planted at line 71 unless told otherwise. */
  readonly path: string;
  readonly line?: number;
}

const reachIn: Partial<Sample> = {
  imports: [
    {
      from: `${BILLING}/ledger.ts`,
      to: `${SHOP}/domain/order.ts`,
      specifier: '../shop/domain/order.js',
      line: LINE,
    },
  ],
};

const contract = (text: string): Partial<Sample> => ({
  files: { [`${SHOP}/contract.ts`]: `${'\n'.repeat(LINE - 1)}${text}\n` },
  imports: [
    {
      from: `${SHOP}/contract.ts`,
      to: `${SHOP}/domain/order.ts`,
      specifier: './domain/order.js',
      names: ['Order'],
      line: LINE,
    },
  ],
});

function entry(places: readonly string[], expires: string): BaselineEntry {
  const identity = {
    rule: 'contract-only',
    from: '@sample/app/billing',
    to: '@sample/app/shop',
    subject: 'order',
  };
  return {
    ...identity,
    key: keyOf(identity),
    places,
    owner: 'the self-test',
    reason: 'It is planted.',
    expires,
  };
}

/** One violation for each rule. A rule without one does not compile. */
export const plants: Readonly<Record<RuleId, Plant>> = {
  'contract-only': {
    says: 'billing imports a file of shop past its contract',
    more: reachIn,
    path: `${BILLING}/ledger.ts`,
  },
  'package-exports': {
    says: 'the app imports a file of the library that is not exported',
    more: {
      imports: [
        {
          from: `${BILLING}/ledger.ts`,
          to: 'packages/lib/src/other.ts',
          specifier: '@sample/lib/src/other.js',
          line: LINE,
        },
      ],
    },
    path: `${BILLING}/ledger.ts`,
  },
  'private-folder': {
    says: 'a file imports from an internal folder that it does not stand beside',
    more: {
      imports: [
        {
          from: 'packages/lib/src/other.ts',
          to: 'packages/lib/src/part/internal/secret.ts',
          specifier: './part/internal/secret.js',
          line: LINE,
        },
      ],
    },
    path: 'packages/lib/src/other.ts',
  },
  'self-import': {
    says: 'the library imports itself by its name',
    more: {
      imports: [
        {
          from: 'packages/lib/src/other.ts',
          to: 'packages/lib/src/index.ts',
          specifier: '@sample/lib',
          line: LINE,
        },
      ],
    },
    path: 'packages/lib/src/other.ts',
  },
  'undeclared-dependency': {
    says: 'the library imports an npm package that it does not declare',
    more: { imports: [{ from: 'packages/lib/src/other.ts', to: 'npm:left-pad', line: LINE }] },
    path: 'packages/lib/src/other.ts',
  },
  dependencies: {
    says: 'billing imports the contract of shop, which the configuration denies it',
    more: {
      imports: [
        {
          from: `${BILLING}/ledger.ts`,
          to: `${SHOP}/contract.ts`,
          specifier: '../shop/contract.js',
          names: ['OrderPlaced'],
          line: LINE,
        },
      ],
    },
    config: { dependencies: [{ from: ['@sample/app/billing'], deny: ['@sample/app/shop'] }] },
    path: `${BILLING}/ledger.ts`,
  },
  'required-dependency': {
    says: 'billing does not import the library, as the configuration wants',
    config: { dependencies: [{ from: ['@sample/app/billing'], require: ['@sample/lib'] }] },
    path: `${BILLING}/module.ts`,
    line: 1,
  },
  layers: {
    says: 'billing imports shop, which is a layer above it',
    more: {
      imports: [
        {
          from: `${BILLING}/ledger.ts`,
          to: `${SHOP}/contract.ts`,
          specifier: '../shop/contract.js',
          names: ['OrderPlaced'],
          line: LINE,
        },
      ],
    },
    config: { layers: [{ name: 'the app', order: [['@sample/app/shop'], ['@sample/app/billing']] }] },
    path: `${BILLING}/ledger.ts`,
  },
  packages: {
    says: 'shop imports an npm package that the configuration denies it',
    more: { imports: [{ from: `${SHOP}/module.ts`, to: 'npm:left-pad', line: LINE }] },
    config: { packages: [{ from: ['@sample/app/shop'], deny: ['left-pad'] }] },
    path: `${SHOP}/module.ts`,
  },
  hexagonal: {
    says: 'the domain of shop imports its infrastructure',
    more: {
      imports: [
        {
          from: `${SHOP}/domain/order.ts`,
          to: `${SHOP}/infrastructure/order-table.ts`,
          specifier: '../infrastructure/order-table.js',
          line: LINE,
        },
      ],
    },
    path: `${SHOP}/domain/order.ts`,
  },
  'domain-packages': {
    says: 'the domain of shop imports a database driver',
    more: { imports: [{ from: `${SHOP}/domain/order.ts`, to: 'npm:pg', line: LINE }] },
    path: `${SHOP}/domain/order.ts`,
  },
  'module-cycle': {
    says: 'billing imports a type of the contract of shop, and shop uses a port of billing',
    more: {
      imports: [
        {
          from: `${BILLING}/ledger.ts`,
          to: `${SHOP}/contract.ts`,
          specifier: '../shop/contract.js',
          names: ['OrderData'],
          line: LINE,
        },
      ],
    },
    path: `${SHOP}/module.ts`,
    line: 1,
  },
  'message-cycle': {
    says: 'billing subscribes to an event of shop, and shop uses a port of billing',
    path: `${BILLING}/module.ts`,
    line: 1,
  },
  'file-cycle': {
    says: 'a file of the library imports itself by way of another',
    more: {
      imports: [
        {
          from: 'packages/lib/src/index.ts',
          to: 'packages/lib/src/other.ts',
          specifier: './other.js',
          line: LINE,
        },
        {
          from: 'packages/lib/src/other.ts',
          to: 'packages/lib/src/index.ts',
          specifier: './index.js',
          line: LINE,
        },
      ],
    },
    path: 'packages/lib/src/index.ts',
  },
  'message-owner': {
    says: 'billing publishes an event of shop',
    more: {
      uses: [{ role: 'publish', name: 'shop.order-placed', path: `${BILLING}/ledger.ts`, line: LINE }],
    },
    path: `${BILLING}/ledger.ts`,
  },
  'message-place': {
    says: 'the contract of billing defines a message with the name of shop',
    more: {
      definitions: [{ kind: 'event', name: 'shop.order-paid', path: `${BILLING}/contract.ts`, line: LINE }],
    },
    path: `${BILLING}/contract.ts`,
  },
  'contract-content': {
    says: 'the contract of shop defines a class with a method',
    more: contract('export class Basket { total() { return 1; } }'),
    path: `${SHOP}/contract.ts`,
  },
  'contract-reexport': {
    says: 'the contract of shop passes on a class of its domain',
    more: contract("export { Order } from './domain/order.js';"),
    path: `${SHOP}/contract.ts`,
  },
  'contract-leak': {
    says: 'a type of the contract of shop has a field of an internal type',
    more: contract(
      "import type { Order } from './domain/order.js'; export interface Placed { readonly order: Order }",
    ),
    path: `${SHOP}/contract.ts`,
  },
  'contract-import': {
    says: 'the contract of shop loads a file of its domain',
    more: contract("import { Order } from './domain/order.js'; const keyOf = (data) => Order.key(data);"),
    path: `${SHOP}/contract.ts`,
  },
  'unused-contract': {
    says: 'shop defines an event that nobody subscribes to',
    more: {
      definitions: [{ kind: 'event', name: 'shop.order-lost', path: `${SHOP}/contract.ts`, line: LINE }],
    },
    path: `${SHOP}/contract.ts`,
  },
  'unresolved-import': {
    says: 'a file imports one that is not there',
    more: {
      imports: [{ from: 'packages/lib/src/other.ts', to: 'nowhere', specifier: './gone.js', line: LINE }],
    },
    path: 'packages/lib/src/other.ts',
  },
  'unanalysable-import': {
    says: 'a file imports what is only known when it runs',
    more: { imports: [{ from: 'packages/lib/src/other.ts', to: '?', kind: 'dynamicImport', line: LINE }] },
    path: 'packages/lib/src/other.ts',
  },
  'unread-file': {
    says: 'a file can not be parsed',
    more: {
      diagnostics: [
        {
          code: 'syntax',
          path: 'packages/lib/src/other.ts',
          line: LINE,
          column: 1,
          message: 'A string does not end.',
        },
      ],
    },
    path: 'packages/lib/src/other.ts',
  },
  'unused-rule': {
    says: 'the configuration names a module that is not there',
    config: { dependencies: [{ from: ['@sample/app/nobody'], deny: ['@sample/lib'] }] },
    path: 'mortar.config.json',
    line: 1,
  },
  'unused-exception': {
    says: 'an exception covers nothing',
    config: { exceptions: [{ rule: 'file-cycle', reason: 'It is planted.' }] },
    path: 'mortar.config.json',
    line: 1,
  },
  'baseline-stale': {
    says: 'the baseline lists what is not there',
    baseline: [entry([`${BILLING}/ledger.ts`], '2999-12-31')],
    path: 'mortar.baseline.json',
    line: 1,
  },
  'baseline-expired': {
    says: 'the baseline lists what was to be mended long ago',
    more: reachIn,
    baseline: [entry([`${BILLING}/ledger.ts`], '2000-01-01')],
    path: `${BILLING}/ledger.ts`,
  },
  'baseline-grown': {
    says: 'there is more of what the baseline lists',
    more: {
      imports: [
        ...(reachIn.imports ?? []),
        {
          from: `${BILLING}/module.ts`,
          to: `${SHOP}/domain/order.ts`,
          specifier: '../shop/domain/order.js',
          line: LINE,
        },
      ],
    },
    baseline: [entry([`${BILLING}/ledger.ts`], '2999-12-31')],
    path: `${BILLING}/module.ts`,
  },
};
