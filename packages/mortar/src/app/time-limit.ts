import type { Clock } from '../contracts/index.js';
import type { MortarError } from '../errors/index.js';

/** Rejects with an error of the caller's when the time is up; the work goes on. */
export function withinTime<T>(
  work: PromiseLike<T>,
  { timeoutMs, clock }: { readonly timeoutMs: number; readonly clock: Clock },
  late: () => MortarError,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(late()));
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
