import { type EventContract, summarize, upcast, validate } from '../../../contracts/index.js';
import { defuse, describeValue } from '../../../errors/index.js';
import type { Retired } from '../../../sourcing/index.js';
import type { Sample } from './sample-folder.js';
import { nameOfSample } from './sample-name.js';

/** Who reads which event, by its type. */
export interface Readers {
  readonly events: ReadonlyMap<string, EventContract>;
  readonly retired: ReadonlyMap<string, Retired>;
}

/** What is wrong with one file, or with its absence. */
export interface SampleFault {
  readonly file: string;
  readonly error: unknown;
}

/** Why a sample does not become an event of today; undefined where it does. */
export function faultOfSample(readers: Readers, sample: Sample): SampleFault | undefined {
  const { file } = sample;
  if (sample.kind === 'unreadable') return { file, error: sample.error };
  const { event, schemaVersion } = sample.name;
  const contract = readers.events.get(event);
  const retired = readers.retired.get(event);
  try {
    if (contract !== undefined) upcast(contract, sample.data, schemaVersion);
    else if (retired !== undefined) checkRetirement(readers, retired, sample.data, schemaVersion);
    else throw new Error(`no contract and no retired event is named ${event}`);
    return undefined;
  } catch (error) {
    return { file, error };
  }
}

/** The samples that should be there: of each older version that is still read, and of each retired event. */
export function missingSamples(readers: Readers, samples: readonly Sample[]): readonly SampleFault[] {
  const there = samples.flatMap(({ name }) => name ?? []);
  const has = (event: string, version?: number): boolean =>
    there.some((name) => name.event === event && (version ?? name.schemaVersion) === name.schemaVersion);
  const old = [...readers.events.values()].flatMap(({ name, upcasters }) =>
    Object.keys(upcasters)
      .map(Number)
      .filter((version) => !has(name, version))
      .map((version) => ({
        file: nameOfSample(name, version, undefined),
        error: new Error(
          `there is no sample of ${name} of schema version ${version}, which its contract says it reads`,
        ),
      })),
  );
  const retired = [...readers.retired.keys()]
    .filter((type) => !has(type))
    .map((type) => ({
      file: `${type}.v….json`,
      error: new Error(`there is no sample of the retired event ${type}, in any schema version`),
    }));
  return [...old, ...retired];
}

function checkRetirement({ events }: Readers, retired: Retired, data: unknown, schemaVersion: number): void {
  const answer: unknown = retired.into(data, schemaVersion);
  if (defuse(answer)) throw new Error('into answered with a promise, where it answers at once');
  if (!Array.isArray(answer))
    throw new Error(`into answered with ${describeValue(answer)}, where a list of events is due`);
  for (const [place, event] of answer.entries())
    checkSuccessor(events, event, `event ${place + 1} of what into made`);
}

function checkSuccessor(events: Readers['events'], event: unknown, place: string): void {
  if (typeof event !== 'object' || event === null || !('type' in event) || !('data' in event))
    throw new Error(`${place} is ${describeValue(event)}, where { type, data } is due`);
  const contract = typeof event.type === 'string' ? events.get(event.type) : undefined;
  if (contract === undefined)
    throw new Error(`${place} is of type ${describeValue(event.type)}, of which there is no contract`);
  const result = validate(contract.data, event.data);
  if (!result.ok)
    throw new Error(`${place} does not follow the schema of ${contract.name}: ${summarize(result.issues)}`);
}
