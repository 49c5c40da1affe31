import type { Awaitable } from '../../bus/index.js';
import { describeValue, MortarError } from '../../errors/index.js';
import type { Repository } from '../../patterns/index.js';
import { concurrencyCases } from './repository/concurrency.js';
import { findingCases } from './repository/finding.js';
import { pagingCases } from './repository/paging.js';
import { readingCases } from './repository/reading.js';
import { refusalCases } from './repository/refusals.js';
import { savingCases } from './repository/saving.js';
import type { RepositoryFeature, Specimen, SubjectCase } from './repository/subject.js';

export type { RepositoryFeature, Specimen } from './repository/subject.js';

/** What a case is run on: an empty repository of its own. */
export interface RepositorySubject {
  readonly repository: Repository<Specimen, string>;
  /** Called after the case, also when it failed. */
  readonly dispose?: () => Awaitable<void>;
}

/** What an adapter leaves out, each with the reason. What is not named here is tested. */
export type RepositoryFeatures = { readonly [F in RepositoryFeature]?: { readonly skip: string } };

/** One thing that every repository holds to. */
export interface RepositoryCase {
  readonly name: string;
  /** Why the case does not count for this adapter. */
  readonly skip?: string;
  /** Rejects with an `AssertionError` if the repository does not hold to it. */
  run(): Promise<void>;
}

/**
 * What every `Repository` holds to, as cases for any test runner: they need no more than `node:assert`. They stand for
 * themselves, and may run at once or in any order.
 * @example
 * for (const { name, skip, run } of repositoryCases(() => ({ repository: myRepository() }))) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function repositoryCases(
  make: () => Awaitable<RepositorySubject>,
  features: RepositoryFeatures = {},
): readonly RepositoryCase[] {
  checkFeatures(features);
  return Object.entries(GROUPS).flatMap(([group, cases]) =>
    cases.map((one) => caseOf(group, one, make, features)),
  );
}

const GROUPS: Readonly<Record<string, readonly SubjectCase[]>> = {
  reading: readingCases,
  saving: savingCases,
  finding: findingCases,
  paging: pagingCases,
  'at once': concurrencyCases,
  refusing: refusalCases,
};

function caseOf(
  group: string,
  { name, needs, run }: SubjectCase,
  make: () => Awaitable<RepositorySubject>,
  features: RepositoryFeatures,
): RepositoryCase {
  const skip = needs === undefined ? undefined : features[needs]?.skip;
  return {
    name: `${group}: ${name}`,
    ...(skip === undefined ? {} : { skip }),
    run: async () => {
      const subject = await make();
      try {
        await run(subject.repository);
      } finally {
        await subject.dispose?.();
      }
    },
  };
}

function checkFeatures(features: RepositoryFeatures): void {
  const known: readonly string[] = Object.values(GROUPS).flatMap((cases) =>
    cases.flatMap(({ needs }) => needs ?? []),
  );
  for (const [feature, given] of Object.entries(features)) {
    const reason: unknown = given?.skip;
    if (known.includes(feature) && typeof reason === 'string' && reason.trim() !== '') continue;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'An adapter leaves out a known feature, for a reason.',
      expected: `{ skip: reason } for one of ${[...new Set(known)].join(', ')}`,
      got: `${describeValue(feature)} with ${describeValue(reason)}`,
    });
  }
}
