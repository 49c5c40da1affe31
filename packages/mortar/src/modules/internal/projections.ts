import type { AnyProjection } from '../../projections/index.js';
import type { ModuleProjection } from '../projection-list.js';
import { invalid } from './fault.js';
import type { Site } from './place.js';

const EXPECTED = 'what projection or sqlProjection makes';

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function projectionOf({ module, place }: Site, args: readonly unknown[]): ModuleProjection {
  const [projection, ...surplus] = args;
  if (!isProjection(projection)) throw invalid(module, 'project takes a projection.', EXPECTED, projection);
  if (surplus.length > 0)
    throw invalid(module, 'project takes one projection.', 'nothing after it', surplus[0]);
  return { name: `${module}/${projection.name}`, projection, place };
}

function isProjection(value: unknown): value is AnyProjection {
  const isObject = typeof value === 'object' && value !== null && 'kind' in value && 'fingerprint' in value;
  return isObject && (value.kind === 'documents' || value.kind === 'sql');
}
