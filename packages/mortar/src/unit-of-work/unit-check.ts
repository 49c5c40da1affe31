import { isId } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MortarError } from '../errors/index.js';
import { checkAppends, checkEvent } from '../event-store/index.js';
import { checkDocumentChanges } from '../read-models/index.js';
import type { KeptResult, ScheduledEvent, Unit } from './unit.js';

/** How many `write` functions a unit may have. */
export const MAX_WRITES = 1_000;

/** Whether a unit has nothing else but its id that would say, when it is repeated, that it was committed. */
export function isKnownById({ appends, keep, inbox }: Unit): boolean {
  return appends.length === 0 && keep === undefined && inbox === undefined;
}

const MAX_NAME_LENGTH = 1_024;
const UNIT_KEYS = [
  'id',
  'writes',
  'appends',
  'condition',
  'forget',
  'keep',
  'schedule',
  'unschedule',
  'fired',
  'documents',
  'project',
  'inlineEpoch',
  'inbox',
] as const satisfies readonly (keyof Unit)[];

/**
 * Checks a unit before its commit begins.
 * @throws MortarError `MORTAR_WRITE_INVALID` for more than 1,000 `write` functions or one that is none;
 * `MORTAR_OPTIONS_INVALID` for anything else that is malformed; as `checkAppends`; and as `checkDocumentChanges`
 */
export function checkUnit(unit: Unit): void {
  checkKeys('a unit', unit, UNIT_KEYS);
  const { id, writes, appends, condition, forget = [], keep, schedule = [], unschedule = [], inbox } = unit;
  if (!isId(id)) throw malformed('id', 'a UUID in lower case', id);
  checkWrites(writes);
  checkAppends(appends, condition);
  if (keep !== undefined) checkKept(keep);
  checkList('forget', forget);
  for (const key of forget) checkName('forget', key);
  checkScheduled(schedule);
  checkList('unschedule', unschedule);
  for (const name of unschedule) checkName('unschedule', name);
  checkReadModels(unit);
  if (inbox === undefined) return;
  checkKeys('the inbox of a unit', inbox, ['subscription', 'messageId']);
  checkName('inbox.subscription', inbox.subscription);
  checkName('inbox.messageId', inbox.messageId);
}

function checkReadModels({ documents, project, inlineEpoch }: Unit): void {
  if (inlineEpoch !== undefined) checkWholeNumber('inlineEpoch', inlineEpoch, 0, Number.MAX_SAFE_INTEGER);
  if (documents !== undefined) checkDocumentChanges(documents);
  if (project !== undefined && typeof project !== 'function')
    throw malformed('project', 'a function', project);
}

function checkWrites(writes: unknown): void {
  const isList = Array.isArray(writes);
  if (isList && writes.length <= MAX_WRITES && writes.every((write) => typeof write === 'function')) return;
  throw new MortarError('MORTAR_WRITE_INVALID', {
    rule: 'The writes of a unit are functions, and not too many.',
    expected: `at most ${MAX_WRITES} functions`,
    got: isList && writes.length > MAX_WRITES ? `${writes.length}` : describeValue(writes),
  });
}

function checkKept(keep: KeptResult): void {
  checkKeys('a kept result', keep, ['key', 'digest', 'result', 'expiresAt']);
  checkName('keep.key', keep.key);
  checkName('keep.digest', keep.digest);
  checkWholeNumber('keep.expiresAt', keep.expiresAt, 0, Number.MAX_SAFE_INTEGER);
  if (typeof keep.result !== 'function') throw malformed('keep.result', 'a function', keep.result);
}

function checkScheduled(schedule: readonly ScheduledEvent[]): void {
  checkList('schedule', schedule);
  for (const scheduled of schedule) {
    checkKeys('a scheduled event', scheduled, ['name', 'dueAt', 'event']);
    checkName('schedule.name', scheduled.name);
    checkWholeNumber('schedule.dueAt', scheduled.dueAt, 0, Number.MAX_SAFE_INTEGER);
    checkEvent(scheduled.event);
  }
}

function checkList(field: string, list: unknown): void {
  if (!Array.isArray(list)) throw malformed(field, 'an array', list);
}

function checkName(field: string, name: unknown): void {
  const isFit = typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH;
  if (isFit && !/[\0]|\p{Surrogate}/u.test(name)) return;
  throw malformed(
    field,
    `1 to ${MAX_NAME_LENGTH} characters without NUL and halves of surrogate pairs`,
    name,
  );
}

function malformed(field: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The field ${field} of a unit is well formed.`,
    expected,
    got: describeValue(got),
  });
}
