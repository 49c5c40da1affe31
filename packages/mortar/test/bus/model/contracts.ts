import { z } from 'zod';
import { event } from '../../../src/contracts/index.js';
import type { EventPlan } from './plan.js';

const data = z.object({ seq: z.number(), key: z.string(), plan: z.custom<EventPlan>() });

export const Keyed = event('model.keyed', { data, key: ({ key }) => key });
export const Loose = event('model.loose', { data });

/** An event of the model: its number tells the order in which events were sent. */
export type ModelEvent = z.infer<typeof data>;
