import { createHash } from 'node:crypto';
import { type EventContract, event, jsonSchemaOf, type Schema } from '../../../contracts/index.js';
import type { Retired } from '../../retired.js';

/** What the state of an aggregate depends on besides its events. */
export interface FingerprintParts {
  /** The source text of what makes the state. */
  readonly sources: readonly string[];
  readonly stateVersion: number;
  readonly state: Schema | undefined;
  readonly events: readonly EventContract[];
  readonly retired: readonly Pick<Retired, 'type' | 'into' | 'fingerprint'>[];
}

/**
 * A text that is another one wherever one of the parts is. Functions stand there with their source text: what they call by name is
 * not in it, which is what `stateVersion` is for.
 */
export function fingerprintOf({ sources, stateVersion, state, events, retired }: FingerprintParts): string {
  const parts = {
    sources,
    stateVersion,
    state: state === undefined ? null : documentOf(state),
    events: sorted(events, ({ name }) => name).map(({ name, schemaVersion, upcasters }) => ({
      name,
      schemaVersion,
      upcasters: Object.entries(upcasters).map(([from, upcaster]) => [from, String(upcaster)]),
    })),
    retired: sorted(retired, ({ type }) => type).map(({ type, into, fingerprint }) => [
      type,
      fingerprint ?? String(into),
    ]),
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The JSON Schema of a state, where its library makes one. */
function documentOf(state: Schema): unknown {
  const { output } = jsonSchemaOf(event('sourcing.state', { data: state })).data;
  return output.opaque ? 'opaque' : output.schema;
}

function sorted<T>(list: readonly T[], nameOf: (one: T) => string): readonly T[] {
  return [...list].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}
