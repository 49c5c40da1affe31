import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  command,
  createApp,
  defineModule,
  type ErrorCategory,
  event,
  fail,
  MortarError,
  port,
} from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';

const TakeSeats = command('box-office.take-seats', {
  data: z.object({ show: z.string(), count: z.number().int().positive() }),
  failures: { 'sold-out': z.object({ left: z.number() }) },
});

const boxOffice = defineModule('box-office', (module) => {
  module.handle(TakeSeats, ({ data }) => (data.count > 3 ? fail('sold-out', { left: 3 }) : undefined));
});

test('what an edge does with errors', async () => {
  const app = await createApp({ modules: [boxOffice], logger: silentLogger });
  await app.start();
  // #region readme
  const STATUS: Readonly<Record<ErrorCategory, number>> = {
    validation: 400,
    permission: 403,
    'not-found': 404,
    conflict: 409,
    throttled: 429,
    unavailable: 503,
    timeout: 504,
    corrupt: 500,
    internal: 500,
  };

  async function takeSeats(body: {
    readonly show: string;
    readonly count: number;
  }): Promise<[number, unknown]> {
    try {
      const answer = await app.tryDispatch(TakeSeats, body);
      return answer.ok ? [204, undefined] : [409, answer.failure]; // an answer that the contract names
    } catch (error) {
      if (!(error instanceof MortarError)) throw error;
      return [STATUS[error.category], { code: error.code, issues: error.issues }]; // each issue has its path
    }
  }
  // #endregion
  expect(await takeSeats({ show: 'aida', count: 2 })).toEqual([204, undefined]);
  expect(await takeSeats({ show: 'aida', count: 4 })).toMatchObject([409, { name: 'sold-out' }]);
  expect(await takeSeats({ show: 'aida', count: 0 })).toMatchObject([
    400,
    { code: 'MORTAR_DATA_INVALID', issues: [{ path: 'count' }] },
  ]);
  await app.stop();
  expect(await takeSeats({ show: 'aida', count: 1 })).toMatchObject([409, { code: 'MORTAR_APP_STATE' }]);
});

test('an app that does not fit together says everything at once', async () => {
  const Stock = port('stock.stock', { left: { data: z.object({}), result: z.number() } });
  const Sold = event('shop.sold', { data: z.object({}) });
  const shop = defineModule('shop', (module) => {
    module.singleton(class Till {});
    module.onStart([Stock], () => undefined);
    module.on(Sold, { within: 'transaction' }, () => undefined);
  });
  const error = await createApp({ modules: [shop], logger: silentLogger }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MortarError);
  if (error instanceof MortarError)
    expect(error.issues.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['MORTAR_PORT_MISSING', 'MORTAR_STORE_MISSING']),
    );
});
