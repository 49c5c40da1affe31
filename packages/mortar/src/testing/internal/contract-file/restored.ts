import type {
  CommandContract,
  Contract,
  EventContract,
  QueryContract,
  Schema,
} from '../../../contracts/index.js';
import { moduleOf } from '../../../contracts/index.js';
import type { AnswerRecord, EventRecord, RequestRecord, SidesRecord } from './record.js';

/** A contract as it was recorded, to be compared with another. It validates nothing. */
export function restored(record: EventRecord | RequestRecord): Contract {
  return record.kind === 'event' ? restoredEvent(record) : restoredRequest(record.kind, record.name, record);
}

/** A command or a query, or a method of a port, which is asked as a command is. */
export function restoredRequest(
  kind: 'command' | 'query',
  name: string,
  { input, result }: AnswerRecord,
): CommandContract | QueryContract {
  return {
    kind,
    name,
    module: moduleOf(name),
    description: undefined,
    data: schemaOf({ input, output: input }),
    result: result === undefined ? undefined : schemaOf(result),
    failures: [],
    jsonSchema: undefined,
  };
}

function restoredEvent({ name, schemaVersion, readsFrom, isKeyed, data }: EventRecord): EventContract {
  const older = Array.from({ length: schemaVersion - readsFrom }, (_, place) => readsFrom + place);
  return {
    kind: 'event',
    name,
    module: moduleOf(name),
    description: undefined,
    data: schemaOf(data),
    schemaVersion,
    upcasters: Object.fromEntries(older.map((version) => [version, (value: unknown) => value])),
    priority: 'normal',
    jsonSchema: undefined,
    ...(isKeyed ? { key: () => name } : {}),
  };
}

function schemaOf({ input, output }: SidesRecord): Schema {
  const standard = {
    version: 1 as const,
    vendor: 'recorded',
    validate: (value: unknown) => ({ value }),
    jsonSchema: { input: () => input, output: () => output },
  };
  return { '~standard': standard };
}
