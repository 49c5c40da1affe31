import { newId } from 'mortar/contracts';
import type { Lease, LeaseRenewal, OpenStore } from 'mortar/delivery';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLeaseRenewal } from '../../src/internal/lease-renewal.js';
import type { SqliteOptions } from '../../src/store.js';
import { aFile } from '../support/file.js';
import { connectionTo } from '../support/parts.js';
import { openFile } from '../support/store.js';

const NAME = 'work';
const LONG_MS = 600_000;

/** A store with two leases that are out of time as soon as they are taken, and a renewal beside it. */
class Scene {
  readonly file: string = aFile();
  readonly owner: string = newId();
  store!: OpenStore;
  renewal!: LeaseRenewal;
  leases!: readonly Lease[];

  static async open(options?: SqliteOptions): Promise<Scene> {
    const scene = new Scene();
    scene.store = await openFile(scene.file, options);
    await scene.store.deliveries.register(NAME, 'beginning', 2);
    await scene.store.deliveries.announce(scene.owner, [NAME], LONG_MS);
    scene.leases = await scene.store.deliveries.acquire(NAME, [0, 1], scene.owner, 0);
    scene.renewal = await openLeaseRenewal(scene.store.deliveries.renewalPlace?.settings);
    onTestFinished(() => scene.renewal.close());
    return scene;
  }

  /** Who has the leases that are in force. */
  async held(): Promise<readonly (string | undefined)[]> {
    const checkpoints = await this.store.deliveries.checkpoints(NAME);
    return checkpoints.map(({ owner, isLeased }) => (isLeased ? owner : undefined));
  }
}

describe('a renewal over a connection of its own', () => {
  it('prolongs the leases that it is told of, and no others', async () => {
    const { renewal, leases, owner, ...scene } = await aScene();
    expect(await scene.held()).toEqual([undefined, undefined]);
    await renewal.renew(owner, leases.slice(1), LONG_MS);
    expect(await scene.held()).toEqual([undefined, owner]);
  });

  it('changes nothing of a lease that somebody has taken since, nor of one that was released', async () => {
    const { renewal, leases, owner, store, ...scene } = await aScene();
    await store.deliveries.acquire(NAME, [0], 'another', 0);
    await store.deliveries.release(leases.slice(1));
    await renewal.renew(owner, leases, LONG_MS);
    expect(await scene.held()).toEqual([undefined, undefined]);
    const [first, second] = await store.deliveries.checkpoints(NAME);
    expect([first?.owner, second?.owner]).toEqual(['another', undefined]);
  });

  it('nor of one that its own process has taken anew', async () => {
    const { renewal, leases, owner, store, ...scene } = await aScene();
    await store.deliveries.acquire(NAME, [0], owner, 0);
    await renewal.renew(owner, leases, LONG_MS);
    expect(await scene.held()).toEqual([undefined, owner]);
  });

  it('prolongs what the owner has announced, and announces nothing that was withdrawn', async () => {
    const { renewal, leases, owner, store, file } = await aScene();
    const connection = await connectionTo(file);
    const until = connection.prepare<readonly [number]>('SELECT until FROM mortar_owners', 'tuples');
    const [before = 0] = until.first([]) ?? [];
    await renewal.renew(owner, leases, 2 * LONG_MS);
    expect(until.first([])?.[0]).toBeGreaterThan(before);
    await store.deliveries.withdraw(owner);
    await renewal.renew(owner, leases, LONG_MS);
    expect(until.all([])).toEqual([]);
  });

  it('leaves an announcement that is out of time as it is', async () => {
    const { renewal, leases, owner, store, file } = await aScene();
    const [, late] = [await store.deliveries.announce(owner, [NAME], 0), Date.now()];
    await renewal.renew(owner, leases, LONG_MS);
    const until = (await connectionTo(file)).prepare<readonly [number]>(
      'SELECT until FROM mortar_owners',
      'tuples',
    );
    expect(until.first([])?.[0]).toBeLessThanOrEqual(late);
  });

  it('waits for a process that writes, and leaves no transaction open', async () => {
    const { renewal, leases, owner, file, ...scene } = await aScene();
    const other = await connectionTo(file);
    other.exec('BEGIN IMMEDIATE');
    const renewed = renewal.renew(owner, leases, LONG_MS);
    expect(await scene.held()).toEqual([undefined, undefined]);
    other.exec('COMMIT');
    await renewed;
    expect(await scene.held()).toEqual([owner, owner]);
    other.exec('BEGIN IMMEDIATE; ROLLBACK');
  });

  it('undoes what it has begun when it fails', async () => {
    const { renewal, leases, owner, file, ...scene } = await aScene();
    const other = await connectionTo(file);
    other.exec(`CREATE TRIGGER refuse BEFORE UPDATE ON mortar_owners BEGIN SELECT raise(ABORT, 'no'); END`);
    await expect(renewal.renew(owner, leases, LONG_MS)).rejects.toThrow('no');
    expect(await scene.held()).toEqual([undefined, undefined]);
    other.exec('DROP TRIGGER refuse');
    await renewal.renew(owner, leases, LONG_MS);
    expect(await scene.held()).toEqual([owner, owner]);
  });
});

describe('where a renewal is to be had', () => {
  it('is the module of the renewal, with the driver of the store', async () => {
    const { store, file } = await Scene.open();
    const { module, settings } = store.deliveries.renewalPlace ?? {};
    expect(module).toMatch(/\/internal\/lease-renewal\.js$/);
    expect(settings).toEqual({ file, driver: expect.any(String), busyTimeoutMs: 30_000 });
    expect(structuredClone(settings)).toEqual(settings);
  });

  it('is nowhere for a store that is relaxed', async () => {
    const store = await openFile(aFile(), { durability: 'relaxed' });
    expect(store.deliveries.renewalPlace).toBeUndefined();
  });

  it('is told by the store: anything else is refused', async () => {
    await expect(openLeaseRenewal({ file: 'store.db' })).rejects.toThrow(TypeError);
    await expect(openLeaseRenewal(undefined)).rejects.toThrow(TypeError);
  });
});

/** Its parts as one can take them apart. */
async function aScene(): Promise<Pick<Scene, 'renewal' | 'leases' | 'owner' | 'store' | 'file' | 'held'>> {
  const scene = await Scene.open();
  const { renewal, leases, owner, store, file } = scene;
  return { renewal, leases, owner, store, file, held: () => scene.held() };
}
