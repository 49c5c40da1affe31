import type { Clock } from '../contracts/index.js';
import { MortarError } from '../errors/index.js';

/** Rejects when the time is up; the work goes on. */
export function withinTime<T>(
  work: PromiseLike<T>,
  what: string,
  timeoutMs: number,
  clock: Clock,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => {
      reject(
        new MortarError('MORTAR_TIMEOUT', {
          rule: 'What an app starts and stops ends in time.',
          expected: `${what} to be done within ${timeoutMs} ms`,
          got: 'no end yet',
        }),
      );
    });
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
