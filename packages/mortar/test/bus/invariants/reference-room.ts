import { WaitingRoom } from '../../../src/bus/internal/queues/waiting-room.js';
import type { Priority } from '../../../src/contracts/index.js';
import { ReferenceLanes } from './reference-lanes.js';

export interface Guest {
  readonly serial: number;
  readonly key: string | undefined;
  readonly priority: Priority;
}

/** A waiting room and plain lists beside it; whatever they do not agree on is thrown. */
export class ComparedRoom {
  readonly #room = new WaitingRoom<Guest>();
  readonly #ready = new ReferenceLanes<Guest>();
  /** By key of what is ready or held: those that stand behind it. */
  readonly #lines = new Map<string, Guest[]>();
  /** What was taken and not yet released. */
  readonly #held: Guest[] = [];
  #serial = 0;

  push(key: string | undefined, priority: Priority): void {
    this.#serial += 1;
    const guest = { serial: this.#serial, key, priority };
    this.#room.push(guest);
    const line = key === undefined ? undefined : this.#lines.get(key);
    if (line !== undefined) line.push(guest);
    else this.#makeReady(guest);
    this.#compareSizes();
  }

  take(): void {
    const guest = this.#room.take();
    if (guest === undefined) {
      if (this.#ready.size > 0) throw new Error('Someone is ready, and no one was taken.');
      return;
    }
    const fault = this.#ready.take(guest);
    if (fault !== undefined) throw new Error(fault);
    if (guest.key !== undefined && this.#held.some(({ key }) => key === guest.key)) {
      throw new Error(`Two of key ${guest.key} were taken.`);
    }
    this.#held.push(guest);
    this.#compareSizes();
  }

  /** One that was taken has come to its end. */
  release(place: number): void {
    const guest = this.#letGo(place);
    if (guest === undefined) return;
    this.#room.release(guest.key);
    this.#callNext(guest.key);
    this.#compareSizes();
  }

  /** One that was taken is to be taken again, before the others of its key. */
  putBack(place: number): void {
    const guest = this.#letGo(place);
    if (guest === undefined) return;
    this.#room.putBack(guest);
    this.#ready.push(guest);
    this.#compareSizes();
  }

  evictBelow(priority: Priority): void {
    const guest = this.#room.evictBelow(priority);
    const expected = this.#ready.evictBelow(priority);
    if (guest !== expected) throw new Error(`Evicted ${guest?.serial}, not ${expected?.serial}.`);
    this.#callNext(guest?.key);
    this.#compareSizes();
  }

  /** Everything comes out at its end: each guest once, each key in its order. */
  clear(): void {
    const { size } = this.#room;
    const cleared = this.#room.clear();
    if (new Set(cleared).size !== size) throw new Error(`${cleared.length} of ${size} were cleared.`);
    for (const [key, line] of this.#lines) {
      const tail = cleared.filter((guest) => guest.key === key).slice(-line.length || cleared.length);
      if (line.some((guest, place) => tail[place] !== guest))
        throw new Error(`${key} was cleared out of order.`);
    }
    if (this.#room.size !== 0 || this.#room.take() !== undefined) throw new Error('It is not empty.');
    for (const { key } of this.#held) {
      if (key !== undefined && !this.#room.isOccupied(key)) throw new Error(`The key ${key} was given away.`);
    }
  }

  #letGo(place: number): Guest | undefined {
    return this.#held.length === 0 ? undefined : this.#held.splice(place % this.#held.length, 1)[0];
  }

  #makeReady(guest: Guest): void {
    if (guest.key !== undefined) this.#lines.set(guest.key, this.#lines.get(guest.key) ?? []);
    this.#ready.push(guest);
  }

  #callNext(key: string | undefined): void {
    if (key === undefined) return;
    const next = this.#lines.get(key)?.shift();
    if (next === undefined) this.#lines.delete(key);
    else this.#ready.push(next);
  }

  #compareSizes(): void {
    const inLine = [...this.#lines.values()].reduce((sum, { length }) => sum + length, 0);
    const found = `${this.#room.size} waiting, ${this.#room.readySize} ready, ${[...this.#lines.keys()].filter((key) => this.#room.isOccupied(key)).length} keys`;
    const expected = `${this.#ready.size + inLine} waiting, ${this.#ready.size} ready, ${this.#lines.size} keys`;
    if (found !== expected) throw new Error(`${found}, not ${expected}`);
  }
}
