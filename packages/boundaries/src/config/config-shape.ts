import type {
  BoundaryConfig,
  DependencyRule,
  Exception,
  HexagonalFolders,
  LayerRule,
  ModulePattern,
  PackageRule,
  TagRule,
} from './boundary-config.js';
import { type GivenSettings, type RuleId, ruleIds, rulesShape } from './rule-settings.js';
import { day, flag, type JsonSchema, list, object, record, type Shape, text, word } from './shape.js';

/** What the configuration is where it says nothing. */
export const defaultConfig: BoundaryConfig = {
  exclude: ['**/{fixtures,__fixtures__,testdata}/**'],
  tests: ['**/*.{test,spec,bench,stories}.*', '**/{__tests__,__mocks__}/**'],
  discover: true,
  contracts: ['contract'],
  modules: [],
  tags: [],
  sets: {},
  layers: [],
  dependencies: [],
  packages: [],
  hexagonal: {
    domain: ['domain'],
    application: ['application'],
    infrastructure: ['infrastructure', 'infra', 'adapters'],
    api: ['api', 'http', 'presentation'],
  },
  exceptions: [],
  baseline: 'mortar.baseline.json',
};

const selectors = (description: string): Shape<readonly string[]> =>
  list(
    `${description} A selector is the name of a module or package, a path (both with * and **), tag:<tag>, hexagonal:<layer>, set:<name>, or one of these with ! before it.`,
    text('A selector.'),
  );
const globs = (description: string): Shape<readonly string[]> => list(description, text('A glob.'));
const because = text('Why the rule is there; told with each violation.');
const instead = text('What to do instead; told with each violation.');
const types = flag('Whether imports of types alone count; they do unless said.');

const modulePattern = object<ModulePattern>(
  'Modules by folders.',
  {
    paths: globs(
      'Folders, or single files where the glob ends in an extension. What matches with the same name is one module.',
    ),
    name: text(
      '{1}, {2} … stand for what the * of the path matched. Without it, the last * or the name of the folder.',
    ),
    contract: globs(
      'What others may import, from the folder. Unless said: contract.ts, or the index where there is none.',
    ),
    tags: list('Tags, for selectors.', text('A tag.')),
  },
  ['paths'],
);

const tagRule = object<TagRule>(
  'Puts tags on modules and packages.',
  { select: selectors('Which.'), tags: list('Tags, for selectors.', text('A tag.')) },
  ['select', 'tags'],
);

const layerRule = object<LayerRule>(
  'Modules in layers: each may depend on its own layer and those below.',
  {
    name: text('What the layers are called together.'),
    order: list('The layers, the highest first.', selectors('Who is of the layer.')),
    sameLayer: flag('Whether modules of one layer may depend on each other; they may unless said.'),
    because,
  },
  ['name', 'order'],
);

const dependencyRule = object<DependencyRule>(
  'Who may depend on whom.',
  {
    from: selectors('Whose imports.'),
    allow: selectors('Nothing else of the project may be imported.'),
    deny: selectors('These may not be imported.'),
    require: selectors('Each module selected by from depends on each of these; npm packages by their names.'),
    types,
    because,
    instead,
  },
  ['from'],
);

const packageRule = object<PackageRule>(
  'Which npm packages and modules of the runtime may be imported.',
  {
    from: selectors('Whose imports.'),
    allow: globs('Nothing else may be imported. Names of packages, paths in them (pg/lib/**), or node:fs.'),
    deny: globs('These may not be imported.'),
    types,
    because,
    instead,
  },
  ['from'],
);

const exception = object<Exception>(
  'A violation that is right as it is.',
  {
    rule: word<RuleId>('The id of the rule.', ruleIds),
    from: selectors('What violates.'),
    to: selectors('What it reaches; npm packages by their names.'),
    reason: text('Why it is right.'),
    owner: text('Who answers for it.'),
    expires: day('The last day on which it holds.'),
  },
  ['rule', 'reason'],
);

const folders = list('Names of folders.', text('A name.'));

const hexagonal = object<Partial<HexagonalFolders>>(
  'Folder names of the layers inside a module.',
  { domain: folders, application: folders, infrastructure: folders, api: folders },
  [],
);

/** The file as it is written: everything may be left out. */
export interface ConfigFile extends Partial<Omit<BoundaryConfig, 'hexagonal'>> {
  readonly $schema?: string | undefined;
  readonly hexagonal?: Partial<HexagonalFolders> | undefined;
  readonly rules?: GivenSettings | undefined;
}

/** How mortar.config.json is read. */
export const configShape: Shape<ConfigFile> = object<ConfigFile>(
  'Boundaries of a monorepo, as `mortar check` holds them.',
  {
    $schema: text('Where the schema of this file is.'),
    exclude: globs('Files that are neither judged nor drawn.'),
    tests: globs(
      'Test files, from which most rules look away. Unless said: files so named, folders of tests, and configuration of tools in the root of a package.',
    ),
    discover: flag('Whether Mortar modules are found by their contract.ts and module.ts.'),
    contracts: list(
      'File names, without extension, that are the contract of a module that was found.',
      text('A name.'),
    ),
    modules: list('Modules by folder patterns, beside those that are found.', modulePattern),
    tags: list('Tags of modules and packages.', tagRule),
    sets: record('Named lists of selectors, for set:<name>.', selectors('What is in it.')),
    layers: list('Layers of modules.', layerRule),
    dependencies: list('Who may depend on whom.', dependencyRule),
    packages: list('Which npm packages may be imported where.', packageRule),
    hexagonal,
    exceptions: list('Violations that are right as they are.', exception),
    baseline: text('Path of the baseline, from the root.'),
    rules: rulesShape,
  },
  [],
);

/** The JSON Schema of mortar.config.json, as it is published in the package. */
export function configSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'mortar.config.json',
    ...configShape.schema,
  };
}
