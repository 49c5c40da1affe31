import type { CommandContract, Contract, EventContract, QueryContract } from '../contract.js';
import type { FailureContract } from '../failure.js';
import type { Change } from '../internal/json-schema/comparison.js';
import { compareSchemas } from '../internal/json-schema/subschema.js';
import type { PortContract, PortMethod } from '../port.js';
import type { Schema } from '../schema.js';
import { jsonSchemaOf, type SchemaDocuments } from './documents.js';

export type { Change } from '../internal/json-schema/comparison.js';

/** Whether one contract may take the place of another, or everything that breaks. */
export type Compatibility =
  | { readonly compatible: true }
  | { readonly compatible: false; readonly changes: readonly Change[] };

/**
 * Whether a new contract may take the place of an old one while old data, old callers and old readers are still about.
 *
 * - Event data under the same schema version, both ways: new code accepts all that old code wrote (the log keeps it for
 *   ever), and old readers accept and can use all that new code writes (while both run). So an optional field may come
 *   or go; a new value of an enum, a looser bound or a field that is now required needs a new schema version.
 * - Event data under a raised schema version: whatever an upcaster from the old version covers. Readers that are still old
 *   refuse the event by its number (`MORTAR_UPCAST_MISSING`) instead of misreading it.
 * - Input of a command or query: the new code accepts whatever old callers send.
 * - Result: old callers accept and can use whatever the new code answers. New properties of a result are ignored by them.
 * - Failures of a command or query: the same ones, by name. An old caller knows nothing of one that is new, and copes in vain
 *   with one that is gone, which old code may still answer new callers with. Their data is compared as that of a result is.
 * - Port: each method of the old one is there, and is compared as a request is; old callers may still retry it, and are not asked
 *   for another permission.
 *
 * Compared is what JSON Schema says, so code inside a schema (`refine`, `narrow`) is not. Data is taken to hold declared
 * properties only, unless the schema says that there are others. What cannot be proven compatible is a change; so is an
 * opaque schema (rule `opaque`), unless both contracts hold the very same schema object.
 */
export function compatibility(
  oldContract: Contract | PortContract,
  newContract: Contract | PortContract,
): Compatibility {
  const changes = changesBetween(oldContract, newContract);
  return changes.length === 0 ? { compatible: true } : { compatible: false, changes };
}

function changesBetween(old: Contract | PortContract, fresh: Contract | PortContract): readonly Change[] {
  if (old.kind !== fresh.kind) return [differs('kind', old.kind, fresh.kind)];
  if (old.name !== fresh.name) return [differs('name', old.name, fresh.name)];
  if (old.kind === 'event' && fresh.kind === 'event') return eventChanges(old, fresh);
  if (old.kind === 'port' && fresh.kind === 'port') return portChanges(old, fresh);
  return isRequest(old) && isRequest(fresh) ? requestChanges(old, fresh) : [];
}

type Request = CommandContract | QueryContract;

function isRequest(contract: Contract | PortContract): contract is Request {
  return contract.kind === 'command' || contract.kind === 'query';
}

function differs(path: string, old: string, fresh: string): Change {
  return { path, rule: path, message: `the ${path} was ${old} and is now ${fresh}` };
}

function eventChanges(old: EventContract, fresh: EventContract): readonly Change[] {
  const changes = [...keyChanges(old, fresh), ...versionChanges(old, fresh)];
  // Under a new number old and new data never meet but through the upcaster.
  if (fresh.schemaVersion !== old.schemaVersion) return changes;
  return [...changes, ...dataChanges(old, fresh)];
}

function keyChanges(old: EventContract, fresh: EventContract): readonly Change[] {
  const [had, has] = [old.key !== undefined, fresh.key !== undefined];
  if (had === has) return [];
  const message = had
    ? 'the key is gone, so that events which were handled in order no longer are'
    : 'a key has come, which old events in the log do not have, so that order holds among new ones only';
  return [{ path: 'key', rule: 'key', message }];
}

function versionChanges(old: EventContract, fresh: EventContract): readonly Change[] {
  if (fresh.schemaVersion < old.schemaVersion) {
    const message = `it was ${old.schemaVersion} and is now ${fresh.schemaVersion}, so that events of the old version are newer than the code`;
    return [{ path: 'schemaVersion', rule: 'schemaVersion', message }];
  }
  const oldest = oldestVersion(old);
  if (oldestVersion(fresh) <= oldest) return [];
  const message = `no upcaster leads from schema version ${oldest}, which the old contract could read`;
  return [{ path: 'upcasters', rule: 'upcasters', message }];
}

/** The upcasters of a contract form an unbroken chain that ends at its schema version. */
function oldestVersion({ schemaVersion, upcasters }: EventContract): number {
  return schemaVersion - Object.keys(upcasters).length;
}

function dataChanges(old: EventContract, fresh: EventContract): readonly Change[] {
  if (old.data === fresh.data) return [];
  const before = jsonSchemaOf(old).data;
  const after = jsonSchemaOf(fresh).data;
  return [
    ...takesAll(before, after, 'data', { written: 'old data', accepted: 'the new schema' }),
    ...servesAll(after, before, 'data', { written: 'new data', accepted: 'an old reader' }),
  ];
}

function portChanges(old: PortContract, fresh: PortContract): readonly Change[] {
  return Object.entries(old.methods).flatMap(([method, before]): readonly Change[] => {
    const after = fresh.methods[method];
    if (after === undefined) return [{ path: method, rule: 'method', message: 'the method is gone' }];
    const changes = [...requestChanges(before, after), ...callChanges(before, after)];
    return changes.map((change) => ({ ...change, path: `${method}.${change.path}` }));
  });
}

function callChanges(old: PortMethod, fresh: PortMethod): readonly Change[] {
  const changes: Change[] = [];
  if (old.isIdempotent && !fresh.isIdempotent) {
    const message = 'a call may no longer be made twice, and an old caller makes a failed one again';
    changes.push({ path: 'isIdempotent', rule: 'isIdempotent', message });
  }
  const { permission } = fresh;
  if (permission !== undefined && permission !== old.permission) {
    const message = `it wants the permission ${permission}, ${old.permission === undefined ? 'and wanted none' : `and no longer ${old.permission}`}`;
    changes.push({ path: 'permission', rule: 'permission', message });
  }
  return changes;
}

function requestChanges(old: Request | PortMethod, fresh: Request | PortMethod): readonly Change[] {
  const before = jsonSchemaOf(old);
  const after = jsonSchemaOf(fresh);
  const input = { input: before.data.input, output: before.data.input };
  const inputChanges = isSame(old.data, fresh.data)
    ? []
    : takesAll(input, after.data, 'data', { written: 'an old caller', accepted: 'the new schema' });
  return [
    ...inputChanges,
    ...resultChanges(old.result, fresh.result, before.result, after.result),
    ...failureChanges(
      { failures: failuresOf(old), documents: before.failures },
      { failures: failuresOf(fresh), documents: after.failures },
    ),
  ];
}

function failuresOf(request: Request | PortMethod): readonly FailureContract[] {
  return request.kind === 'port' ? [] : request.failures;
}

/** What a contract says of its failures. */
interface Failures {
  readonly failures: readonly FailureContract[];
  readonly documents: Readonly<Record<string, SchemaDocuments>>;
}

function failureChanges(old: Failures, fresh: Failures): readonly Change[] {
  const come = fresh.failures.filter(({ name }) => old.documents[name] === undefined);
  return [
    ...old.failures.flatMap((failure) => changesOfFailure(failure, old, fresh)),
    ...come.map(({ name }) => failureChange(name, 'is new, and an old caller knows nothing of it')),
  ];
}

function changesOfFailure(
  { name, data }: FailureContract,
  old: Failures,
  fresh: Failures,
): readonly Change[] {
  const [before, after] = [old.documents[name], fresh.documents[name]];
  if (before === undefined || after === undefined)
    return [failureChange(name, 'is gone, and a new caller knows nothing of it where old code answers')];
  const schema = fresh.failures.find((one) => one.name === name)?.data;
  if (isSame(data, schema)) return [];
  return servesAll(after, before, `failures.${name}`, {
    written: 'the new failure',
    accepted: 'an old caller',
  });
}

function failureChange(name: string, what: string): Change {
  return { path: `failures.${name}`, rule: 'failure', message: `the failure ${what}` };
}

function resultChanges(
  old: Schema | undefined,
  fresh: Schema | undefined,
  before: SchemaDocuments | undefined,
  after: SchemaDocuments | undefined,
): readonly Change[] {
  if (before === undefined || isSame(old, fresh)) return [];
  if (after === undefined) return [{ path: 'result', rule: 'result', message: 'the result is gone' }];
  return servesAll(after, before, 'result', { written: 'the new result', accepted: 'an old caller' });
}

function isSame(old: Schema | undefined, fresh: Schema | undefined): boolean {
  return old === fresh;
}

type Words = { readonly written: string; readonly accepted: string };

/** What is written, as the output of one schema, is accepted as the input of another. */
function takesAll(from: SchemaDocuments, to: SchemaDocuments, path: string, words: Words): readonly Change[] {
  if (from.output.opaque) return [opaque(path, words.written, from.output.reason)];
  if (to.input.opaque) return [opaque(path, words.accepted, to.input.reason)];
  return compareSchemas(from.output.schema, to.input.schema, path, words, true);
}

/**
 * What is written is accepted, and is also of use to code that was compiled against the other's output.
 * That output may call itself closed only because its schema strips, so properties it does not know are no fault there.
 */
function servesAll(
  from: SchemaDocuments,
  to: SchemaDocuments,
  path: string,
  words: Words,
): readonly Change[] {
  const accepted = takesAll(from, to, path, words);
  if (accepted.length > 0 || from.output.opaque) return accepted;
  if (to.output.opaque) return [opaque(path, words.accepted, to.output.reason)];
  return compareSchemas(from.output.schema, to.output.schema, path, words, false);
}

function opaque(path: string, whose: string, reason: string): Change {
  return {
    path,
    rule: 'opaque',
    message: `${whose} has no JSON Schema, so nothing can be proven: ${reason}`,
  };
}
