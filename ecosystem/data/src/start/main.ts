import { join } from 'node:path';
import process from 'node:process';
import { type Request, readArguments, usage } from './arguments.js';
import { endOf, forgetEverything, startEcosystem } from './ecosystem.js';
import { givenFile, sampleFiles } from './given-files.js';
import { Ledger } from './ledger.js';
import { countEvents, type Overview, overviewOf, sumOf } from './overview.js';
import { Progress } from './progress.js';
import { complaintOf } from './report/complaint.js';
import { MOST_SHOWN, writePage } from './report/page.js';
import { summaryOf } from './report/summary.js';
import { Stopping } from './stopping.js';
import { watch } from './watching/watching.js';
import { workOn } from './work.js';

const FAILED = 1;
const MISUSED = 2;

// Whoever reads the output may have seen enough of it; that ends the run, quietly.
for (const stream of [process.stdout, process.stderr]) stream.on('error', failedToWrite);
const code = await main(process.argv.slice(2));
process.exitCode ||= code;

function failedToWrite(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.exitCode = FAILED;
  process.stderr.write(`The output can't be written: ${error.message}\n`);
}

/** Answers with the exit code: 0 done, 1 something could not be read or done, 2 arguments that there are not. */
async function main(args: readonly string[]): Promise<number> {
  let request: Request | 'help';
  try {
    // npm starts scripts in the folder of the package, and says where the user was.
    request = readArguments(args, process.env['INIT_CWD'] ?? process.cwd());
  } catch (error) {
    process.stderr.write(`${complaintOf(error)}\n\n${usage}`);
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
    process.stderr.write(`${complaintOf(error)}\n`);
    return FAILED;
  }
}

async function runOnce(request: Request): Promise<number> {
  const startedAt = Date.now();
  const { files, asJson } = request;
  const ecosystem = await startEcosystem(request);
  const { app, isKnown, trouble } = ecosystem;
  using stopping = new Stopping();
  let isDone = false;
  try {
    const before = { startedAt, events: isKnown ? sumOf(await countEvents(app)) : 0 };
    const given = files.length === 0 ? sampleFiles() : files.map(givenFile);
    const screen = asJson ? { write: () => undefined } : process.stdout;
    if (!asJson && isKnown && before.events > 0)
      process.stdout.write('Going on with what an earlier run has kept; --reset starts anew.\n');
    const progress = new Progress(screen, given);
    const ledger = new Ledger();
    const work = workOn(app, given, (file, stage) => {
      ledger.tell(file, stage);
      if (stopping.asked === undefined) progress.tell(file, stage);
    });
    await stopping.orNothing(trouble.orFailure(work));
    if (stopping.asked !== undefined) return stopped(stopping);
    const wanted = { before, report: join(request.folder, 'report.html') };
    const overview = await overviewOf(
      ecosystem,
      ledger.entries,
      asJson ? wanted : { ...wanted, most: MOST_SHOWN },
    );
    await writePage(overview);
    process.stdout.write(
      asJson
        ? `${JSON.stringify(overview, null, 2)}\n`
        : summaryOf(overview, process.stdout.columns, request.place),
    );
    isDone = true;
    return isComplete(overview) ? 0 : FAILED;
  } finally {
    await endOf(app, isDone);
  }
}

function stopped({ asked, exitCode }: Stopping): number {
  if (asked === 'SIGINT' || asked === 'SIGTERM')
    process.stderr.write('Stopped. Start it again, and it goes on where it was.\n');
  return exitCode;
}

function isComplete({ datasets, unreadable }: Overview): boolean {
  return (
    unreadable.length === 0 &&
    datasets.every(({ quality, givenUp }) => quality.status !== 'refused' && givenUp === undefined)
  );
}
