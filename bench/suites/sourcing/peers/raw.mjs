import { evolve, initialState, PLACED } from '../orders.mjs';

const PAGE = 1_000;

/**
 * The floor: a stream's rows are selected, parsed and folded, and one more is inserted, by the bare driver. Nothing is checked.
 * @param {import('../../log/backends.mjs').Log & import('../../log/backends.mjs').Readable} log
 * @returns {import('../ours.mjs').Handling}
 */
export function rawHandling(log) {
  return {
    async place(id, numbers) {
      const stream = `account-${id}`;
      const rows = await log.readStream(stream, 1, PAGE);
      const { orders } = rows.reduce(
        (
          /** @type {import('../orders.mjs').Account} */ account,
          /** @type {{ payload: unknown }} */ { payload },
        ) => evolve(account, { type: PLACED, data: parsed(payload) }),
        initialState(),
      );
      const [number] = numbers;
      if (numbers.length === 1 && number !== undefined) await log.append(stream, number);
      else await log.appendTogether(stream, numbers);
      return orders + numbers.length;
    },
    close: log.close,
  };
}

/**
 * The driver of PostgreSQL has parsed it already.
 * @param {any} payload
 */
function parsed(payload) {
  return typeof payload === 'string' ? JSON.parse(payload) : payload;
}
