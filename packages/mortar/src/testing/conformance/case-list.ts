import type { Awaitable } from '../../bus/index.js';
import { describeValue, MortarError } from '../../errors/index.js';

/** One thing that every adapter of a port holds to. */
export interface ConformanceCase {
  readonly name: string;
  /** Why the case does not count for this adapter. */
  readonly skip?: string;
  /** Rejects with an `AssertionError` if the adapter does not hold to it. */
  run(): Promise<void>;
}

/** What an adapter leaves out, each with the reason. What is not named here is tested. */
export type LeftOut<Feature extends string> = { readonly [F in Feature]?: { readonly skip: string } };

/** A case before it has a subject of its own. */
export interface CaseOf<Subject, Feature extends string> {
  readonly name: string;
  readonly needs?: Feature;
  readonly run: (subject: Subject) => Promise<void>;
}

/** What is run on, and given back after the case, also when it failed. */
export interface Disposable {
  readonly dispose?: () => Awaitable<void>;
}

/**
 * Cases for any test runner, by the name of their group, each with a subject of its own.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function caseList<Subject extends Disposable, Feature extends string>(
  groups: Readonly<Record<string, readonly CaseOf<Subject, Feature>[]>>,
  make: () => Awaitable<Subject>,
  leftOut: LeftOut<Feature>,
): readonly ConformanceCase[] {
  const all = Object.entries(groups).flatMap(([group, cases]) => cases.map((one) => ({ group, one })));
  checkLeftOut(
    leftOut,
    all.flatMap(({ one }) => one.needs ?? []),
  );
  return all.map(({ group, one: { name, needs, run } }) => {
    const skip = needs === undefined ? undefined : leftOut[needs]?.skip;
    return {
      name: `${group}: ${name}`,
      ...(skip === undefined ? {} : { skip }),
      run: async () => {
        const subject = await make();
        try {
          await run(subject);
        } finally {
          await subject.dispose?.();
        }
      },
    };
  });
}

function checkLeftOut(leftOut: LeftOut<string>, known: readonly string[]): void {
  for (const [feature, given] of Object.entries(leftOut)) {
    const reason: unknown = given?.skip;
    if (known.includes(feature) && typeof reason === 'string' && reason.trim() !== '') continue;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'An adapter leaves out a known feature, for a reason.',
      expected: `{ skip: reason } for one of ${[...new Set(known)].join(', ')}`,
      got: `${describeValue(feature)} with ${describeValue(reason)}`,
    });
  }
}
