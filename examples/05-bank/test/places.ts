import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@mortar/sqlite';
import { systemClock } from 'mortar/bus';
import type { OpenStore } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { MemoryLog, memory } from 'mortar/memory';
import { VirtualClock } from 'mortar/testing';
import { vi } from 'vitest';
import type { Place } from './crashing-bank.js';

const PAGE = 10_000;
const TURN_MS = 2;
const OUTLIVED_MS = 10;

/** A log in memory. Its time passes from timer to timer, and that of the machine, whose timers have to be faked, with it. */
export function inMemory(): Place {
  const clock = new VirtualClock();
  const log = new MemoryLog({ clock });
  return {
    clock,
    store: () => memory({ log }),
    entries: async () => log.entries,
    auditor: () => memory({ log }).open({ logger: silentLogger }),
    async turn() {
      await clock.advance(clock.nextInMs ?? 0);
      vi.advanceTimersByTime(TURN_MS);
    },
    outlive: () => clock.advance(OUTLIVED_MS),
  };
}

/** A file, under the time of the machine. `close` removes it. */
export async function inFile(): Promise<Place & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-bank-'));
  const store = () => sqlite(join(folder, 'bank.db'), { durability: 'relaxed', pollMs: TURN_MS });
  const auditor: OpenStore = await store().open({ logger: silentLogger });
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, TURN_MS));
  return {
    clock: systemClock,
    store,
    entries: async () => (await auditor.events.readAll({ limit: PAGE })).entries,
    auditor: async () => auditor,
    turn,
    outlive: turn,
    async close() {
      await auditor.close();
      rmSync(folder, { recursive: true });
    },
  };
}
