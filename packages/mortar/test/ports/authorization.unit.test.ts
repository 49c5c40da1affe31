import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createEnvelope, event } from '../../src/contracts/index.js';
import type { PortAuthorization, PortAuthorizer } from '../../src/ports/index.js';
import { contextOf, portsOf, rejection, Stock } from './stock.js';

const Placed = event('shop.order-placed', { data: z.object({}) });

/** What happens to a call that needs a permission. */
async function outcomeUnder(authorize: PortAuthorizer | undefined) {
  const empty = vi.fn();
  const ports = portsOf({ empty }, authorize === undefined ? {} : { authorize });
  const error = await ports
    .client(Stock, { module: 'shop', identity: { actor: 'ann', tenant: 'acme' } })
    .empty('a')
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  return { error, calls: empty.mock.calls.length, stats: ports.stats()[0] };
}

describe('a method that names a permission', () => {
  it('is called by who has it', async () => {
    const seen = vi.fn((_: PortAuthorization) => true);
    expect(await outcomeUnder(seen)).toMatchObject({ error: undefined, calls: 1 });
    expect(seen.mock.calls).toEqual([
      [
        {
          permission: 'stock.empty',
          port: 'warehouse.stock',
          method: 'empty',
          actor: 'ann',
          tenant: 'acme',
          module: 'shop',
          data: 'a',
        },
      ],
    ]);
  });

  it('is called by who has it, after a while', async () => {
    expect(await outcomeUnder(async () => true)).toMatchObject({ error: undefined, calls: 1 });
  });

  it.each<[string, unknown, string]>([
    ['nobody decides', undefined, 'no authorizer'],
    ['the answer is false', () => false, 'actor "ann", who is not'],
    ['the answer is a promise of false', async () => false, 'actor "ann", who is not'],
    ['the answer is nothing', () => undefined, 'actor "ann", who is not'],
    ['the answer is 1', () => 1, 'actor "ann", who is not'],
    ['the answer is a word', () => 'yes', 'actor "ann", who is not'],
    ['the answer is an object', () => ({ allowed: true }), 'actor "ann", who is not'],
    ['the answer is boxed', () => Object(true), 'actor "ann", who is not'],
  ])('is refused where %s', async (_, authorize, got) => {
    expect(await outcomeUnder(authorize as PortAuthorizer)).toMatchObject({
      error: { code: 'MORTAR_PERMISSION_DENIED', category: 'permission', got: expect.stringContaining(got) },
      calls: 0,
      stats: { failures: { permission: 1 } },
    });
  });

  it.each<[string, PortAuthorizer]>([
    [
      'throws',
      () => {
        throw new Error('no directory');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no directory'))],
  ])('is refused where the authorizer %s, which is the cause', async (_, authorize) => {
    const { error, calls } = await outcomeUnder(authorize);
    expect(calls).toBe(0);
    expect(error).toMatchObject({
      code: 'MORTAR_PERMISSION_DENIED',
      got: 'an authorizer that failed',
      cause: new Error('no directory'),
    });
  });

  it('is decided for the actor of the message that is handled, never for the module in between', async () => {
    const actors: unknown[] = [];
    const ports = portsOf(
      { empty: () => undefined },
      {
        authorize: ({ actor }) => {
          actors.push(actor);
          return true;
        },
      },
    );
    const own = ports.client(Stock, { module: 'shop', identity: { actor: 'shop-service' } });
    await own.empty('a', { from: contextOf(createEnvelope(Placed, {}, { actor: 'ann' })) });
    await own.empty('a', { from: contextOf(createEnvelope(Placed, {})) });
    await ports
      .client(Stock, { context: contextOf(createEnvelope(Placed, {}, { actor: 'bob' })) })
      .empty('a');
    expect(actors).toEqual(['ann', undefined, 'bob']);
  });

  it('sees data as the schema gives it, and can not change what is asked', async () => {
    const error = await rejection(
      portsOf(
        { empty: () => undefined },
        {
          authorize: (request) => {
            Object.assign(request, { permission: 'none' });
            return true;
          },
        },
      )
        .client(Stock)
        .empty('a'),
    );
    expect(error).toMatchObject({ code: 'MORTAR_PERMISSION_DENIED', cause: expect.any(TypeError) });
  });
});

describe('a method without a permission', () => {
  it('asks nobody', async () => {
    const authorize = vi.fn(() => false);
    const stock = portsOf({ take: () => 1 }, { authorize }).client(Stock);
    expect(await stock.take({ article: 'a' })).toBe(1);
    expect(authorize).not.toHaveBeenCalled();
  });
});
