/** Those of the lowest ranks, in the order given; all of them where there are no more than so many. */
export function worstOf<T>(
  items: readonly T[],
  most: number,
  rankOf: (item: T) => number,
): { readonly shown: readonly T[]; readonly rest: number } {
  if (items.length <= most) return { shown: items, rest: 0 };
  const worst = new Set(items.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, most));
  return { shown: items.filter((item) => worst.has(item)), rest: items.length - most };
}
