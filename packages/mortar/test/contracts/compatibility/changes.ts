import * as v from 'valibot';
import { z } from 'zod';
import {
  type Change,
  type Contract,
  command,
  compatibility,
  event,
  type JsonSchema,
  type PortContract,
  type Schema,
} from '../../../src/contracts/index.js';

type Any = Contract | PortContract;

/** What breaks between two contracts. */
export function changes(old: Any, fresh: Any): readonly Change[] {
  const outcome = compatibility(old, fresh);
  if (!outcome.compatible && outcome.changes.length === 0) throw new Error('What is incompatible says why.');
  return outcome.compatible ? [] : outcome.changes;
}

/** The changes as `path rule`. */
export function summary(old: Any, fresh: Any): readonly string[] {
  return [...new Set(changes(old, fresh).map(({ path, rule }) => `${path} ${rule}`))];
}

export const input = (data: Schema): Contract => command('shop.a', { data });
export const result = (schema: Schema): Contract => command('shop.a', { data: z.object({}), result: schema });
export const fact = (data: Schema<unknown>): Contract => event('shop.a', { data });
export const documented = (jsonSchema: JsonSchema): Contract => {
  return command('shop.a', { data: v.unknown(), jsonSchema: { data: jsonSchema } });
};
