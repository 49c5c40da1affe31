// Profiles one file and holds it to the rules that follow from it, as `npm start` does; prints what it found and cost.
import { join } from 'node:path';
import process from 'node:process';
import { Engine } from '../../../ecosystem/data/dist/data-quality/infrastructure/engine.js';
import { FileInspector } from '../../../ecosystem/data/dist/data-quality/infrastructure/file-inspector.js';

const [file = '', folder = ''] = process.argv.slice(2);
const engine = new Engine(join(folder, 'scratch'));
const inspector = new FileInspector(engine, join(folder, 'tables'));
const { signal } = new AbortController();
const startedAt = process.hrtime.bigint();
const source = await inspector.look(file, signal);
if (typeof source === 'string') throw new TypeError(source);
const outcome = await inspector.assess(source, [], '2026-06-30', signal);
if (outcome.kind === 'refused') throw new TypeError(outcome.reason);
const ns = Number(process.hrtime.bigint() - startedAt);
engine[Symbol.dispose]();
const { rows, columns } = outcome.assessment;
const bytes = process.resourceUsage().maxRSS * 1_024;
process.stdout.write(JSON.stringify({ rows, columns: columns.length, ns, bytes }));
