import { expect, test } from 'vitest';
import { z } from 'zod';
import { command, createApp, defineModule, event, fail, query } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';

class Seats {
  readonly taken = new Map<string, number>();

  left(show: string): number {
    return 3 - (this.taken.get(show) ?? 0);
  }

  take(show: string, count: number): void {
    this.taken.set(show, (this.taken.get(show) ?? 0) + count);
  }
}

const SeatsTaken = event('box-office.seats-taken', { data: z.object({ show: z.string() }) });

test('the commands and queries of the README', async () => {
  let lookups = 0;
  const replies: string[] = [];
  const reply = (status: number, text: string): unknown => replies.push(`${status} ${text}`);
  // #region readme
  // import { command, createApp, defineModule, fail, query } from 'mortar'; import { silentLogger } from 'mortar/logging';
  const SeatsLeft = query('box-office.seats-left', {
    data: z.object({ show: z.string() }),
    result: z.number(),
  });
  const TakeSeats = command('box-office.take-seats', {
    data: z.object({ show: z.string(), count: z.number().int().positive() }),
    result: z.object({ left: z.number() }),
    failures: { 'sold-out': z.object({ left: z.number() }) }, // an answer, not an accident
  });

  const boxOffice = defineModule('box-office', (module) => {
    module.singleton(Seats);
    module.answer(
      SeatsLeft,
      { cache: { ttlMs: 60_000, tags: ({ show }) => [show], invalidatedBy: [SeatsTaken] } },
      [Seats],
      ({ data }, seats) => {
        lookups += 1;
        return seats.left(data.show);
      },
    );
    module.handle(
      TakeSeats,
      { validate: [({ data }) => (data.count > 8 ? 'Ask for a group rate.' : undefined)] }, // all broken rules are told
      [Seats],
      async ({ data, publish }, seats) => {
        const left = seats.left(data.show);
        if (left < data.count) return fail('sold-out', { left }); // nothing is published then
        seats.take(data.show, data.count);
        await publish(SeatsTaken, { show: data.show });
        return { left: left - data.count };
      },
    );
  });
  const app = await createApp({ modules: [boxOffice], logger: silentLogger });
  await app.start();

  const ada = app.as({ actor: 'user:ada', tenant: 'opera' });
  const options = { idempotencyKey: 'click-1', timeoutMs: 2_000 }; // a second click changes nothing
  await ada.dispatch(TakeSeats, { show: 'aida', count: 2 }, options);
  await ada.dispatch(TakeSeats, { show: 'aida', count: 2 }, options);
  const answer = await ada.tryDispatch(TakeSeats, { show: 'aida', count: 2 });
  if (!answer.ok) reply(409, `${answer.failure.name}: ${answer.failure.data.left} left`); // sold-out: 1 left
  // #endregion
  expect(answer).toEqual({ ok: false, failure: { kind: 'failure', name: 'sold-out', data: { left: 1 } } });
  expect(replies).toEqual(['409 sold-out: 1 left']);
  expect(await ada.ask(SeatsLeft, { show: 'aida' })).toBe(1);
  expect(await ada.ask(SeatsLeft, { show: 'aida' })).toBe(1);
  expect(lookups).toBe(1);
  await app.stop();
});
