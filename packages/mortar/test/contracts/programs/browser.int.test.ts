import { createContext, runInContext } from 'node:vm';
import { type BuildResult, build } from 'esbuild';
import * as main from 'mortar';
import * as contracts from 'mortar/contracts';
import { expect, test } from 'vitest';
import { withProgram } from './compile.js';

const CONTRACT = `
import { command, createEnvelope, decode, encode, event, fromCloudEvent, toCloudEvent } from 'mortar';
import * as v from 'valibot';
export const OrderPlaced = event('shop.order-placed', {
  data: v.object({ orderId: v.string(), total: v.bigint(), bytes: v.instance(Uint8Array) }),
  key: (data) => data.orderId,
});
export const PlaceOrder = command('shop.place-order', { data: v.object({ items: v.array(v.string()) }) });
const envelope = createEnvelope(OrderPlaced, { orderId: 'o-1', total: 5n, bytes: new Uint8Array([1, 2]) });
const text = encode(envelope.data);
const back = fromCloudEvent(JSON.stringify(toCloudEvent(envelope)));
let code = 'none';
try { decode('{"$date":1}'); } catch (error) { code = error.code; }
globalThis.outcome = { key: envelope.key, id: back.id === envelope.id, name: PlaceOrder.name, text, total: decode(text).total, code };
`;
const ONLY_DECLARED =
  "import { event } from 'mortar';\nexport const OrderPlaced = event('shop.order-placed', { data: globalThis.schema });\n";

function bundle(code: string): Promise<{ text: string; inputs: readonly string[] }> {
  return withProgram({ 'contract.js': code }, async (folder) => {
    const result: BuildResult<{ metafile: true; write: false }> = await build({
      absWorkingDir: folder,
      entryPoints: ['contract.js'],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'iife',
      globalName: 'contract',
      platform: 'browser',
      conditions: ['browser'],
      logLevel: 'silent',
    });
    return { text: result.outputFiles[0]?.text ?? '', inputs: Object.keys(result.metafile.inputs) };
  });
}

/** What every browser has and the language does not. */
function webGlobals(): Record<string, unknown> {
  return { crypto: globalThis.crypto, TextEncoder, TextDecoder, atob, btoa, console, URL, DOMException };
}

test('a contract file runs in a browser', async () => {
  const { text } = await bundle(CONTRACT);
  const context = createContext(webGlobals());
  runInContext(text, context, { timeout: 5_000 });
  expect(context['outcome']).toMatchObject({
    key: 'o-1',
    id: true,
    name: 'shop.place-order',
    text: '{"orderId":"o-1","total":{"$bigint":"5"},"bytes":{"$bytes":"AQI="}}',
    total: 5n,
    code: 'MORTAR_CODEC_CORRUPT',
  });
});

test('its bundle holds nothing of Node and no dependency that runs', async () => {
  const { text, inputs } = await bundle(CONTRACT);
  expect(text).not.toMatch(/\bnode:|\brequire\(|\bBuffer\b|\bprocess\./);
  const packages = inputs.filter(
    (input) => !/(?:^|\/)packages\/mortar\/dist\/(?:contracts|errors)\/|contract\.js$/.test(input),
  );
  expect(packages.filter((input) => !input.includes('/valibot/dist/'))).toEqual([]);
});

test('declaring a contract costs a page a few kilobytes, since what is not used is left out', async () => {
  const { text } = await bundle(ONLY_DECLARED);
  expect(text.length).toBeGreaterThan(1_000);
  expect(text.length).toBeLessThan(9_000);
  for (const unused of ['$bigint', 'specversion', 'anyOf', 'getRandomValues'])
    expect(text).not.toContain(unused);
});

test('what the main entry says of contracts and errors, the browser entry has', () => {
  for (const name of ['event', 'command', 'query', 'MortarError']) {
    expect(Reflect.get(contracts, name)).toBe(Reflect.get(main, name));
    expect(Reflect.get(main, name)).toBeTypeOf('function');
  }
});
