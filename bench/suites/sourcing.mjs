import { handling } from './sourcing/handling.mjs';
import { loading } from './sourcing/loading.mjs';
import { rebuilding } from './sourcing/rebuilding.mjs';

/** @type {readonly import('../harness/case.mjs').Case[]} */
export const cases = [...handling, ...loading, ...rebuilding];

/** The benchmarks start a server where they find none. */
export const needsPostgres = true;
