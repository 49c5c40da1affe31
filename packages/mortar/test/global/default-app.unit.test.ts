import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { token } from '../../src/container/index.js';
import { event } from '../../src/contracts/index.js';
import { getContainer, getEventBus, publishEvent, stopDefaultApp } from '../../src/global/index.js';
import { createApp, defineModule } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';

const Saved = event('script.saved', { data: z.object({ file: z.string() }) });

afterEach(() => stopDefaultApp());

it('gives the whole process one container and one bus', async () => {
  const File = token<string>('File');
  const seen: string[] = [];
  getContainer().value(File, 'a.csv');
  getEventBus().subscribe(Saved, ({ data }) => void seen.push(data.file));
  await publishEvent(Saved, { file: getContainer().resolve(File) });
  await getEventBus().idle();
  expect(seen).toEqual(['a.csv']);
  expect(getContainer()).toBe(getContainer());
  expect(getEventBus()).toBe(getEventBus());
});

it('refuses wrong data, as a bus does', async () => {
  // @ts-expect-error: no file
  await expect(publishEvent(Saved, {})).rejects.toMatchObject({ code: 'MORTAR_DATA_INVALID' });
});

it('ends with its handlers finished and its services disposed of; afterwards there is a new one', async () => {
  const ended: string[] = [];
  class Pool {
    [Symbol.dispose](): void {
      ended.push('pool');
    }
  }
  const [container, bus] = [getContainer(), getEventBus()];
  container.singleton(Pool);
  container.resolve(Pool);
  bus.subscribe(Saved, async ({ data }) => {
    await Promise.resolve();
    ended.push(data.file);
  });
  await publishEvent(Saved, { file: 'last.csv' });
  await stopDefaultApp();
  expect(ended).toEqual(['last.csv', 'pool']);
  expect(getContainer()).not.toBe(container);
  expect(getEventBus()).not.toBe(bus);
  await expect(bus.enqueue(Saved, { file: 'late.csv' })).rejects.toMatchObject({
    code: 'MORTAR_BUS_STOPPED',
  });
});

it('ends at once where nothing has begun, also twice', async () => {
  await stopDefaultApp();
  await stopDefaultApp();
});

it('is not seen by an app, nor an app by it', async () => {
  const heard: string[] = [];
  getEventBus().subscribe(Saved, () => void heard.push('global'));
  const script = defineModule('script', (module) => module.on(Saved, () => void heard.push('app')));
  const app = await createApp({ modules: [script], logger: silentLogger });
  await app.start();
  await app.publish(Saved, { file: 'a.csv' }, { wait: 'handled' });
  await app.stop();
  expect(heard).toEqual(['app']);
});
