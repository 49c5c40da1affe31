// Profiles one file in a process of its own, and prints what that cost.
import { join } from 'node:path';
import process from 'node:process';
import { Engine } from '../../dist/data-quality/infrastructure/engine.js';
import { FileInspector } from '../../dist/data-quality/infrastructure/file-inspector.js';

const [file, folder] = process.argv.slice(2);
const engine = new Engine(join(folder, 'scratch'));
const inspector = new FileInspector(engine, join(folder, 'tables'));
const { signal } = new AbortController();
const startedAt = performance.now();
const source = await inspector.look(file, signal);
const { assessment } = await inspector.assess(source, [], '2026-06-30', signal);
const seconds = (performance.now() - startedAt) / 1_000;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
engine[Symbol.dispose]();
const { rows, columns } = assessment;
const { distinct } = columns.find(({ name }) => name === 'city');
const cost = { seconds, cpuS: (userCPUTime + systemCPUTime) / 1e6, memoryMb: maxRSS / 1_024 };
process.stdout.write(`${JSON.stringify({ rows, columns: columns.length, distinct, ...cost })}\n`);
