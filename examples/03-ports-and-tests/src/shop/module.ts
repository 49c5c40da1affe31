import { CurrentMessage, defineModule, fail, MortarError } from 'mortar';
import { Rates } from '../rates/contract.js';
import { OrderPlaced, PlaceOrder } from './contract.js';
import { Pricing } from './pricing.js';

export const shop = defineModule('shop', (module) => {
  module.publishes(OrderPlaced);
  module.uses(Rates, { retry: { attempts: 2 } }); // how this module guards its calls
  module.scoped(Pricing, [Rates, CurrentMessage]); // one for each message, gone with it
  module.handle(PlaceOrder, [Pricing], async ({ data: { item }, publish }, pricing) => {
    const { currency } = pricing;
    const total = await pricing.priceOf(item).catch(unlessUnknown);
    if (total === undefined) return fail('not-sold-there', { currency });
    await publish(OrderPlaced, { item, total, currency });
    return { item, total, currency };
  });
});

/** That the bank has no such rate is an answer; that nobody may ask it, is not. */
function unlessUnknown(error: unknown): undefined {
  if (!(error instanceof MortarError && error.code === 'MORTAR_OUTSIDE_FAILED')) throw error;
}
