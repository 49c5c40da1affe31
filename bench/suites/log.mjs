import { append } from './log/append.mjs';
import { delivering } from './log/delivering.mjs';
import { disk } from './log/disk.mjs';
import { growth } from './log/growth.mjs';
import { history } from './log/history.mjs';
import { latency } from './log/latency.mjs';
import { reading } from './log/reading.mjs';

/** @type {readonly import('../harness/case.mjs').Case[]} */
export const cases = [...disk, ...append, ...reading, ...delivering, ...latency, ...growth, ...history];

/** The benchmarks start a server where they find none. */
export const needsPostgres = true;
