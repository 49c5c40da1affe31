import { z } from 'zod';
import { event } from '../../../src/contracts/index.js';
import type { EventPlan, Verb } from './plan.js';

/** What an event of the model carries. */
export interface Item {
  readonly name: string;
  readonly sentBy: Verb | 'handler';
  /** Of two events of one key, the one that was sent first has the lower rank. */
  readonly rank: number;
  readonly key: string;
  readonly plan: EventPlan;
}

const data = z.custom<Item>();

export const Keyed = event('invariants.keyed', { data, key: ({ key }) => key });
export const Loose = event('invariants.loose', { data });
/** The contract that an event goes by. */
export const contractOf = ({ plan }: Item): typeof Keyed | typeof Loose =>
  plan.key === undefined ? Loose : Keyed;
