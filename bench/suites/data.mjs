import { profiling } from './data/profiling.mjs';

/** @type {readonly import('../harness/case.mjs').Case[]} */
export const cases = profiling;
