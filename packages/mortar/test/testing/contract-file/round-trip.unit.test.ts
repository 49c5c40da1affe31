import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { event, query } from '../../../src/index.js';
import type { Any } from '../fixtures/bank-contracts.js';
import { contractFolder } from '../fixtures/contract-folder.js';
import { failureOf } from '../fixtures/rejection.js';

const place = contractFolder();
const { check, text } = place;

const { schema } = fc.letrec<{ schema: z.ZodType; object: z.ZodType }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(z.string(), z.number().min(1), z.boolean(), z.enum(['a', 'b']), z.null(), z.uuid()),
    tie('schema').map((member) => z.array(member)),
    tie('schema').map((member) => z.union([member, z.string()])),
    tie('object'),
  ),
  object: fc
    .dictionary(fc.constantFrom('a', 'required', 'b c', 'default', '$schema'), tie('schema'), { maxKeys: 3 })
    .map((shape) => z.object({ ...shape, more: z.string().optional() })),
}));

const contracts = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean(), schema), {
    minLength: 1,
    selector: ([name]) => name,
  })
  .map((all) =>
    all.map(([name, isEvent, data]): Any => {
      const shape = z.object({ data });
      return isEvent
        ? event(`any.${name}`, { data: shape })
        : query(`any.${name}`, { data: shape, result: shape });
    }),
  );

it('what was written holds, in any order, and is written the same again', async () => {
  await fc.assert(
    fc.asyncProperty(contracts, async (all) => {
      await rm(place.file, { force: true });
      await check(all, { update: true });
      const written = await text();
      await check(all.toReversed());
      await rm(place.file);
      await check(all.toReversed(), { update: true });
      expect(await text()).toBe(written);
      // Whatever it was, it now wants what nobody has sent.
      const [first, ...rest] = all;
      const more = { data: z.object({ data: z.unknown(), news: z.string() }) };
      const name = first?.name as `${string}.${string}`;
      await failureOf(
        check([first?.kind === 'event' ? event(name, more) : query(name, more), ...rest], { update: true }),
      );
      expect(await text()).toBe(written);
    }),
    { numRuns: 60 },
  );
});
