import { describeValue, type ErrorDetails, MortarError } from '../errors/index.js';
import type { EventContract } from './contract.js';
import { summarize, type Validated, validate } from './schema.js';

type Chain = Pick<EventContract, 'name' | 'schemaVersion' | 'upcasters'>;

/**
 * Turns the data of an event that was written under `fromSchemaVersion` into data of the contract's current schema:
 * applies the chain of upcasters, then validates the outcome, also where the chain is empty. Answers with the schema's
 * output, so that defaults of optional fields added since are in it. What reads the log calls it for events of another schema
 * version alone: one of the current version was validated when it was written, and is not when it is read.
 *
 * @throws MortarError `MORTAR_UPCAST_MISSING` if no chain leads from that version, or it is newer than the code;
 * `MORTAR_UPCAST_FAILED` if an upcaster or the schema threw (the `cause`) or the outcome does not follow the schema (the `issues`);
 * `MORTAR_SCHEMA_ASYNC`
 */
export function upcast<Out, In>(
  contract: EventContract<string, Out, In>,
  data: unknown,
  fromSchemaVersion: number,
): Out {
  checkChain(contract, fromSchemaVersion);
  let current = data;
  for (let version = fromSchemaVersion; version < contract.schemaVersion; version += 1) {
    current = applyOne(contract, version, current);
  }
  const result = validateOutcome(contract, current, fromSchemaVersion);
  if (result.ok) return result.value;
  const { issues } = result;
  throw failed(contract.name, fromSchemaVersion, 'data without issues', summarize(issues), { issues });
}

function checkChain(contract: Chain, from: number): void {
  const { name, schemaVersion, upcasters } = contract;
  // The upcasters of a contract form an unbroken chain that ends at its schema version, so its start decides.
  const isKnown = Number.isSafeInteger(from) && from >= 1;
  if (isKnown && (from === schemaVersion || (from < schemaVersion && Object.hasOwn(upcasters, from)))) return;
  const oldest = schemaVersion - Object.keys(upcasters).length;
  throw new MortarError('MORTAR_UPCAST_MISSING', {
    rule: `Event ${name} is read through a chain of upcasters up to its schema version, ${schemaVersion}.`,
    expected:
      oldest === schemaVersion
        ? `schema version ${oldest}`
        : `a schema version from ${oldest} to ${schemaVersion}`,
    got: isKnown && from > schemaVersion ? `${from}, which is newer than this code` : describeValue(from),
  });
}

function applyOne(contract: Chain, version: number, data: unknown): unknown {
  const { name, upcasters } = contract;
  const expected = `data of schema version ${version + 1}`;
  let outcome: unknown;
  try {
    outcome = upcasters[version]?.(data);
  } catch (cause) {
    throw failed(name, version, expected, 'an error of the upcaster', { cause });
  }
  if (!(outcome instanceof Promise)) return outcome;
  outcome.catch(() => undefined);
  throw failed(name, version, expected, 'a promise');
}

function validateOutcome<Out, In>(
  contract: EventContract<string, Out, In>,
  data: unknown,
  from: number,
): Validated<Out> {
  try {
    return validate(contract.data, data);
  } catch (cause) {
    if (cause instanceof MortarError) throw cause;
    throw failed(contract.name, from, 'an answer of the schema', 'an error of the schema', { cause });
  }
}

function failed(
  name: string,
  version: number,
  expected: string,
  got: string,
  more: Pick<ErrorDetails, 'cause' | 'issues'> = {},
): MortarError {
  const rule = `Event ${name} of schema version ${version} becomes one of the current schema.`;
  return new MortarError('MORTAR_UPCAST_FAILED', { rule, expected, got, ...more });
}
