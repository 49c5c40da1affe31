import { type BaselineEntry, keyOf } from '../baseline/baseline.js';
import type { BoundaryConfig } from '../config/boundary-config.js';
import type { RuleId } from '../config/rule-settings.js';
import type { Sample, SampleImport } from './sample.js';

const SHOP = 'packages/app/src/shop';
const BILLING = 'packages/app/src/billing';
const CONTRACT = `${SHOP}/contract.ts`;
const ORDER = `${SHOP}/domain/order.ts`;
const LEDGER = `${BILLING}/ledger.ts`;
const WIRING = `${BILLING}/module.ts`;
const INDEX = 'packages/lib/src/index.ts';
const OTHER = 'packages/lib/src/other.ts';
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

/** An import on the line where violations are planted. */
function importOf(from: string, to: string, specifier?: string, names?: readonly string[]): SampleImport {
  return {
    from,
    to,
    line: LINE,
    ...(specifier === undefined ? {} : { specifier }),
    ...(names === undefined ? {} : { names }),
  };
}

function importing(...imports: readonly SampleImport[]): Partial<Sample> {
  return { imports };
}

const reach: SampleImport = importOf(LEDGER, ORDER, '../shop/domain/order.js');

const contract = (text: string): Partial<Sample> => ({
  files: { [CONTRACT]: `${'\n'.repeat(LINE - 1)}${text}\n` },
  ...importing(importOf(CONTRACT, ORDER, './domain/order.js', ['Order'])),
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

/** One violation for each rule, the plainest. A rule without one does not compile. */
export const plants: Readonly<Record<RuleId, Plant>> = {
  'contract-only': {
    says: 'billing imports a file of shop past its contract',
    more: importing(reach),
    path: LEDGER,
  },
  'package-exports': {
    says: 'the app imports a file of the library that is not exported',
    more: importing(importOf(LEDGER, OTHER, '@sample/lib/src/other.js')),
    path: LEDGER,
  },
  'private-folder': {
    says: 'a file imports from an internal folder that it does not stand beside',
    more: importing(importOf(OTHER, 'packages/lib/src/part/internal/secret.ts', './part/internal/secret.js')),
    path: OTHER,
  },
  'self-import': {
    says: 'the library imports itself by its name',
    more: importing(importOf(OTHER, INDEX, '@sample/lib')),
    path: OTHER,
  },
  'undeclared-dependency': {
    says: 'the library imports an npm package that it does not declare',
    more: importing(importOf(OTHER, 'npm:left-pad')),
    path: OTHER,
  },
  dependencies: {
    says: 'billing imports the contract of shop, which the configuration denies it',
    more: importing(importOf(LEDGER, CONTRACT, '../shop/contract.js', ['OrderPlaced'])),
    config: { dependencies: [{ from: ['@sample/app/billing'], deny: ['@sample/app/shop'] }] },
    path: LEDGER,
  },
  'required-dependency': {
    says: 'billing does not import the library, as the configuration wants',
    config: { dependencies: [{ from: ['@sample/app/billing'], require: ['@sample/lib'] }] },
    path: WIRING,
    line: 1,
  },
  layers: {
    says: 'billing imports shop, which is a layer above it',
    more: importing(importOf(LEDGER, CONTRACT, '../shop/contract.js', ['OrderPlaced'])),
    config: { layers: [{ name: 'the app', order: [['@sample/app/shop'], ['@sample/app/billing']] }] },
    path: LEDGER,
  },
  packages: {
    says: 'shop imports an npm package that the configuration denies it',
    more: importing(importOf(`${SHOP}/module.ts`, 'npm:left-pad')),
    config: { packages: [{ from: ['@sample/app/shop'], deny: ['left-pad'] }] },
    path: `${SHOP}/module.ts`,
  },
  hexagonal: {
    says: 'the domain of shop imports its infrastructure',
    more: importing(
      importOf(ORDER, `${SHOP}/infrastructure/order-table.ts`, '../infrastructure/order-table.js'),
    ),
    path: ORDER,
  },
  'domain-packages': {
    says: 'the domain of shop imports a database driver',
    more: importing(importOf(ORDER, 'npm:pg')),
    path: ORDER,
  },
  'module-cycle': {
    says: 'billing imports a type of the contract of shop, and shop uses a port of billing',
    more: importing(importOf(LEDGER, CONTRACT, '../shop/contract.js', ['OrderData'])),
    path: `${SHOP}/module.ts`,
    line: 1,
  },
  'message-cycle': {
    says: 'billing subscribes to an event of shop, and shop uses a port of billing',
    path: WIRING,
    line: 1,
  },
  'file-cycle': {
    says: 'a file of the library imports itself by way of another',
    more: importing(importOf(INDEX, OTHER, './other.js'), importOf(OTHER, INDEX, './index.js')),
    path: INDEX,
  },
  'message-owner': {
    says: 'billing publishes an event of shop',
    more: {
      uses: [{ role: 'publish', name: 'shop.order-placed', path: LEDGER, line: LINE }],
    },
    path: LEDGER,
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
    path: CONTRACT,
  },
  'contract-reexport': {
    says: 'the contract of shop passes on a class of its domain',
    more: contract("export { Order } from './domain/order.js';"),
    path: CONTRACT,
  },
  'contract-leak': {
    says: 'a type of the contract of shop has a field of an internal type',
    more: contract(
      "import type { Order } from './domain/order.js'; export interface Placed { readonly order: Order }",
    ),
    path: CONTRACT,
  },
  'contract-import': {
    says: 'the contract of shop loads a file of its domain',
    more: contract("import { Order } from './domain/order.js'; const keyOf = (data) => Order.key(data);"),
    path: CONTRACT,
  },
  'unused-contract': {
    says: 'shop defines an event that nobody subscribes to',
    more: {
      definitions: [{ kind: 'event', name: 'shop.order-lost', path: CONTRACT, line: LINE }],
    },
    path: CONTRACT,
  },
  'unresolved-import': {
    says: 'a file imports one that is not there',
    more: importing(importOf(OTHER, 'nowhere', './gone.js')),
    path: OTHER,
  },
  'unanalysable-import': {
    says: 'a file imports what is only known when it runs',
    more: importing({ ...importOf(OTHER, '?'), kind: 'dynamicImport' }),
    path: OTHER,
  },
  'unanalysable-message': {
    says: 'billing publishes what is only known when it runs',
    more: { uses: [{ role: 'publish', name: undefined, path: LEDGER, line: LINE }] },
    path: LEDGER,
  },
  'unread-file': {
    says: 'a file can not be parsed',
    more: {
      diagnostics: [
        {
          code: 'syntax',
          path: OTHER,
          line: LINE,
          column: 1,
          message: 'A string does not end.',
        },
      ],
    },
    path: OTHER,
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
    baseline: [entry([LEDGER], '2999-12-31')],
    path: 'mortar.baseline.json',
    line: 1,
  },
  'baseline-expired': {
    says: 'the baseline lists what was to be mended long ago',
    more: importing(reach),
    baseline: [entry([LEDGER], '2000-01-01')],
    path: LEDGER,
  },
  'baseline-grown': {
    says: 'there is more of what the baseline lists',
    more: importing(reach, importOf(WIRING, ORDER, '../shop/domain/order.js')),
    baseline: [entry([LEDGER], '2999-12-31')],
    path: WIRING,
  },
};

/** Others, of rules that look at several things. */
export const furtherPlants: readonly (Plant & { readonly rule: RuleId })[] = [
  {
    rule: 'hexagonal',
    says: 'the domain of shop imports the contract of billing',
    more: importing(importOf(ORDER, `${BILLING}/contract.ts`, '../../billing/contract.js', ['Credit'])),
    path: ORDER,
  },
  {
    rule: 'hexagonal',
    says: 'the domain of shop imports the module.ts of shop',
    more: importing(importOf(ORDER, `${SHOP}/module.ts`, '../module.js')),
    path: ORDER,
  },
  {
    rule: 'domain-packages',
    says: 'the domain of shop imports the library, which imports a database driver',
    more: importing(importOf(ORDER, INDEX, '@sample/lib'), importOf(INDEX, 'npm:pg')),
    path: ORDER,
  },
  {
    rule: 'module-cycle',
    says: 'the library imports a type of a module of the app, which imports the library elsewhere',
    more: importing(importOf(OTHER, CONTRACT, '@sample/app/shop', ['OrderData'])),
    path: 'packages/app/src/main.ts',
    line: 1,
  },
  {
    rule: 'contract-content',
    says: 'the contract of shop makes a client of a database',
    more: {
      ...contract("import { createClient } from 'redis'; export const client = createClient();"),
      ...importing(importOf(CONTRACT, 'npm:redis')),
    },
    path: CONTRACT,
  },
];
