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
      ? atOnce(context, { name, part: 'initialState', of: context.key }, () =>
          projection.initialState(context.key),
        )
      : before.document;
  const document = atOnce(context, { name, part: 'on', of: event.type }, () =>
    projection.evolve(current, event, context),
  );
  return document === undefined ? undefined : { document };
}

/** A function of a projection, and what it is asked about. */
interface Asked {
  readonly name: string;
  readonly part: string;
  readonly of: string;
}

function atOnce({ key }: ProjectionContext, { name, part, of }: Asked, run: () => unknown): unknown {
  let answer: unknown;
  try {
    answer = run();
  } catch (cause) {
    throw foldFailed(name, part, thrownFor(of, cause), cause, key);
  }
  if (defuse(answer)) throw foldFailed(name, part, `a promise for ${describeValue(of)}`, undefined, key);
  return answer;
}

/** What is told of a function that threw, by what it was asked about: a type of events, or the key of a document. */
export function thrownFor(of: string, cause: unknown): string {
  return `an error that it threw for ${describeValue(of)}: ${messageOf(cause)}`;
}

/** The error of a projection that can't take an event, of the document with this key if it is one document's. */
export function foldFailed(
  name: string,
  part: string,
  got: string,
  cause?: unknown,
  key?: string,
): MortarError {
  return new MortarError('MORTAR_FOLD_FAILED', {
    rule: `${part} of projection ${name} takes every event that has happened.`,
    expected: 'an answer that can be kept',
    got,
    cause,
    details: { projection: name, ...(key === undefined ? {} : { key }) },
  });
}
