import { describe, expect, it } from 'vitest';
import { newId } from '../../src/contracts/index.js';
import {
  checkUnit,
  constraintViolated,
  MAX_WRITES,
  messageHandled,
  resultKnown,
  type Unit,
} from '../../src/unit-of-work/index.js';
import { caught } from '../contracts/caught.js';

const unit: Unit = { id: newId(), writes: [], appends: [] };
const keep = { key: 'k', digest: 'd', result: () => 'r', expiresAt: 5 };

describe('a unit', () => {
  it('may be empty, or hold everything', () => {
    checkUnit(unit);
    checkUnit({
      ...unit,
      writes: Array.from({ length: MAX_WRITES }, () => () => 1),
      keep,
      schedule: [],
      unschedule: ['a', 'x'.repeat(1_024)],
      documents: [{ kind: 'remove', collection: 'c', tenant: '', key: 'k' }],
      project: async () => undefined,
      inbox: { subscription: 'a/b', messageId: '1' },
    });
  });

  it.each<[string, object, string]>([
    ['no id', { id: undefined }, 'id'],
    ['an id that is none', { id: '7' }, 'id'],
    ['a key that it should not have', { write: [] }, 'write'],
    ['a key to keep under that is empty', { keep: { ...keep, key: '' } }, 'keep.key'],
    ['a digest that is no text', { keep: { ...keep, digest: 7 } }, 'keep.digest'],
    ['a result that is not made', { keep: { ...keep, result: 'r' } }, 'keep.result'],
    ['a time without end', { keep: { ...keep, expiresAt: Infinity } }, 'keep.expiresAt'],
    ['a message without a name', { inbox: { subscription: 'a', messageId: '' } }, 'inbox.messageId'],
    ['a subscription with NUL', { inbox: { subscription: 'a\0', messageId: 'a' } }, 'inbox.subscription'],
    ['a name that is too long', { unschedule: ['x'.repeat(1_025)] }, 'unschedule'],
    ['names that are no list', { unschedule: 'a' }, 'unschedule'],
    ['a schedule that is no list', { schedule: 'a' }, 'schedule'],
    ['documents that are no list', { documents: 'a' }, 'documents'],
    ['a projection that is no function', { project: 'a' }, 'project'],
  ])('is refused with %s', (_, parts, field) => {
    const error = caught(() => checkUnit({ ...unit, ...parts } as Unit));
    expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
    expect(`${error.rule} ${error.got}`).toContain(field);
  });

  it('is refused with too many writes, or one that is none', () => {
    const tooMany = Array.from({ length: MAX_WRITES + 1 }, () => () => 1);
    expect(caught(() => checkUnit({ ...unit, writes: tooMany }))).toMatchObject({
      code: 'MORTAR_WRITE_INVALID',
      got: '1001',
    });
    for (const writes of [['a'], undefined, {}])
      expect(caught(() => checkUnit({ ...unit, writes: writes as Unit['writes'] }))).toMatchObject({
        code: 'MORTAR_WRITE_INVALID',
      });
  });

  it('is refused with a scheduled event that can not be kept', () => {
    const schedule = [{ name: 'a', dueAt: 1, event: Object({}) }];
    expect(caught(() => checkUnit({ ...unit, schedule }))).toMatchObject({ code: 'MORTAR_ENVELOPE_INVALID' });
  });
});

describe('the errors of a unit', () => {
  it('tell a repeated command from another one under its key', () => {
    expect(resultKnown(keep, { digest: 'd' })).toMatchObject({
      code: 'MORTAR_COMMAND_REPEATED',
      details: { key: 'k' },
    });
    expect(resultKnown(keep, { digest: 'other' })).toMatchObject({
      code: 'MORTAR_IDEMPOTENCY_CONFLICT',
      details: { key: 'k' },
    });
  });

  it('name the message, and the constraint with its cause', () => {
    const inbox = { subscription: 's', messageId: 'm' };
    expect(messageHandled(inbox)).toMatchObject({ code: 'MORTAR_MESSAGE_HANDLED', details: inbox });
    const cause = new Error('of the driver');
    expect(constraintViolated('orders_pkey', cause)).toMatchObject({
      code: 'MORTAR_CONSTRAINT_VIOLATED',
      category: 'conflict',
      details: { constraint: 'orders_pkey' },
      cause,
    });
  });
});
