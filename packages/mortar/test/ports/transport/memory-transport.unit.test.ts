import { describe, expect, it } from 'vitest';
import { memoryTransport } from '../../../src/ports/index.js';
import { heapBytes } from '../../support/heap.js';
import { rejection } from '../stock.js';
import { message, transportCases } from './request-transport.cases.js';

describe('memoryTransport', () => {
  transportCases(
    async () => {
      const transport = memoryTransport();
      return { near: transport, far: transport };
    },
    { abortsCross: true },
  );

  it('carries as much as it is told to', async () => {
    const transport = memoryTransport({ maxBytes: 1_000 });
    await transport.serve(['a.b.c'], async ({ data }) => ({ ok: true, result: `${data}${data}` }));
    const { signal } = new AbortController();
    expect(await rejection(transport.request(message('a.b.c', 'x'.repeat(1_000)), signal))).toMatchObject({
      code: 'MORTAR_CODEC_TOO_LARGE',
    });
    expect(await transport.request(message('a.b.c', 'x'.repeat(500)), signal)).toMatchObject({
      ok: false,
      error: { code: 'MORTAR_CODEC_TOO_LARGE' },
    });
  });

  it('keeps nothing of the requests that it has carried', async () => {
    const transport = memoryTransport();
    await transport.serve(['a.b.c'], async () => ({ ok: true, result: 1 }));
    const { signal } = new AbortController();
    const requests = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) await transport.request(message('a.b.c', n), signal);
    };
    await requests(2_000);
    const before = heapBytes();
    await requests(10_000);
    expect(heapBytes() - before).toBeLessThan(1_000_000);
    await transport.close();
  });
});
