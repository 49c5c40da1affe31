import { expect, it } from 'vitest';
import { z } from 'zod';
import type { FailureSchemas } from '../../../src/contracts/index.js';
import { command, port } from '../../../src/index.js';
import { contractFolder } from '../fixtures/contract-folder.js';
import { failureOf } from '../fixtures/rejection.js';

const place = contractFolder();
const { check, text } = place;
const data = z.object({ from: z.string() });
const withdraw = (failures: FailureSchemas) => command('bank.withdraw', { data, failures });
const rates = (permission?: string, isIdempotent?: boolean) =>
  port('bank.rates', {
    find: {
      data,
      ...(permission === undefined ? {} : { permission }),
      ...(isIdempotent === undefined ? {} : { isIdempotent }),
    },
  });

it('the file says failures by name, and what calls of a port need', async () => {
  const contracts = [
    withdraw({ 'too-little': z.object({ balance: z.number() }), closed: data }),
    rates('r', true),
  ];
  await check(contracts, { update: true });
  const { contracts: recorded } = JSON.parse(await text());
  expect(recorded[0].methods.find).toMatchObject({ permission: 'r', isIdempotent: true });
  expect(Object.keys(recorded[1].failures)).toEqual(['closed', 'too-little']);
  expect(recorded[1].failures['too-little'].output.properties).toEqual({ balance: { type: 'number' } });
  await check(contracts);
});

it.each([
  [
    'a failure that is gone',
    withdraw({ closed: data }),
    withdraw({}),
    'failures.closed: the failure is gone',
  ],
  ['a failure that is new', withdraw({}), withdraw({ closed: data }), 'failures.closed: the failure is new'],
  [
    'another permission',
    rates('a'),
    rates('b'),
    'find.permission: it wants the permission b, and no longer a',
  ],
  ['a call that may not be made twice', rates('a', true), rates('a'), 'find.isIdempotent: '],
])('%s is refused, also by an update', async (_, old, fresh, told) => {
  await check([old], { update: true });
  const before = await text();
  const error = await failureOf(check([fresh], { update: true }));
  expect(error.message).toContain(told);
  expect(error.message).toContain('keep what callers rely on');
  expect(await text()).toBe(before);
});

it('a failure of which no schema tells anything is refused', async () => {
  const error = await failureOf(check([withdraw({ odd: z.custom<bigint>() })], { update: true }));
  expect(error.message).toContain('failures.odd, as it is written: ');
});
