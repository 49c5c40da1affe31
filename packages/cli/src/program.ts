import { Command } from 'commander';
import { addCheck } from './commands/check.js';
import { addCompletion } from './commands/completion.js';
import { addDescribe } from './commands/describe.js';
import { addDoctor } from './commands/doctor.js';
import { addExplain } from './commands/explain.js';
import { addExplainError } from './commands/explain-error.js';
import { addGraph } from './commands/graph.js';
import { addHooks } from './commands/hooks.js';
import { addInit } from './commands/init.js';
import { addMigrate } from './commands/migrate.js';
import { addWhatIf } from './commands/what-if.js';
import { addWhy } from './commands/why.js';
import { addHelp } from './completion/help.js';
import { type ExitCode, MISUSED, OK } from './exit-code.js';
import { codeOf, errorText } from './failure.js';
import { type Frame, withJson } from './frame.js';
import type { Io } from './io.js';
import { packageVersion } from './package-version.js';

/**
 * Runs the command with arguments as they follow the program's name, and answers with its exit code: 0 done, 1 for the
 * answer no (violations, a migration that failed), 2 for wrong use or configuration. Never rejects.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let code = OK;
  let failure: ExitCode = MISUSED;
  const asJson = wantsJson(args);
  const frame: Frame = {
    io,
    finish: (given) => {
      code = given;
    },
    failWith: (given) => {
      failure = given;
    },
  };
  try {
    await programOf(frame, asJson).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    io.progress?.('');
    const text = errorText(error, asJson);
    if (asJson) io.print(text);
    else io.complain(text);
    return codeOf(error, failure);
  }
}

/** The whole command, for whoever describes it. */
export function programOf(frame: Frame, asJson = false): Command {
  const program = withJson(new Command('mortar'))
    .description(
      'Keeps the packages and modules of a monorepo apart, and looks after the stores of their events.',
    )
    .version(
      asJson ? JSON.stringify({ version: packageVersion() }) : packageVersion(),
      '-v, --version',
      'say the version of the command',
    )
    .helpOption('-h, --help', 'say what a command does')
    .helpCommand(false)
    // What stands before a command is the program's; --json is meant for the command even so.
    .enablePositionalOptions()
    .hook('preAction', (_, command) => {
      if (command.optsWithGlobals()['json'] === true) command.setOptionValue('json', true);
    })
    .exitOverride()
    .configureOutput({
      writeOut: frame.io.print,
      // An error is told as JSON by whoever catches it.
      writeErr: asJson ? () => undefined : frame.io.complain,
    })
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing to complain of, 1 the answer is no (such as violations), 2 wrong use or configuration.',
    );
  addCheck(program, frame);
  addExplain(program, frame);
  addWhy(program, frame);
  addWhatIf(program, frame);
  addGraph(program, frame);
  addDescribe(program, frame);
  addHooks(program, frame);
  addInit(program, frame);
  addExplainError(program, frame);
  addDoctor(program, frame);
  addMigrate(program, frame);
  addCompletion(program, frame);
  addHelp(program, frame);
  return program;
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  const format = options.findLast(
    (option, index) => option.startsWith('--format=') || options[index - 1] === '--format',
  );
  return options.includes('--json') || format === 'json' || format === '--format=json';
}
