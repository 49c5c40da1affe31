import type { AnyProjection } from '../projections/index.js';

/** A projection of a module. */
export interface ModuleProjection {
  /** `<module>/<projection>`. */
  readonly name: string;
  readonly projection: AnyProjection;
  /** Where in the source it was registered. */
  readonly place: string;
}
