import { handling } from './sourcing/handling.mjs';
import { loading } from './sourcing/loading.mjs';

/** @type {readonly import('../harness/case.mjs').Case[]} */
export const cases = [...handling, ...loading];

/** The benchmarks start a server where they find none. */
export const needsPostgres = true;
