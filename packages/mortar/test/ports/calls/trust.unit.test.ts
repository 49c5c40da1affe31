import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type PortContract, port } from '../../../src/contracts/index.js';
import {
  createPorts,
  type LocalCall,
  memoryTransport,
  type PortAuthorization,
  type Ports,
  serveRemotely,
} from '../../../src/ports/index.js';
import { settled } from '../../support/virtual-clock.js';
import { gate, localOf, mortarError, portsOf, rejection, Stock } from '../stock.js';

/** The schema gives something else than it takes, and hands on by reference what is inside. */
const Vault = port('bank.vault', {
  open: {
    data: z.object({ amount: z.number(), note: z.any() }).transform(({ amount, note }) => ({
      cents: amount * 100,
      note,
    })),
    result: z.any(),
    permission: 'vault.open',
    isIdempotent: true,
    timeoutMs: 1_000,
  },
});
/** One of the same name, made by a caller. */
const Forged = port('bank.vault', {
  open: { data: z.any(), result: z.any(), timeoutMs: 2_000_000 },
});

type Open = (data: unknown, call: LocalCall) => unknown;
type Where = 'here' | 'elsewhere';

/** Ports whose vault is here or in another process; `authorize` decides where the call is made. */
async function vaultPorts(
  where: Where,
  open: Open,
  authorize: (request: PortAuthorization) => boolean | Promise<boolean> = () => true,
): Promise<Ports> {
  const policies = [
    {
      module: 'shop',
      port: Vault.name,
      policy: { retry: { attempts: 3, backoff: { kind: 'fixed', delayMs: 0 } } },
    } as const,
  ];
  const local = localOf({ open }, Vault);
  if (where === 'here') return createPorts({ local, authorize, policies });
  const transport = memoryTransport();
  await serveRemotely(transport, Object.values(Vault.methods), local, { authorize: () => true });
  return createPorts({ local: localOf({}, Vault), transport, authorize, policies });
}

function openBy(ports: Ports, contract: PortContract): (data: unknown) => Promise<unknown> {
  const client: unknown = ports.client(contract, { module: 'shop' });
  return (data) => Reflect.apply(Reflect.get(Object(client), 'open'), undefined, [data]);
}

describe('a contract of the same name that is not the one implemented here', () => {
  it('has no say in who is allowed, nor in the data', async () => {
    const open = vi.fn<Open>(() => 'open');
    const seen: PortAuthorization[] = [];
    const ports = await vaultPorts('here', open, (request) => {
      seen.push(request);
      return false;
    });
    expect(await rejection(openBy(ports, Forged)({ amount: 1, note: '' }))).toMatchObject({
      code: 'MORTAR_PERMISSION_DENIED',
    });
    expect(seen).toMatchObject([{ permission: 'vault.open', data: { cents: 100 } }]);
    expect(await rejection(openBy(ports, Forged)({ amount: 'all' }))).toMatchObject({
      code: 'MORTAR_DATA_INVALID',
    });
    expect(open).not.toHaveBeenCalled();
  });

  it('has no say where it is the one that is said to be served to others', async () => {
    const open = vi.fn<Open>(() => 'open');
    const transport = memoryTransport();
    await serveRemotely(transport, Object.values(Forged.methods), localOf({ open }, Vault));
    const ports = createPorts({ local: localOf({}, Vault), transport });
    expect(await rejection(openBy(ports, Forged)({ amount: 1, note: '' }))).toMatchObject({
      code: 'MORTAR_PERMISSION_DENIED',
    });
    expect(await rejection(openBy(ports, Forged)({ amount: 'all' }))).toMatchObject({
      code: 'MORTAR_DATA_INVALID',
    });
    expect(open).not.toHaveBeenCalled();
  });

  it('has no say in the time', async () => {
    vi.useFakeTimers();
    const ports = await vaultPorts('here', () => new Promise(() => undefined));
    const ended = rejection(openBy(ports, Forged)({ amount: 1, note: '' }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await ended).toMatchObject({ code: 'MORTAR_TIMEOUT' });
    vi.useRealTimers();
  });
});

describe.each<Where>(['here', 'elsewhere'])('data of a call that is implemented %s', (where) => {
  it('is what was authorized, whatever its owner does to it meanwhile', async () => {
    const decision = gate<boolean>();
    const [asked, used]: [unknown[], unknown[]] = [[], []];
    const ports = await vaultPorts(
      where,
      (data) => used.push(structuredClone(data)),
      ({ data }) => {
        asked.push(structuredClone(data));
        return decision.promise;
      },
    );
    const data = { amount: 1, note: { to: 'ann', at: new Date(1), tags: ['a'] } };
    const call = openBy(ports, Vault)(data);
    data.amount = 1_000_000;
    Object.assign(data.note, { to: 'eve' });
    data.note.at.setTime(2);
    data.note.tags.push('b');
    await settled();
    decision.open(true);
    await call;
    expect(used).toEqual([{ cents: 100, note: { to: 'ann', at: new Date(1), tags: ['a'] } }]);
    expect(asked).toEqual(used);
  });

  it('is the same at each attempt, also where the implementation changes its own', async () => {
    const used: unknown[] = [];
    const owned = { amount: 1, note: { items: [1, 2] } };
    const ports = await vaultPorts(where, (data) => {
      used.push(structuredClone(data));
      (data as typeof owned).note.items.pop();
      owned.note.items.push(9);
      if (used.length < 3) throw mortarError('MORTAR_OUTSIDE_FAILED');
      return 'open';
    });
    expect(await openBy(ports, Vault)(owned)).toBe('open');
    expect(used).toEqual(Array(3).fill({ cents: 100, note: { items: [1, 2] } }));
  });

  it('goes through the schema of the implementation once, in the form that it takes', async () => {
    const used: unknown[] = [];
    const ports = await vaultPorts(where, (data) => used.push(data));
    await openBy(ports, Vault)({ amount: 2, note: '' });
    expect(used).toEqual([{ cents: 200, note: '' }]);
  });
});

describe('errors of an implementation in this process', () => {
  const plain = (): Promise<never> => Promise.reject(new Error('no such article'));

  it('open no circuit, be they as many as may be; nor do those that tell of a bug', async () => {
    const stock = portsOf({ take: plain, look: () => ({ count: 1 }) }).client(Stock);
    for (let call = 0; call < 25; call += 1)
      expect(await rejection(stock.take({ article: 'a' }))).toMatchObject({ message: 'no such article' });
    const odd = portsOf({ take: () => 'many', look: () => ({ count: 1 }) });
    for (let call = 0; call < 25; call += 1) await rejection(odd.client(Stock).take({ article: 'a' }));
    expect(await stock.look({ article: 'a' })).toEqual({ count: 1 });
    expect(odd.stats()[0]).toMatchObject({ circuit: 'closed', refused: { circuitBreaker: 0 } });
  });

  it.each(['MORTAR_TIMEOUT', 'MORTAR_OUTSIDE_FAILED', 'MORTAR_QUEUE_FULL'] as const)(
    'open it where they say %s',
    async (code) => {
      const take = vi.fn(() => Promise.reject(mortarError(code)));
      const stock = portsOf({ take }).client(Stock);
      for (let call = 0; call < 15; call += 1) await rejection(stock.take({ article: 'a' }));
      expect(take).toHaveBeenCalledTimes(10);
    },
  );

  it('open it where they come from another process', async () => {
    const take = vi.fn(plain);
    const transport = memoryTransport();
    await serveRemotely(transport, Object.values(Stock.methods), localOf({ take }));
    const stock = portsOf({}, { transport }).client(Stock);
    for (let call = 0; call < 15; call += 1) await rejection(stock.take({ article: 'a' }));
    expect(take).toHaveBeenCalledTimes(10);
  });
});
