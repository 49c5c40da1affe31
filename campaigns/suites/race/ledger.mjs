/**
 * What was appended for certain, and what each reader saw of it.
 * @typedef {ReturnType<typeof makeLedger>} Ledger
 */

export function makeLedger() {
  /** @type {Map<string, { first: number, count: number }[]>} */
  const acknowledged = new Map();
  let total = 0;
  return {
    total: () => total,
    /** @type {(key: string, first: number, count: number) => void} */
    acknowledge(key, first, count) {
      const runs = acknowledged.get(key) ?? [];
      runs.push({ first, count });
      acknowledged.set(key, runs);
      total += count;
    },
    /** @type {(seen: Seen) => number} how many events this reader has not seen */
    missedBy: (seen) => {
      let missed = 0;
      for (const [key, runs] of acknowledged) {
        const numbers = seen.numbersOf(key);
        for (const { first, count } of runs) {
          for (let number = first; number < first + count; number += 1) if (!numbers.has(number)) missed += 1;
        }
      }
      return missed;
    },
  };
}

/** @typedef {ReturnType<typeof makeSeen>} Seen */

/** What one reader has seen. */
export function makeSeen() {
  /** @type {Map<string, { last: number, numbers: Set<number> }>} */
  const keys = new Map();
  const faults = { doubled: 0, disordered: 0 };
  let total = 0;
  return {
    faults,
    total: () => total,
    /** @type {(key: string) => ReadonlySet<number>} */
    numbersOf: (key) => keys.get(key)?.numbers ?? new Set(),
    /** @type {(key: string, number: number) => void} */
    see(key, number) {
      const known = keys.get(key) ?? { last: 0, numbers: new Set() };
      keys.set(key, known);
      if (known.numbers.has(number)) faults.doubled += 1;
      else if (number < known.last) faults.disordered += 1;
      known.numbers.add(number);
      known.last = Math.max(known.last, number);
      total += 1;
    },
  };
}
