import { defineModule, exchange, type PortImplementation, token, translate } from 'mortar';
import { secret, text } from 'mortar/config';
import { z } from 'zod';
import { BankClient } from './bank-client.js';
import { Rates } from './contract.js';

const Translation = token<PortImplementation<typeof Rates>>('Translation');

export const rates = defineModule('rates', (module) => {
  const Settings = module.settings({
    schema: z.object({ url: z.url(), apiKey: z.string().min(1) }),
    settings: { url: text('BANK_URL'), apiKey: secret('BANK_API_KEY') },
  });
  module.factory(BankClient, [Settings], ({ url, apiKey }) => new BankClient(url, apiKey.reveal()));
  module.factory(Translation, [BankClient], translationOf);
  module.implement(Rates, Translation);
});

/** The bank's words end here: pairs, texts in place of numbers, and its errors. */
function translationOf(bank: BankClient): PortImplementation<typeof Rates> {
  return translate(Rates, bank, {
    rateOf: exchange({
      fromDomain: ({ currency }: { readonly currency: string }) => `EUR${currency}`,
      call: (client: BankClient, pair, { signal }) => client.fixing(pair, signal),
      answer: z.object({ mid: z.string().regex(/^\d+\.\d+$/) }), // what it answers is checked, not believed
      toDomain: ({ mid }) => Number(mid),
    }),
  });
}
