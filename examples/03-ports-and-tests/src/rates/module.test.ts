import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp, override } from 'mortar';
import { testApp } from 'mortar/testing';
import { BankClient } from './bank-client.js';
import { Rates } from './contract.js';
import { rates } from './module.js';

const env = { BANK_URL: 'https://bank.example', BANK_API_KEY: 'a key' };
const authorize = (): boolean => true;

test('the bank is asked in its own words', async () => {
  const asked: string[] = [];
  const bank = new BankClient('https://bank.example', 'a key');
  bank.fixing = async (pair) => {
    asked.push(pair);
    return { pair, mid: '1.5' };
  };
  const app = await testApp([rates], { env, authorize, overrides: [override(BankClient, bank)] });
  assert.equal(await app.locate(Rates).rateOf({ currency: 'SEK' }), 1.5);
  assert.deepEqual(asked, ['EURSEK']);
  await app.stop();
});

test('an answer that is not what it was taken for stays behind the port', async () => {
  let calls = 0;
  const bank = new BankClient('https://bank.example', 'a key');
  bank.fixing = async (pair) => {
    calls += 1;
    return { pair, mid: 'n/a' };
  };
  const app = await testApp([rates], { env, authorize, overrides: [override(BankClient, bank)] });
  const rate = app.locate(Rates).rateOf({ currency: 'SEK' });
  await app.idle(); // the pauses between attempts pass at once, on the virtual clock
  await assert.rejects(rate, { code: 'MORTAR_TRANSLATION_FAILED' });
  assert.equal(calls, 3);
  await app.stop();
});

test('without its settings, nothing is made', async () => {
  await assert.rejects(createApp({ modules: [rates], authorize, env: {} }), {
    code: 'MORTAR_GRAPH_INVALID',
    message: /BANK_URL/,
  });
});
