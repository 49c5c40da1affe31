import { join } from 'node:path';
import process from 'node:process';
import { MortarError } from 'mortar';
import { type Request, readArguments, usage } from './arguments.js';
import { forgetEverything, startEcosystem } from './ecosystem.js';
import { givenFile, sampleFiles } from './given-files.js';
import { countEvents, overviewOf, sumOf } from './overview.js';
import { Progress } from './progress.js';
import { writePage } from './report/page.js';
import { summaryOf } from './report/summary.js';
import { watch } from './watching.js';
import { workOn } from './work.js';

const FAILED = 1;
const MISUSED = 2;

process.exitCode = await main(process.argv.slice(2));

/** Answers with the exit code: 0 done, 1 something could not be read or done, 2 arguments that there are not. */
async function main(args: readonly string[]): Promise<number> {
  let request: Request | 'help';
  try {
    // npm starts scripts in the folder of the package, and says where the user was.
    request = readArguments(args, process.env['INIT_CWD'] ?? process.cwd());
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}`);
    return MISUSED;
  }
  if (request === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  try {
    if (request.reset) await forgetEverything(request);
    return request.watch === undefined ? await runOnce(request) : await watch(request, request.watch);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return FAILED;
  }
}

async function runOnce(request: Request): Promise<number> {
  const startedAt = Date.now();
  const { files, asJson } = request;
  const ecosystem = await startEcosystem(request);
  const { app, isKnown } = ecosystem;
  try {
    const before = { startedAt, events: isKnown ? sumOf(await countEvents(app)) : 0 };
    const given = files.length === 0 ? sampleFiles() : files.map(givenFile);
    const screen = asJson ? { write: () => undefined } : process.stdout;
    if (!asJson && isKnown && before.events > 0)
      process.stdout.write('Going on with what an earlier run has kept; --reset starts anew.\n');
    const progress = new Progress(screen, given);
    const registered = await workOn(app, given, (file, stage) => progress.tell(file, stage));
    const overview = await overviewOf(ecosystem, registered, before, join(request.folder, 'report.html'));
    await writePage(overview);
    process.stdout.write(asJson ? `${JSON.stringify(overview, null, 2)}\n` : summaryOf(overview));
    const isComplete =
      overview.unreadable.length === 0 &&
      overview.datasets.every(({ quality }) => quality.status !== 'refused');
    return isComplete && overview.events.deadLetters === 0 ? 0 : FAILED;
  } finally {
    await app.stop();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof MortarError || error instanceof TypeError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
