import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Request } from './arguments.js';
import { startEcosystem } from './ecosystem.js';
import { givenFile } from './given-files.js';
import { countEvents, overviewOf, sumOf } from './overview.js';
import { Progress } from './progress.js';
import { writePage } from './report/page.js';
import { summaryOf } from './report/summary.js';
import { type Registered, workOn } from './work.js';

const LOOK_MS = 500;
const ENDINGS = new Set(['.csv', '.tsv', '.json', '.ndjson', '.jsonl', '.parquet']);

/**
 * Takes the files of a directory, and those that arrive or change, until the process is asked to stop; then answers with the
 * exit code. A file is taken when two looks in a row find it the same, so that none is read while it is written.
 */
export async function watch(request: Request, directory: string): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  await readdir(directory);
  const startedAt = Date.now();
  const ecosystem = await startEcosystem(request);
  const { app } = ecosystem;
  try {
    const before = { startedAt, events: sumOf(await countEvents(app)) };
    const known = new Map<string, Registered>();
    const report = join(request.folder, 'report.html');
    const taken = new Map<string, string>();
    process.stdout.write(`Watching ${directory}; Ctrl+C stops.\n`);
    let last = new Map<string, string>();
    while (!stopping.signal.aborted) {
      const now = await statesIn(directory);
      const ready = [...now].filter(([path, state]) => last.get(path) === state && taken.get(path) !== state);
      last = now;
      if (ready.length > 0) {
        const files = ready.map(([path]) => givenFile(path));
        const progress = new Progress({ write: (text) => process.stdout.write(text) }, files);
        for (const one of await workOn(app, files, (file, stage) => progress.tell(file, stage)))
          known.set(one.file.path, one);
        for (const [path, state] of ready) taken.set(path, state);
        await writePage(await overviewOf(ecosystem, [...known.values()], before, report));
      }
      await delay(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    process.stdout.write(summaryOf(await overviewOf(ecosystem, [...known.values()], before, report)));
    return 0;
  } finally {
    await app.stop();
  }
}

/** The files that can be read, each with its size and time. */
async function statesIn(directory: string): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (const name of (await readdir(directory)).sort()) {
    if (!ENDINGS.has(extname(name).toLowerCase())) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) states.set(path, `${found.size} ${found.mtimeMs}`);
  }
  return states;
}
