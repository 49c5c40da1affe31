import type { OpenStore } from '../../delivery/index.js';
import { type GenerationName, subscriptionOf } from '../../read-models/index.js';
import type { ProjectionRun } from '../projection-run.js';

/**
 * Makes what a generation is kept in, with its checkpoint: by this it is found, see `Removal.sweep`, where the generation was removed
 * by a process that was faster. Nothing tells that tables of SQL are there, so the checkpoint comes first; and once more afterwards,
 * since it may have been forgotten in between.
 */
export async function makePlace(
  { deliveries }: Pick<OpenStore, 'deliveries'>,
  name: GenerationName,
  run: Pick<ProjectionRun, 'prepare'>,
): Promise<void> {
  const subscription = subscriptionOf(name);
  await deliveries.register(subscription, 'beginning', 1);
  await run.prepare();
  await deliveries.register(subscription, 'beginning', 1);
}
