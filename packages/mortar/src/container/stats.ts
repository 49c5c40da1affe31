import type { Lifetime } from './binding.js';

/** What was counted for one binding since its container was made. */
export interface ServiceStats {
  /** The name of what is bound. */
  readonly name: string;
  readonly owner: string;
  readonly lifetime: Lifetime;
  /** How often it was asked for, by users of the container and by other services; a value is not counted. */
  readonly resolutions: number;
  /** How often it was made. */
  readonly created: number;
  /** How many of these creations were timed: each that is made once or asynchronously, one in 1,024 of the others. */
  readonly timed: number;
  /** What the timed creations took in all, without their dependencies, in milliseconds. */
  readonly totalMs: number;
  /** The longest of the timed creations, in milliseconds. */
  readonly longestMs: number;
}

/** What was counted for a container. */
export interface ContainerStats {
  readonly name: string | undefined;
  /** Scopes that were opened and not closed. */
  readonly openScopes: number;
  /** Scopes that were never closed, as far as it is known: in development alone. */
  readonly leakedScopes: number;
  /** One for each binding of this container, and for each of its parents' that it makes anew. */
  readonly services: readonly ServiceStats[];
}
