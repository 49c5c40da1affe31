import type { Contract, EventContract } from '../contract.js';
import type { Change } from '../internal/json-schema/comparison.js';
import { compareSchemas } from '../internal/json-schema/subschema.js';
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
 *
 * Compared is what JSON Schema says, so code inside a schema (`refine`, `narrow`) is not. Data is taken to hold declared
 * properties only, unless the schema says that there are others. What cannot be proven compatible is a change; so is an
 * opaque schema (rule `opaque`), unless both contracts hold the very same schema object.
 */
export function compatibility(oldContract: Contract, newContract: Contract): Compatibility {
  const changes = changesBetween(oldContract, newContract);
  return changes.length === 0 ? { compatible: true } : { compatible: false, changes };
}

function changesBetween(old: Contract, fresh: Contract): readonly Change[] {
  if (old.kind !== fresh.kind) return [differs('kind', old.kind, fresh.kind)];
  if (old.name !== fresh.name) return [differs('name', old.name, fresh.name)];
  if (old.kind === 'event' && fresh.kind === 'event') return eventChanges(old, fresh);
  return requestChanges(old, fresh);
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

function requestChanges(old: Contract, fresh: Contract): readonly Change[] {
  if (old.kind === 'event' || fresh.kind === 'event') return [];
  const before = jsonSchemaOf(old);
  const after = jsonSchemaOf(fresh);
  const input = { input: before.data.input, output: before.data.input };
  const inputChanges = isSame(old.data, fresh.data)
    ? []
    : takesAll(input, after.data, 'data', { written: 'an old caller', accepted: 'the new schema' });
  return [...inputChanges, ...resultChanges(old.result, fresh.result, before.result, after.result)];
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
