import {
  checkSchema,
  type Schema,
  type SchemaInput,
  type SchemaOutput,
  type Validated,
  validate,
} from '../contracts/index.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import { readConfigFile } from './file.js';
import { explainIssues, lostSecrets } from './internal/explanation.js';
import { configError, type Fault } from './internal/fault.js';
import { frozenCopy, pathKey } from './internal/frozen.js';
import { type Reading, readSettings } from './internal/reading.js';
import { unknownFileKeys, unknownVariables } from './internal/unknown-keys.js';
import { type Config, placeSettings, type SettingGroup, type Settings } from './settings.js';

/** What `loadConfig` takes. */
export interface ConfigOptions<S extends Schema, M extends Settings<SchemaInput<S>>> {
  /** Any Standard Schema of an object. It is given secrets unwrapped, and must keep them in their places. */
  readonly schema: S;
  /** Where each value comes from. */
  readonly settings: M;
  /** The environment; `process.env` unless said. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * A JSON file of the same shape as `settings`, for what the environment does not say: a path from the working
   * directory, or a file URL. Its values are given to the schema as they are. None unless said.
   */
  readonly file?: string | URL;
  /** Variables that start so must be known; `MORTAR_` unless said. */
  readonly prefix?: string;
  /** Variables with the prefix that something else reads. */
  readonly alsoKnown?: readonly string[];
}

/**
 * Reads a configuration, checks it, and answers with it deeply frozen. The environment wins over the file, the file
 * over the schema's defaults. A group of settings of which none is set is given to the schema empty, and left out where
 * the schema refuses it so.
 * @example
 * const config = loadConfig({
 *   schema: z.object({ port: z.number().min(1).max(65_535).default(3000), databaseUrl: z.url() }),
 *   settings: { port: number('MORTAR_PORT'), databaseUrl: secret('MORTAR_DATABASE_URL') },
 * });
 * connect(config.databaseUrl.reveal(), config.port);
 * @throws MortarError with every fault at once, each naming its key, none showing a secret: `MORTAR_CONFIG_INVALID`,
 *   or `MORTAR_CONFIG_UNKNOWN_KEY` if unknown keys are all there is; `MORTAR_CONFIG_FILE` for a file that is missing,
 *   unreadable or no JSON object; `MORTAR_OPTIONS_INVALID`
 */
export function loadConfig<S extends Schema, const M extends Settings<SchemaInput<S>>>(
  options: ConfigOptions<S, M>,
): Config<SchemaOutput<S>, M> {
  checkOptions(options);
  const { schema, env = process.env, file, prefix = 'MORTAR_', alsoKnown = [] } = options;
  const settings = options.settings as SettingGroup;
  const placed = placeSettings(settings);
  const content = file === undefined ? {} : readConfigFile(file);
  const reading = readSettings(placed, env, content);
  const checked = check(schema, reading);
  const faults = [
    ...unknownVariables(env, prefix, [...placed.map(({ setting }) => setting.env), ...alsoKnown]),
    ...unknownFileKeys(content, settings),
    ...reading.faults,
    ...checked.faults,
  ];
  if (faults.length > 0) throw configError(faults, checked.cause);
  const secretPaths = placed.filter(({ setting }) => setting.isSecret).map(({ path }) => pathKey(path));
  return frozenCopy(checked.value, new Set(secretPaths)) as Config<SchemaOutput<S>, M>;
}

interface Checked {
  readonly value: unknown;
  readonly faults: readonly Fault[];
  readonly cause?: unknown;
}

function check(schema: Schema, reading: Reading): Checked {
  let result: Validated<unknown>;
  try {
    result = validate(schema, reading.withEmptyGroups);
    if (!result.ok && reading.hasEmptyGroups) {
      const without = validate(schema, reading.withoutEmptyGroups);
      if (without.ok) result = without;
    }
  } catch (error) {
    if (error instanceof MortarError && error.code === 'MORTAR_SCHEMA_ASYNC') throw error;
    return { value: undefined, ...schemaThrew(reading, error) };
  }
  if (!result.ok) return { value: undefined, faults: explainIssues(result.issues, reading) };
  return { value: result.value, faults: lostSecrets(result.value, reading) };
}

/** What a schema throws may repeat what it was given, so it is kept only where that holds no secret. */
function schemaThrew(reading: Reading, cause: unknown): Pick<Checked, 'faults' | 'cause'> {
  const message = 'the schema itself failed with an error';
  const fault: Fault = { kind: 'bad-value', path: '', message };
  return reading.secretTexts.length > 0 ? { faults: [fault] } : { faults: [fault], cause };
}

function checkOptions(options: { readonly [K in keyof ConfigOptions<Schema, never>]?: unknown }): void {
  checkKeys('loadConfig', options, ['schema', 'settings', 'env', 'file', 'prefix', 'alsoKnown']);
  checkSchema(options.schema, 'A configuration');
  const { env = {}, file = '', prefix = 'MORTAR_', alsoKnown = [] } = options;
  checkOption('env', typeof env === 'object' && env !== null, 'an object of texts', env);
  checkOption('file', typeof file === 'string' || file instanceof URL, 'a path or a file URL', file);
  checkOption(
    'prefix',
    typeof prefix === 'string' && prefix !== '',
    'a text of at least one character',
    prefix,
  );
  checkOption('alsoKnown', Array.isArray(alsoKnown), 'an array of names', alsoKnown);
}

function checkOption(name: string, isRight: boolean, expected: string, got: unknown): void {
  if (isRight) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} of loadConfig is well formed.`,
    expected,
    got: name === 'env' ? `a ${typeof got}` : describeValue(got),
  });
}
