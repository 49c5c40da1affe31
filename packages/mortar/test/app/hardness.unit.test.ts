import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineModule, type Module, port } from '../../src/index.js';
import { type Logger, silentLogger } from '../../src/logging/logger.js';
import type { RequestTransport } from '../../src/ports/index.js';
import { rejectionOf } from '../delivery/letters.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { quietApp, startedApp } from './journal.js';

const Scales = port('scales.scales', { weigh: { data: z.object({}), result: z.number() } });

function scales(told: string[] = []) {
  class Pan {
    [Symbol.dispose](): void {
      told.push('disposed');
    }
  }
  return defineModule('scales', (module) => {
    module.singleton(Pan);
    module.implement(Scales, { weigh: () => 1 });
  });
}

/** Thrown values that can't be asked what they are. */
const hostile: Readonly<Record<string, () => unknown>> = {
  'an object without a prototype': () => Object.create(null),
  'an object that can’t be turned to text': () => ({
    toString() {
      throw new Error('no text');
    },
  }),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  undefined: () => undefined,
};

describe.each(Object.entries(hostile))('a hook that throws %s', (_, thrown) => {
  it('at the stop keeps nothing else from stopping', async () => {
    const told: string[] = [];
    const hooked = defineModule('hooked', (module) => {
      module.onStop(() => Promise.reject(thrown()));
    });
    const app = await startedApp([hooked, scales(told)]);
    expect((await rejectionOf(app.stop())).code).toBe('MORTAR_STOP_FAILED');
    expect(told).toEqual(['disposed']);
  });

  it('at the start is named, and what had started stops', async () => {
    const told: string[] = [];
    const hooked = defineModule('hooked', (module) => {
      module.onStart(() => Promise.reject(thrown()));
    });
    const app = await quietApp([scales(told), hooked]);
    expect(await rejectionOf(app.start())).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'module hooked to start',
    });
    expect(told).toEqual(['disposed']);
    await app.stop();
  });
});

it('a logger that throws keeps nothing from stopping', async () => {
  const told: string[] = [];
  const fail = (): never => {
    throw new Error('the disk is full');
  };
  const broken: Logger = { ...silentLogger, warn: fail, error: fail, child: () => broken };
  const hooked = defineModule('hooked', (module) => module.onStop(() => Promise.reject(new Error('stuck'))));
  const app = await startedApp([hooked, scales(told)], { logger: broken });
  expect((await rejectionOf(app.stop())).code).toBe('MORTAR_STOP_FAILED');
  expect(told).toEqual(['disposed']);
});

describe('a transport', () => {
  const never = new Promise<never>(() => undefined);
  const answering = (serve: RequestTransport['serve']): RequestTransport => ({
    request: () => never,
    serve,
    close: async () => undefined,
  });

  it('that never begins to serve fails the start in time', async () => {
    const told: string[] = [];
    const clock = new VirtualClock();
    const transport = answering(() => never);
    const app = await quietApp([scales(told)], { transport, bus: { clock }, hookTimeoutMs: 100 });
    const started = rejectionOf(app.start());
    await clock.advance(100);
    expect(await started).toMatchObject({ code: 'MORTAR_START_FAILED', expected: 'the ports to be served' });
    expect(told).toEqual(['disposed']);
    await app.stop();
  });

  it.each<[string, () => unknown]>([
    ['never ends', () => never],
    ['throws', () => fail()],
    ['rejects', async () => fail()],
    ['answers with nothing', () => undefined],
  ])('whose serving %s at the stop does not keep the app from stopping', async (_, end) => {
    const told: string[] = [];
    const clock = new VirtualClock();
    const serving = { [Symbol.asyncDispose]: end as () => Promise<void> };
    const app = await startedApp([scales(told)], {
      transport: answering(async () => serving),
      bus: { clock },
      hookTimeoutMs: 100,
    });
    const stopped = app.stop();
    await clock.advance(100);
    await stopped;
    expect(told).toEqual(['disposed']);
  });
});

function fail(): never {
  throw new Error('the line is cut');
}

it('the caller’s list of modules may change afterwards', async () => {
  const modules: Module[] = [scales()];
  const app = await quietApp(modules);
  modules.push(defineModule('late', () => undefined));
  expect(app.describe().modules.map(({ name }) => name)).toEqual(['scales']);
  await app.stop();
});

it('what is no module is refused', async () => {
  const fake = { name: 'fake', bindings: [], subscriptions: [] };
  // What JavaScript could pass.
  expect((await rejectionOf(quietApp([fake as never]))).code).toBe('MORTAR_MODULE_INVALID');
});

it('a located client that outlives its app is refused', async () => {
  const app = await startedApp([scales()]);
  const client = app.locate(Scales);
  expect(await client.weigh({})).toBe(1);
  await app.stop();
  expect((await rejectionOf(client.weigh({}))).code).toBe('MORTAR_APP_STATE');
});
