import { generated } from './check/generated.mjs';
import { published } from './check/published.mjs';

/** @type {readonly import('../harness/case.mjs').Case[]} */
export const cases = [...generated, ...published];
