import {
  type CommandContract,
  checkModuleName,
  type DataOf,
  type EventContract,
  type PortMethod,
  type QueryContract,
} from '../../contracts/index.js';
import {
  checkKeys,
  checkOneOf,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from '../../errors/index.js';
import { checkSends, type Sends } from '../sends.js';
import { checkSubscriptionName } from '../subscription.js';
import type { Rule } from './rule.js';

/** Who handles, where it is not said by the contract. */
export interface RequestHandlerOptions {
  /** Stands in errors, logs and idempotency keys; the contract's name unless said. */
  readonly name?: string;
  /** The module the handler belongs to: it may then publish that module's events only. */
  readonly module?: string;
  /** What the handler sends. Where it says so, it may send nothing else. */
  readonly sends?: Sends;
}

/** What is said about the handling of a command. */
export interface CommandOptions<C extends CommandContract = CommandContract> {
  /** What must hold beside the schema, looked at before the handler. All that is broken is told at once. */
  readonly validate?: readonly Rule<C>[];
}

/** What is said about the answering of a query. */
export interface QueryOptions<C extends QueryContract = QueryContract> {
  readonly cache?: CacheOptions<C>;
}

/** All that may be said about a handler. */
export interface HandlerOptions extends RequestHandlerOptions, CommandOptions, QueryOptions {}

/** For whom a cached answer counts: for one actor of one tenant, for all of a tenant, or for all. */
export type CacheVary = 'actor' | 'tenant' | 'none';

/**
 * How answers of a query are kept. Equal queries under way are answered by one call of the handler; errors and failures
 * are never kept.
 *
 * An answer that is given to several is frozen where it is plain data (arrays, plain objects, what JSON knows); one with
 * Dates, Maps, Sets or bytes is copied for each; one with anything else is not kept. Handle middleware stands around the
 * handler, so it does not see who gets an answer that is kept.
 */
export interface CacheOptions<C extends QueryContract = QueryContract> {
  /** How long an answer is fresh. */
  readonly ttlMs: number;
  /** How long after that it is still given, while a new one is fetched; 0 unless said. */
  readonly staleWhileRevalidateMs?: number;
  /** Words by which answers can be made invalid: of what they tell. */
  tags?(data: DataOf<C>): readonly string[];
  /** Events that make all answers of the query invalid: when they are accepted, and when they have been handled. */
  readonly invalidatedBy?: readonly EventContract[];
  /** How many answers are kept; 1,000 unless said. The least recently given goes first. */
  readonly maxEntries?: number;
  /**
   * `actor` unless said. An answer that depends on who asks, or on the tenant, must not be given to others; where it
   * does not, `tenant` or `none` keep it once for many. The handler then runs on behalf of the first who asked.
   */
  readonly vary?: CacheVary;
}

const CACHE_KEYS: readonly (keyof CacheOptions)[] = [
  'ttlMs',
  'staleWhileRevalidateMs',
  'tags',
  'invalidatedBy',
  'maxEntries',
  'vary',
];
const MAX_ENTRIES = 10_000_000;
const VARIES: readonly CacheVary[] = ['actor', 'tenant', 'none'];

/** @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_NAME_INVALID`, `MORTAR_NOT_OWNER` */
export function checkHandlerOptions(
  contract: CommandContract | QueryContract | PortMethod,
  options: HandlerOptions,
): void {
  const special = { command: ['validate'], query: ['cache'], port: [] }[contract.kind];
  checkKeys(VERBS[contract.kind], options, ['name', 'module', 'sends', ...special]);
  const { name, module, sends, validate, cache } = options;
  if (name !== undefined) checkSubscriptionName(name);
  if (sends !== undefined) checkSends(sends);
  if (validate !== undefined) checkRules(validate);
  if (cache !== undefined) checkCacheOptions(cache);
  if (module === undefined) return;
  checkModuleName(module);
  if (module === contract.module) return;
  throw new MortarError('MORTAR_NOT_OWNER', {
    rule: 'Only the module named in the prefix of a command, query or port handles it.',
    expected: `a handler of module ${contract.module} for ${contract.name}`,
    got: `one of module ${module}`,
  });
}

const VERBS = { command: 'handle', query: 'answer', port: 'serve' } as const;

function checkRules(rules: unknown): void {
  if (Array.isArray(rules) && rules.every((rule) => typeof rule === 'function')) return;
  throw badOption('validate', 'an array of functions', rules);
}

function checkCacheOptions(cache: CacheOptions): void {
  checkKeys('cache', cache, CACHE_KEYS);
  const { staleWhileRevalidateMs, tags, invalidatedBy, maxEntries, vary } = cache;
  checkWholeNumber('cache.ttlMs', cache.ttlMs, 1, MAX_DELAY_MS);
  if (staleWhileRevalidateMs !== undefined)
    checkWholeNumber('cache.staleWhileRevalidateMs', staleWhileRevalidateMs, 0, MAX_DELAY_MS);
  if (maxEntries !== undefined) checkWholeNumber('cache.maxEntries', maxEntries, 1, MAX_ENTRIES);
  if (vary !== undefined) checkOneOf('cache.vary', vary, VARIES);
  if (tags !== undefined && typeof tags !== 'function')
    throw badOption('cache.tags', 'a function from the data of the query to a list of texts', tags);
  if (invalidatedBy !== undefined) checkEvents(invalidatedBy);
}

function checkEvents(events: unknown): void {
  if (Array.isArray(events) && events.every((event) => event?.kind === 'event')) return;
  throw badOption('cache.invalidatedBy', 'an array of event contracts', events);
}

function badOption(name: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} is well formed.`,
    expected,
    got: describeValue(got),
  });
}
