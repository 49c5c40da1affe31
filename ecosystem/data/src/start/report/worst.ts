import type { DatasetOverview } from '../overview.js';

/** Those that a person should look at, in the order given; all of them where there are no more than so many. */
export function worstOf(
  datasets: readonly DatasetOverview[],
  most: number,
): { readonly shown: readonly DatasetOverview[]; readonly rest: number } {
  if (datasets.length <= most) return { shown: datasets, rest: 0 };
  const worst = new Set(datasets.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, most));
  return { shown: datasets.filter((dataset) => worst.has(dataset)), rest: datasets.length - most };
}

/** Without a report first, then those that should not be used, then by their score. */
function rankOf({ quality, givenUp }: DatasetOverview): number {
  if (givenUp !== undefined || quality.assessment === null) return -2;
  return quality.assessment.overall - (quality.status === 'quarantined' ? 1 : 0);
}
