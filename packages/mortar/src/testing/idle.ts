/**
 * Resolves when everything has happened that needs no time: microtasks, ticks, and what `setImmediate` starts, over so
 * many turns of the event loop. It does not wait for timers, files, sockets or other threads.
 */
export async function settled(turns = 2): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
