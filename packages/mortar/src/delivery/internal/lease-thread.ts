import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { LeaseName } from '../delivery-store.js';
import type { LeaseRenewal, LeaseRenewalModule } from '../lease-renewal.js';
import {
  type FromLeaseThread,
  LeaseBoard,
  type LeaseThreadStart,
  type ToLeaseThread,
  threadsNow,
} from './lease-board.js';
import { LeaseStandby, lookEveryMs } from './lease-standby.js';

/** The program of a thread that `LeaseGuard` starts. Imports little, so that it is there soon. */
class LeaseThread {
  readonly #start: LeaseThreadStart;
  readonly #port: MessagePort;
  readonly #board: LeaseBoard;
  readonly #standby: LeaseStandby;
  readonly #module: LeaseRenewalModule;
  readonly #timer: NodeJS.Timeout;
  #leases: readonly LeaseName[] = [];
  #renewal: LeaseRenewal | undefined;
  #renewing: Promise<void> | undefined;
  #hasFailed = false;

  constructor(start: LeaseThreadStart, port: MessagePort, module: LeaseRenewalModule) {
    this.#start = start;
    this.#port = port;
    this.#module = module;
    this.#board = new LeaseBoard(start.shared);
    this.#standby = new LeaseStandby(start.ttlMs);
    this.#timer = setInterval(() => this.#look(), lookEveryMs(start.ttlMs));
    port.on('message', (message: ToLeaseThread) => {
      if (message.kind === 'keep') this.#leases = message.leases;
      else void this.#end();
    });
  }

  #look(): void {
    if (this.#leases.length === 0 || this.#renewing !== undefined) return;
    const now = threadsNow();
    if (!this.#standby.isDue(now, this.#board.turnedAt)) return;
    this.#renewing = this.#renew(now).finally(() => {
      this.#renewing = undefined;
    });
  }

  async #renew(now: number): Promise<void> {
    const { owner, ttlMs, settings } = this.#start;
    try {
      this.#renewal ??= await this.#module.openLeaseRenewal(settings);
      await this.#renewal.renew(owner, this.#leases, ttlMs);
      this.#standby.renewed(now);
      this.#board.addRenewal();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) this.#tell({ kind: 'failed', reason: String(error) });
      this.#hasFailed = true;
    }
  }

  #tell(message: FromLeaseThread): void {
    this.#port.postMessage(message);
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    try {
      await this.#renewal?.close();
    } finally {
      this.#port.close();
    }
  }
}

if (parentPort !== null) {
  const start: LeaseThreadStart = workerData;
  const port = parentPort;
  const module: LeaseRenewalModule = await import(start.module);
  // Messages wait until somebody listens.
  new LeaseThread(start, port, module);
}
