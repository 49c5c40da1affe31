import fc from 'fast-check';
import type { Column, Observations } from '../../../src/anomaly-detection/domain/detector.js';
import { seededRandom } from '../../../src/anomaly-detection/domain/statistics/random.js';

/** A table with columns `a`, `b`, … of these values. */
export function table(...columns: readonly (readonly number[])[]): Observations {
  return {
    columns: columns.map(
      (values, index): Column => ({
        name: String.fromCharCode(97 + index),
        values: Float64Array.from(values),
      }),
    ),
  };
}

/** A series `a` of one value a day from the start of 2024. */
export function daily(values: readonly number[]): Observations {
  const start = Date.UTC(2024, 0, 1);
  return { ...table(values), times: Float64Array.from(values, (_, day) => start + day * 86_400_000) };
}

/** Numbers about normal, of a seed. */
export function normal(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    let sum = -6;
    for (let draw = 0; draw < 12; draw += 1) sum += random();
    return sum;
  });
}

/** The rows of a table in another order. */
export function reordered({ columns }: Observations, order: readonly number[]): Observations {
  return {
    columns: columns.map(({ name, values }) => ({
      name,
      values: Float64Array.from(order, (row) => values[row] ?? Number.NaN),
    })),
  };
}

/** Numbers of a size at which sums lose nothing that matters; some are whole, so that there are equal ones; none can vanish. */
export const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => (Math.abs(value) < 1e-9 ? 0 : value)),
);

/** Any double, `NaN` and infinities among them. */
export const anyNumber = fc.oneof(fc.double(), number);

/** Two columns, and an order of their rows. */
export const shuffledTables = fc
  .array(fc.tuple(number, number), { minLength: 8, maxLength: 60 })
  .chain((rows) =>
    fc.record({
      rows: fc.constant(
        table(
          rows.map(([a]) => a),
          rows.map(([, b]) => b),
        ),
      ),
      order: fc.shuffledSubarray([...rows.keys()], { minLength: rows.length }),
    }),
  );
