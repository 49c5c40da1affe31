import type {
  CommandContract,
  Contract,
  EventContract,
  PortContract,
  PortMethod,
  QueryContract,
  Schema,
} from '../../../contracts/index.js';
import { moduleOf } from '../../../contracts/index.js';
import type { ContractRecord, EventRecord, PortRecord, RequestRecord, SidesRecord } from './record.js';

/** A contract as it was recorded, to be compared with another. It validates nothing. */
export function restored(record: ContractRecord): Contract | PortContract {
  if (record.kind === 'event') return restoredEvent(record);
  return record.kind === 'port' ? restoredPort(record) : restoredRequest(record);
}

function restoredRequest({
  kind,
  name,
  input,
  result,
  failures = {},
}: RequestRecord): CommandContract | QueryContract {
  return {
    kind,
    name,
    module: moduleOf(name),
    description: undefined,
    data: schemaOf({ input, output: input }),
    result: result === undefined ? undefined : schemaOf(result),
    failures: Object.entries(failures).map(([failure, sides]) => ({ name: failure, data: schemaOf(sides) })),
    jsonSchema: undefined,
  };
}

function restoredPort({ name, methods }: PortRecord): PortContract {
  const restoredMethods = Object.entries(methods).map(([method, record]): [string, PortMethod] => [
    method,
    {
      kind: 'port',
      name: `${name}.${method}`,
      port: name,
      method,
      module: moduleOf(name),
      description: undefined,
      data: schemaOf({ input: record.input, output: record.input }),
      result: record.result === undefined ? undefined : schemaOf(record.result),
      timeoutMs: 1,
      permission: record.permission,
      isIdempotent: record.isIdempotent === true,
      jsonSchema: undefined,
    },
  ]);
  return {
    kind: 'port',
    name,
    module: moduleOf(name),
    description: undefined,
    methods: Object.fromEntries(restoredMethods),
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
