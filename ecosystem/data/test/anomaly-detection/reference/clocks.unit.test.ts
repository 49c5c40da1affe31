import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import { findSeries } from '../../../src/anomaly-detection/domain/series/series.js';
import { normal } from '../domain/tables.js';

const detector = 'seasonal-window';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('clocks are turned back in autumn', () => {
  it('and both rows of the hour that comes twice are judged by what is usual at that hour', () => {
    const { times, values } = twoYears((hour) => 10 * Math.sin((2 * Math.PI * hour) / 24));
    const [, second] = repeatedHours(times);
    const { notes, judged } = detect({ columns: [{ name: 'a', values }], times }, { detector });
    expect([notes, judged]).toEqual([['a has a season of 24 rows.'], times.length]);
    expect(rowsThatStandOut(times, values)).toEqual([]);
    // The first is in winter: it stands out only where the hours of summer and winter are the same ones.
    for (const row of [100, second - 1, second, second + 1]) {
      const odd = values.with(row, (values[row] ?? 0) + 4);
      expect(rowsThatStandOut(times, odd)).toEqual([row]);
    }
  });

  it('and rows are a series with that hour, in each half of it, and in several series side by side', () => {
    const { times } = twoYears(() => 0);
    const all = [...times.keys()];
    expect(repeatedHours(times)).toHaveLength(2);
    expect(findSeries(times, [])).toEqual([{ name: undefined, rows: Int32Array.from(all) }]);
    const halves = Float64Array.from(
      all.flatMap((row) => [0, 30].map((m) => (times[row] ?? 0) + m * MINUTE)),
    );
    expect(findSeries(halves, [])?.[0]?.rows).toHaveLength(halves.length);
    const both = Float64Array.from(all.flatMap((row) => [times[row] ?? 0, times[row] ?? 0]));
    const shops = { texts: all.flatMap(() => ['north', 'south']) };
    expect(findSeries(both, [])).toBeUndefined();
    expect(findSeries(both, [shops])?.map(({ rows }) => rows?.length)).toEqual([all.length, all.length]);
  });

  it('and rows are none where times come three times, or twice more often than clocks are turned back', () => {
    const hours = Float64Array.from({ length: 1_000 }, (_, hour) => Date.UTC(2024, 0, 1) + hour * HOUR);
    const again = (...places: readonly number[]) =>
      Float64Array.from([...hours, ...places.map((place) => hours[place] ?? 0)]);
    expect(findSeries(again(10), [])).toHaveLength(1);
    expect(findSeries(again(10, 10), [])).toBeUndefined();
    expect(findSeries(again(10, 11), [])).toBeUndefined();
    expect(findSeries(again(10, 700), [])).toBeUndefined();
    expect(findSeries(Float64Array.of(...hours.slice(0, 10), hours[3] ?? 0), [])).toBeUndefined();
  });
});

/** Every hour of 2023 and 2024 as clocks in Paris show it: an hour more from the end of March to the end of October. */
function twoYears(valueAt: (hour: number) => number): { times: Float64Array; values: Float64Array } {
  const first = Date.UTC(2023, 0, 1);
  const summers = [
    [Date.UTC(2023, 2, 26, 2), Date.UTC(2023, 9, 29, 2)],
    [Date.UTC(2024, 2, 31, 2), Date.UTC(2024, 9, 27, 2)],
  ] as const;
  const noise = normal(731 * 24, 31);
  const times = Float64Array.from(noise, (_, hour) => {
    const winter = first + hour * HOUR;
    return summers.some(([from, to]) => winter >= from && winter < to) ? winter + HOUR : winter;
  });
  return { times, values: times.map((time, row) => valueAt(time / HOUR) + 0.3 * (noise[row] ?? 0)) };
}

/** Beyond what noise alone comes to in so many rows. */
function rowsThatStandOut(times: Float64Array, values: Float64Array): number[] {
  const { findings } = detect({ columns: [{ name: 'a', values }], times }, { detector, threshold: 6 });
  return findings.map(({ row }) => row);
}

/** The second rows of hours that come twice. */
function repeatedHours(times: Float64Array): [number, number] {
  const [first = 0, second = 0] = [...times.keys()].filter((row) => row > 0 && times[row] === times[row - 1]);
  return [first, second];
}
