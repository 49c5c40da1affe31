import type { Severity } from './boundary-config.js';
import { either, flag, type JsonSchema, list, object, type Shape, word } from './shape.js';

/** The id of a rule. Stable: configurations, exceptions and baselines name it. */
export type RuleId =
  | 'contract-only'
  | 'package-exports'
  | 'private-folder'
  | 'self-import'
  | 'undeclared-dependency'
  | 'dependencies'
  | 'required-dependency'
  | 'layers'
  | 'packages'
  | 'hexagonal'
  | 'domain-packages'
  | 'module-cycle'
  | 'message-cycle'
  | 'file-cycle'
  | 'message-owner'
  | 'message-place'
  | 'contract-content'
  | 'contract-reexport'
  | 'contract-leak'
  | 'contract-import'
  | 'unused-contract'
  | 'unresolved-import'
  | 'unanalysable-import'
  | 'unanalysable-message'
  | 'unread-file'
  | 'unused-rule'
  | 'unused-exception'
  | 'baseline-stale'
  | 'baseline-expired'
  | 'baseline-grown';

/** How strict a rule is, and whether it looks at test files. */
export interface RuleSetting {
  readonly severity: Severity;
  readonly tests: boolean;
  /** Whether imports that bind types alone count. */
  readonly types: boolean;
  /** Whether `import()` counts, which loads a file later. */
  readonly dynamic: boolean;
  /** Whose dependencies a file may use beside its own package's: the root's for all files, for tests, or for none. */
  readonly root: 'all' | 'tests' | 'none';
  /** What a contract may define beside data, types and messages. */
  readonly allow: readonly ('class' | 'function' | 'value')[];
  /** What a package without `exports` offers: its main file, or all files. */
  readonly withoutExports: 'main' | 'open';
}

type OptionName = Exclude<keyof RuleSetting, 'severity'>;

/** What a rule says, and its setting where nothing is said. */
export interface RuleDescription {
  readonly severity: Severity;
  readonly says: string;
  /** The options that the rule has, with their values where nothing is said. */
  readonly options: Partial<Pick<RuleSetting, OptionName>>;
}

const severityNames = ['off', 'warn', 'error'] as const;

/** Every rule: what it says, and its setting where the configuration has none. */
export const ruleDescriptions: Readonly<Record<RuleId, RuleDescription>> = {
  'contract-only': {
    severity: 'error',
    says: 'A module is imported through its contract alone.',
    options: { tests: true },
  },
  'package-exports': {
    severity: 'error',
    says: 'A package is imported by its name, through what its package.json exports.',
    options: { tests: true, withoutExports: 'main' },
  },
  'private-folder': {
    severity: 'off',
    says: 'A folder named internal is private to the folder it stands in.',
    options: { tests: false },
  },
  'self-import': {
    severity: 'off',
    says: 'A package imports its own files by their paths.',
    options: { tests: false },
  },
  'undeclared-dependency': {
    severity: 'error',
    says: 'A package imports only packages that its package.json declares.',
    options: { tests: true, types: true, root: 'all' },
  },
  dependencies: {
    severity: 'error',
    says: 'Modules depend on those that the configuration grants them.',
    options: { tests: false },
  },
  'required-dependency': {
    severity: 'error',
    says: 'Modules depend on what the configuration wants of them.',
    options: {},
  },
  layers: {
    severity: 'error',
    says: 'Modules depend on their own layer and those below.',
    options: { tests: false, types: true },
  },
  packages: {
    severity: 'error',
    says: 'npm packages are imported where the configuration grants them.',
    options: { tests: false },
  },
  hexagonal: {
    severity: 'error',
    says: 'Inside a module the domain knows nothing else, and the application knows the domain alone.',
    options: { tests: false, types: true },
  },
  'domain-packages': {
    severity: 'error',
    says: 'A domain imports no database driver, web framework or client.',
    options: { tests: false, types: true },
  },
  'module-cycle': {
    severity: 'error',
    says: 'Modules do not depend on each other in a circle of imports and messages.',
    options: { types: true },
  },
  'message-cycle': {
    severity: 'off',
    says: 'Modules do not send each other messages in a circle.',
    options: {},
  },
  'file-cycle': {
    severity: 'error',
    says: 'Files do not import each other in a circle when the code runs.',
    options: { types: false, tests: false, dynamic: true },
  },
  'message-owner': {
    severity: 'error',
    says: 'A message is published, handled, answered or implemented by the module that owns it.',
    options: { tests: false },
  },
  'message-place': {
    severity: 'error',
    says: 'A message is defined in the contract of the module whose name it bears.',
    options: { tests: false },
  },
  'contract-content': {
    severity: 'error',
    says: 'A contract defines data, types and messages alone.',
    options: { allow: [] },
  },
  'contract-reexport': {
    severity: 'error',
    says: 'A contract does not pass on internals of its module.',
    options: {},
  },
  'contract-leak': {
    severity: 'error',
    says: 'What a contract exports names no internal type of its module.',
    options: {},
  },
  'contract-import': {
    severity: 'error',
    says: 'A contract loads no internals of its module.',
    options: {},
  },
  'unused-contract': { severity: 'warn', says: 'Contracts and messages are used by somebody.', options: {} },
  'unresolved-import': {
    severity: 'warn',
    says: 'Imports lead somewhere.',
    options: { tests: true, types: true },
  },
  'unanalysable-import': {
    severity: 'warn',
    says: 'What is imported can be told without running it.',
    options: { tests: false },
  },
  'unanalysable-message': {
    severity: 'warn',
    says: 'Which message is sent or defined can be told without running the code.',
    options: { tests: false },
  },
  'unread-file': { severity: 'warn', says: 'All files can be read and understood.', options: {} },
  'unused-rule': { severity: 'error', says: 'What the configuration names is there.', options: {} },
  'unused-exception': {
    severity: 'error',
    says: 'Exceptions cover something, and have not expired.',
    options: {},
  },
  'baseline-stale': { severity: 'error', says: 'What the baseline lists is still there.', options: {} },
  'baseline-expired': { severity: 'error', says: 'What the baseline lists has not expired.', options: {} },
  'baseline-grown': { severity: 'error', says: 'What the baseline lists has not become more.', options: {} },
};

/** The setting of every rule. */
export type RuleSettings = Readonly<Record<RuleId, RuleSetting>>;

/** All ids, in the order in which they are told. */
export const ruleIds: readonly RuleId[] = Object.keys(ruleDescriptions).filter(isRuleId);

/** Whether a word is the id of a rule. */
export function isRuleId(word: string): word is RuleId {
  return Object.hasOwn(ruleDescriptions, word);
}

const NOTHING_SAID: RuleSetting = {
  severity: 'error',
  tests: false,
  types: true,
  dynamic: true,
  root: 'all',
  allow: [],
  withoutExports: 'main',
};

const severity = word('What a violation does.', severityNames);

const optionShapes: { readonly [K in OptionName]: Shape<RuleSetting[K]> } = {
  tests: flag('Whether test files are looked at.'),
  types: flag('Whether imports that bind types alone count.'),
  dynamic: flag('Whether import() counts, which loads a file later.'),
  root: word('Which files may use the dependencies of the root, beside those of their package.', [
    'all',
    'tests',
    'none',
  ]),
  allow: list(
    'What a contract may define beside data, types and messages.',
    word('A kind of definition.', ['class', 'function', 'value']),
  ),
  withoutExports: word('What a package without exports offers.', ['main', 'open']),
};

/** What a configuration may say of a rule. */
export type GivenSetting = Severity | Partial<RuleSetting>;

/** What a configuration may say of all rules. */
export type GivenSettings = Partial<Record<RuleId, GivenSetting>>;

/** How the key `rules` of the configuration is read: `{ "file-cycle": "warn", … }`, or an object with options. */
export const rulesShape: Shape<GivenSettings> = object(
  'How strict each rule is, and its options.',
  settingShapes(),
  [],
);

function settingShapes(): { readonly [K in RuleId]: Shape<GivenSetting> } {
  const shapes = ruleIds.map((id) => [id, settingShape(id)] as const);
  // One for each id, by construction.
  return Object.fromEntries(shapes) as { readonly [K in RuleId]: Shape<GivenSetting> };
}

function settingShape(id: RuleId): Shape<GivenSetting> {
  const { says, options } = ruleDescriptions[id];
  const names = Object.keys(options).filter((name) => name in optionShapes);
  const shapes: Readonly<Record<string, Shape<unknown>>> = optionShapes;
  const fields = Object.fromEntries(names.map((name) => [name, shapes[name]]));
  const whole = object<Partial<RuleSetting>>(says, { ...fields, severity } as never, []);
  const both: Shape<GivenSetting> = either(severity, whole, (value) => (typeof value === 'string' ? 1 : 2));
  return { ...both, schema: described(both.schema, says) };
}

function described(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}

/** The setting of every rule, from what the configuration says of some. */
export function settingsFrom(given: GivenSettings): RuleSettings {
  const settings = ruleIds.map((id): [RuleId, RuleSetting] => {
    const { severity, options } = ruleDescriptions[id];
    const own = given[id];
    const said = typeof own === 'string' ? { severity: own } : own;
    return [id, { ...NOTHING_SAID, ...options, severity, ...said }];
  });
  // One for each id, by construction.
  return Object.fromEntries(settings) as Record<RuleId, RuleSetting>;
}
