import { z } from 'zod';
import { command, defineModule, event, fail, type Module, query } from '../../../src/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';

export const TakeSeats = command('opera.take-seats', {
  data: z.object({ show: z.string(), count: z.number().int().positive() }),
  result: z.object({ left: z.number() }),
  failures: { 'sold-out': z.object({ left: z.number() }) },
});
export const SeatsTaken = event('opera.seats-taken', {
  data: z.object({ show: z.string(), count: z.number() }),
  key: ({ show }) => show,
  tags: ({ show }) => [`show:${show}`],
});
export const PrintTickets = command('tickets.print', {
  data: z.object({ show: z.string(), count: z.number() }),
});
export const TicketsPrinted = event('tickets.printed', {
  data: z.object({ show: z.string(), count: z.number() }),
  key: ({ show }) => show,
});
export const CountTickets = query('tickets.count', {
  data: z.object({ show: z.string() }),
  result: z.number(),
});

export const SEATS = 100;

/** How many seats a show has left, and takes some of them. */
export async function takeSeats(tx: MemoryTransaction, show: string, count: number): Promise<number> {
  const table = tx.table<number>('seats');
  const left = ((await table.get(show)) ?? SEATS) - count;
  if (left >= 0) await table.set(show, left);
  return left;
}

/** Sells seats: the event and what is left are one transaction. */
export const opera: Module<'opera'> = defineModule('opera', (module) => {
  module.handle(TakeSeats, async ({ data, publish, commit }) => {
    await publish(SeatsTaken, data);
    return commit(async (tx: MemoryTransaction) => {
      const left = await takeSeats(tx, data.show, data.count);
      return left < 0 ? fail('sold-out', { left: left + data.count }) : { left };
    });
  });
});

/** Prints tickets for seats that were taken. What the printer does is up to the test. */
export function tickets(print: (count: number) => unknown = () => undefined): Module<'tickets'> {
  return defineModule('tickets', (module) => {
    module.handle(PrintTickets, async ({ data, publish, write }) => {
      await print(data.count);
      await publish(TicketsPrinted, data);
      await write(async (tx: MemoryTransaction) => {
        const table = tx.table<number>('tickets');
        await table.set(data.show, ((await table.get(data.show)) ?? 0) + data.count);
      });
    });
    module.on(SeatsTaken, { from: 'beginning' }, async ({ data, dispatch }) => {
      await dispatch(PrintTickets, data);
    });
  });
}
