import { newId } from 'mortar/contracts';
import type { Lease, LeaseRenewal, OpenStore } from 'mortar/delivery';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openLeaseRenewal, renewalPlaceOf } from '../../src/internal/leases/lease-renewal.js';
import { checkOptions } from '../../src/options.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

const NAME = 'work';
const LONG_MS = 600_000;
const URL = 'postgres://shop@127.0.0.1/shop';

const title = leftOut.skip
  ? 'a renewal over a connection of its own: left out, since MORTAR_TEST_POSTGRES_URL names no server'
  : 'a renewal over a connection of its own';

let database: TestDatabase;

/** A store with two leases that are out of time as soon as they are taken, and a renewal beside it. */
interface Scene {
  readonly store: OpenStore;
  readonly schema: string;
  readonly owner: string;
  readonly leases: readonly Lease[];
  readonly renewal: LeaseRenewal;
}

async function aScene(): Promise<Scene> {
  const [schema, owner] = [newSchema(), newId()];
  const store = await database.open({ schema });
  await store.deliveries.register(NAME, 'beginning', 2);
  await store.deliveries.announce(owner, [NAME], LONG_MS);
  const leases = await store.deliveries.acquire(NAME, [0, 1], owner, 0);
  const renewal = await openLeaseRenewal(store.deliveries.renewalPlace?.settings);
  onTestFinished(() => renewal.close());
  return { store, schema, owner, leases, renewal };
}

/** Who has the leases that are in force. */
async function holders({ store }: Scene): Promise<readonly (string | undefined)[]> {
  const checkpoints = await store.deliveries.checkpoints(NAME);
  return checkpoints.map(({ owner, isLeased }) => (isLeased ? owner : undefined));
}

/** Until when the owner is announced. */
async function announcedUntil({ schema, owner }: Scene): Promise<readonly number[]> {
  const rows = await database.query(`SELECT until FROM ${schema}.owners WHERE owner = $1`, [owner]);
  return rows.map(({ until }) => Number(until));
}

// Without a server there is nothing to connect to; the title says so.
describe.skipIf(leftOut.skip)(title, () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('prolongs the leases that it is told of, and no others', async () => {
    const scene = await aScene();
    expect(await holders(scene)).toEqual([undefined, undefined]);
    await scene.renewal.renew(scene.owner, scene.leases.slice(1), LONG_MS);
    expect(await holders(scene)).toEqual([undefined, scene.owner]);
  });

  it('changes nothing of a lease that somebody has taken since, nor of one that was released', async () => {
    const scene = await aScene();
    const { store, leases, renewal, owner } = scene;
    await store.deliveries.acquire(NAME, [0], 'another', 0);
    await store.deliveries.release(leases.slice(1));
    await renewal.renew(owner, leases, LONG_MS);
    expect(await holders(scene)).toEqual([undefined, undefined]);
    const [first, second] = await store.deliveries.checkpoints(NAME);
    expect([first?.owner, second?.owner]).toEqual(['another', undefined]);
  });

  it('nor of one that its own process has taken anew', async () => {
    const scene = await aScene();
    const { store, leases, renewal, owner } = scene;
    await store.deliveries.acquire(NAME, [0], owner, 0);
    await renewal.renew(owner, leases, LONG_MS);
    expect(await holders(scene)).toEqual([undefined, owner]);
  });

  it('prolongs what the owner has announced, unless it is out of time or was withdrawn', async () => {
    const scene = await aScene();
    const { store, leases, renewal, owner } = scene;
    const [before = 0] = await announcedUntil(scene);
    await renewal.renew(owner, leases, 2 * LONG_MS);
    const [after = 0] = await announcedUntil(scene);
    expect(after).toBeGreaterThan(before);
    await store.deliveries.announce(owner, [NAME], 0);
    const late = await announcedUntil(scene);
    await renewal.renew(owner, leases, LONG_MS);
    expect(await announcedUntil(scene)).toEqual(late);
    await store.deliveries.withdraw(owner);
    await renewal.renew(owner, leases, LONG_MS);
    expect(await announcedUntil(scene)).toEqual([]);
  });

  it('gives up soon where somebody keeps a lease locked, and works when it is free', async () => {
    const scene = await aScene();
    const { leases, renewal, owner, schema } = scene;
    const other = await database.connect();
    await other.query(`BEGIN; SELECT 1 FROM ${schema}.leases FOR UPDATE`);
    await expect(renewal.renew(owner, leases, LONG_MS)).rejects.toThrow();
    await other.query('ROLLBACK');
    await renewal.renew(owner, leases, LONG_MS);
    expect(await holders(scene)).toEqual([owner, owner]);
  });

  it('works again after its connection was lost', async () => {
    const scene = await aScene();
    const { leases, renewal, owner } = scene;
    await renewal.renew(owner, leases, LONG_MS);
    await database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await expect
      .poll(() =>
        renewal.renew(owner, leases, LONG_MS).then(
          () => 'renewed',
          () => 'failed',
        ),
      )
      .toBe('renewed');
  });
});

describe('where a renewal is to be had', () => {
  it('is its own module, with settings that can be handed to a thread', () => {
    const options = checkOptions({ url: URL, schema: 'shop' });
    const place = renewalPlaceOf(options);
    expect(place?.module).toMatch(/\/internal\/leases\/lease-renewal\.[jt]s$/);
    expect(place?.settings).toEqual(options);
  });

  it('is nowhere for a store that is relaxed', () => {
    expect(renewalPlaceOf(checkOptions({ url: URL, durability: 'relaxed' }))).toBeUndefined();
  });

  it('is nowhere where the options hold a function', () => {
    expect(renewalPlaceOf(checkOptions({ url: URL, password: () => 'secret' }))).toBeUndefined();
    const ssl = { checkServerIdentity: () => undefined };
    expect(renewalPlaceOf(checkOptions({ url: URL, ssl }))).toBeUndefined();
  });

  it('is told by the store: anything else is refused', async () => {
    await expect(openLeaseRenewal({ url: URL })).rejects.toThrow(TypeError);
    await expect(openLeaseRenewal(undefined)).rejects.toThrow(TypeError);
  });
});
