import { Command } from 'commander';
import { wantsHelp, wantsJson } from './asked.js';
import { type Frame, takeOptionsBefore, withJson, withNote, withRoot } from './frame.js';
import { packageVersion } from './package-version.js';

/** Does what arguments say, as they follow the program's name. */
export async function runParsed(args: readonly string[], frame: Frame): Promise<void> {
  const asJson = wantsJson(args);
  const program = await programOf(frame, { asJson, only: wantsHelp(args) ? undefined : commandIn(args) });
  await program.parseAsync(args, { from: 'user' });
}

type Add = (program: Command, frame: Frame) => void;

/** The commands, in the order of the help. Each is loaded when it is asked for: most of the time of a short run is loading. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  check: async () => (await import('./commands/check.js')).addCheck,
  explain: async () => (await import('./commands/explain.js')).addExplain,
  why: async () => (await import('./commands/why.js')).addWhy,
  'what-if': async () => (await import('./commands/what-if.js')).addWhatIf,
  graph: async () => (await import('./commands/graph.js')).addGraph,
  describe: async () => (await import('./commands/describe.js')).addDescribe,
  hooks: async () => (await import('./commands/hooks.js')).addHooks,
  init: async () => (await import('./commands/init.js')).addInit,
  'explain-error': async () => (await import('./commands/explain-error.js')).addExplainError,
  doctor: async () => (await import('./commands/doctor.js')).addDoctor,
  migrate: async () => (await import('./commands/migrate.js')).addMigrate,
  completion: async () => (await import('./commands/completion.js')).addCompletion,
  help: async () => (await import('./completion/help.js')).addHelp,
};

/** These two speak of all the others. */
const ABOUT_ALL: readonly string[] = ['completion', 'help'];

/** The command that arguments begin with, if they do. */
function commandIn(args: readonly string[]): string | undefined {
  const first = args.find((arg, at) => !arg.startsWith('-') && args[at - 1] !== '--root');
  const isAlone = first !== undefined && Object.hasOwn(commands, first) && !ABOUT_ALL.includes(first);
  return isAlone ? first : undefined;
}

/** How the command is put together. */
export interface ProgramOptions {
  readonly asJson?: boolean;
  /** The one command that is needed; all of them unless given. */
  readonly only?: string | undefined;
}

/** The whole command, for whoever runs or describes it. */
export async function programOf(
  frame: Frame,
  { asJson = false, only }: ProgramOptions = {},
): Promise<Command> {
  const program = emptyProgram(frame, asJson);
  if (asJson && only === undefined) program.configureHelp((await import('./completion/help.js')).helpAsJson);
  for (const [name, load] of Object.entries(commands)) {
    if (only === undefined || only === name) (await load())(program, frame);
  }
  return program;
}

function emptyProgram(frame: Frame, asJson: boolean): Command {
  const program = withRoot(withJson(new Command('mortar')))
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
    // What stands before a command is the program's.
    .enablePositionalOptions()
    .hook('preAction', (_, command) => takeOptionsBefore(command))
    .exitOverride()
    .configureOutput({
      writeOut: frame.io.print,
      // An error is told as JSON by whoever catches it.
      writeErr: asJson ? () => undefined : frame.io.complain,
    })
    .showHelpAfterError('(add --help for what there is)');
  return withNote(program, EXIT_CODES);
}

const EXIT_CODES =
  'Exit codes: 0 nothing to complain of, 1 the answer is no (such as violations), 2 wrong use or configuration.';
