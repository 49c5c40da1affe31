import { defuse, describeValue, MortarError, messageOf } from '../../../errors/index.js';
import type { ProjectedEvent, ProjectionContext } from '../../projected-event.js';
import type { Projection } from '../../projection.js';

/** What is known of a document: nothing of one that is not there. */
export type Known = { readonly document: unknown } | undefined;

/**
 * What a document becomes by an event.
 * @throws MortarError `MORTAR_FOLD_FAILED`
 */
export function evolved(
  projection: Pick<Projection, 'name' | 'initialState' | 'evolve'>,
  before: Known,
  event: ProjectedEvent,
  context: ProjectionContext,
): Known {
  const { name } = projection;
  const current =
    before === undefined
      ? atOnce(name, 'initialState', context.key, () => projection.initialState(context.key))
      : before.document;
  const document = atOnce(name, 'on', event.type, () => projection.evolve(current, event, context));
  return document === undefined ? undefined : { document };
}

function atOnce(name: string, part: string, of: string, run: () => unknown): unknown {
  let answer: unknown;
  try {
    answer = run();
  } catch (cause) {
    throw foldFailed(name, part, `${messageOf(cause)} for ${describeValue(of)}`, cause);
  }
  if (defuse(answer)) throw foldFailed(name, part, `a promise for ${describeValue(of)}`);
  return answer;
}

/** The error of a projection that can't take an event. */
export function foldFailed(name: string, part: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_FOLD_FAILED', {
    rule: `${part} of projection ${name} takes every event that has happened.`,
    expected: 'an answer that can be kept',
    got,
    cause,
  });
}
