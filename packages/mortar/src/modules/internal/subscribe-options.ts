import { type AnySubscribeOptions, checkSubscribeOptions } from '../../bus/index.js';
import { checkKeys, checkOneOf, checkWholeNumber } from '../../errors/index.js';
import type { LogSubscribeOptions, ModuleSubscribeOptions } from '../subscribe-options.js';

const LOG_KEYS = [
  'from',
  'onDead',
  'onUnreadable',
  'partitions',
] as const satisfies readonly (keyof LogSubscribeOptions)[];
const BUS_KEYS = [
  'name',
  'concurrency',
  'queue',
  'retry',
  'timeoutMs',
  'guards',
  'batch',
] as const satisfies readonly (keyof AnySubscribeOptions)[];
/** What makes sense for a handler that is called at once, with its publisher. */
const WITHIN_KEYS: readonly string[] = ['name', 'timeoutMs', 'guards', 'within'];
const MAX_PARTITIONS = 256;

/** The options of a module's subscription, taken apart. */
export interface SplitOptions {
  readonly bus: AnySubscribeOptions;
  readonly log: LogSubscribeOptions;
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkModuleSubscribeOptions(options: ModuleSubscribeOptions, name: string): void {
  const { within } = options;
  if (within !== undefined) {
    checkOneOf('within', within, ['transaction']);
    checkKeys('a handler within the transaction', options, WITHIN_KEYS);
  }
  checkKeys('on', options, [...BUS_KEYS, ...LOG_KEYS, 'within']);
  const { bus, log } = splitOptions(options);
  checkSubscribeOptions({ ...bus, name });
  const { from, onDead, onUnreadable, partitions } = log;
  if (from !== undefined && typeof from !== 'string')
    checkWholeNumber('from', from, 0, Number.MAX_SAFE_INTEGER);
  if (typeof from === 'string') checkOneOf('from', from, ['now', 'beginning']);
  if (onDead !== undefined) checkOneOf('onDead', onDead, ['hold', 'continue']);
  if (onUnreadable !== undefined) checkOneOf('onUnreadable', onUnreadable, ['deadLetter', 'hold']);
  if (partitions !== undefined) checkWholeNumber('partitions', partitions, 1, MAX_PARTITIONS);
}

/** What the bus is told of a subscription, and what the log. */
export function splitOptions(options: ModuleSubscribeOptions): SplitOptions {
  const { within, from, onDead, onUnreadable, partitions, ...bus } = options;
  const log = { from, onDead, onUnreadable, partitions };
  const said = Object.entries(log).filter(([, value]) => value !== undefined);
  // The entries are those of the options, without those that are not there.
  return { bus, log: Object.fromEntries(said) as LogSubscribeOptions };
}
