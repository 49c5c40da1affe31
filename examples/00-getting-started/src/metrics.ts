// #region guide
// src/metrics.ts: numbers to watch, as text that Prometheus reads
import type { DurableApp } from 'mortar';

export async function metricsOf(app: DurableApp): Promise<string> {
  const { subscriptions } = await app.deliveries.status();
  const { byState, oldestDeadAt } = await app.deadLetters.statistics();
  const lines = [
    `mortar_dead_letters ${byState.dead}`, // work for a person
    `mortar_oldest_dead_letter_seconds ${oldestDeadAt === undefined ? 0 : (Date.now() - oldestDeadAt) / 1_000}`,
    ...subscriptions.flatMap(({ name, state, lagEvents, heldKeys }) => [
      `mortar_lag_events{subscription="${name}"} ${lagEvents}`,
      `mortar_held_keys{subscription="${name}"} ${heldKeys.retrying + heldKeys.dead}`,
      `mortar_delivering{subscription="${name}"} ${state === 'running' || state === 'waiting' ? 1 : 0}`,
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
// #endregion
