// #region readme
import { createApp } from 'mortar';
import { memoryTransport } from 'mortar/ports';
import { rates } from './rates/module.js';
import { PlaceOrder } from './shop/contract.js';
import { shop } from './shop/module.js';

const transport = memoryTransport(); // all that passes goes through text, as over a socket or a broker
const authorize = ({ actor }: { actor: string | undefined }) => actor !== 'user:eve'; // asked on both sides
const env = { BANK_URL: 'https://bank.example', BANK_API_KEY: 'demo', ...process.env };
const back = await createApp({ modules: [rates], transport, authorize, env });
const front = await createApp({ modules: [shop], transport, authorize }); // knows the contract of rates, and no more
await back.start();
await front.start();

const ada = front.as({ actor: 'user:ada', tenant: 'acme-us' });
const placed = await ada.dispatch(PlaceOrder, { item: 'book' }); // { item: 'book', total: 30, currency: 'USD' }
// #endregion

const { MortarError } = await import('mortar');
const { end, tell } = await import('./story.js');
tell('ada', 'order placed', placed);
const inYen = await front
  .as({ actor: 'user:ada', tenant: 'acme-jp' })
  .tryDispatch(PlaceOrder, { item: 'pen' });
if (!inYen.ok) tell('ada', 'order refused', { why: inYen.failure.name, ...inYen.failure.data });
const eve = front.as({ actor: 'user:eve', tenant: 'acme-us' });
const refused = await eve.dispatch(PlaceOrder, { item: 'book' }).catch((error: unknown) => error);
if (refused instanceof MortarError) tell('eve', 'order refused', { why: refused.code });
for (const { port, calls, retries } of front.stats().ports)
  tell('shop', 'calls counted', { port, calls, retries });

await front.stop();
await back.stop();
await transport.close();

const { runTests } = await import('./tests.js');
const findings = await runTests();
for (const { test, passed } of findings) tell('tests', passed ? 'passed' : 'failed', { test });
if (findings.length === 0 || findings.some(({ passed }) => !passed)) process.exitCode = 1;
end();
