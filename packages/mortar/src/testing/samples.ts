import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checked, type EventContract, encode, type InputOf } from '../contracts/index.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import type { Retired } from '../sourcing/index.js';
import { checkContractList } from './internal/options/contract-list.js';
import { checkPath } from './internal/options/path.js';
import { foldersSamples } from './internal/samples/sample-folder.js';
import { checkCase, nameOfSample } from './internal/samples/sample-name.js';
import { samplesFailure } from './internal/samples/samples-errors.js';
import { faultOfSample, missingSamples, type Readers } from './internal/samples/upcasting.js';

/** What `checkSamples` takes. */
export interface SamplesOptions {
  /** Where the samples lie. Each entry is one; names that begin with a dot are passed over. */
  readonly folder: string | URL;
  /** All events of which there are samples. */
  readonly events: readonly EventContract[];
  /** Events that lie in the log and that nobody publishes any more. What they turn into is among `events`. */
  readonly retired?: readonly Retired[];
}

/**
 * Checks that what was recorded long ago can still be read: each sample in a folder, `<event>.v<schemaVersion>[.<case>].json`
 * with a payload as the codec writes it, is upcast to the event of today. `recordSample` writes one; record each version while
 * it is the current one, and keep the samples for as long as the log keeps such events.
 *
 * Fails, once for all of them, for samples that no longer upcast or can't be read, for samples of events that nobody knows,
 * for each older version that a contract says it reads and of which there is no sample, and for each retired event without one.
 * @example
 * await checkSamples({ folder: new URL('samples', import.meta.url), events: [Opened, Deposited] });
 * @throws AssertionError that names every fault
 * @throws MortarError `MORTAR_OPTIONS_INVALID`, also for a folder that can't be read
 */
export async function checkSamples(options: SamplesOptions): Promise<void> {
  checkKeys('checkSamples', options, ['folder', 'events', 'retired']);
  const folder = checkPath('folder', options.folder);
  const readers = readersOf(options);
  const samples = await foldersSamples(folder);
  const faults = [
    ...samples.flatMap((sample) => faultOfSample(readers, sample) ?? []),
    ...missingSamples(readers, samples),
  ];
  if (faults.length > 0) throw samplesFailure(folder, faults);
}

/**
 * Records the data of an event as a sample of the contract's current schema version, for `checkSamples`, and answers with the
 * path of its file. A sample that is there is kept: the same data again changes nothing, other data is refused.
 * @param name Tells several samples of one version apart: a word in kebab-case.
 * @example
 * await recordSample(folder, Opened, { owner: 'Ada', currency: 'EUR' }, 'in-euro');
 * @throws MortarError `MORTAR_DATA_INVALID`, `MORTAR_SCHEMA_ASYNC`, `MORTAR_CODEC_…`, `MORTAR_OPTIONS_INVALID`
 */
export async function recordSample<C extends EventContract>(
  folder: string | URL,
  contract: C,
  data: InputOf<C>,
  name?: string,
): Promise<string> {
  const path = checkPath('folder', folder);
  checkContractList('recordSample takes a contract', [contract], ['event']);
  if (name !== undefined) checkCase(name);
  const text = `${encode(checked('MORTAR_DATA_INVALID', `The data of event ${contract.name}`, contract.data, data))}\n`;
  const file = join(path, nameOfSample(contract.name, contract.schemaVersion, name));
  await mkdir(path, { recursive: true });
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    await checkSame(file, text, error);
  }
  return file;
}

/** A sample stands for what has been written, so it is never written anew. */
async function checkSame(file: string, text: string, error: unknown): Promise<void> {
  const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
  if (!isThere) throw error;
  if ((await readFile(file, 'utf8')).trim() === text.trim()) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A sample stays as it was recorded.',
    expected: 'the same data, or another case name for other data',
    got: `other data than is in ${file}`,
  });
}

function readersOf({ events, retired = [] }: SamplesOptions): Readers {
  checkContractList('events lists contracts', events, ['event']);
  checkRetired(retired);
  const byType = new Map(retired.map((one) => [one.type, one]));
  const both = events.find(({ name }) => byType.has(name));
  if (both !== undefined || byType.size < retired.length)
    throw invalid('An event is read in one way.', 'each event once, in events or in retired', both?.name);
  return { events: new Map(events.map((event) => [event.name, event])), retired: byType };
}

function checkRetired(retired: readonly Retired[]): void {
  if (!Array.isArray(retired)) throw invalid('retired is a list.', '[{ type, into }, …]', retired);
  for (const one of retired) {
    const isOne = typeof one === 'object' && one !== null && typeof one.type === 'string';
    if (!isOne || typeof one.into !== 'function')
      throw invalid('Retired events have a type, and are turned into others.', '{ type, into }', one);
  }
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}
