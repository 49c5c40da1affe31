import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { MortarError } from 'mortar/errors';
import { type MigrateOptions, migrate } from './commands/migrate.js';
import type { Io } from './io.js';

const OK = 0;
const FAILED = 1;
/** The user has called the command in a way that it can't be called. */
const MISUSED = 2;

/**
 * Runs the command with arguments as they follow the program's name, and answers with its exit code: 0 done, 1 failed,
 * 2 for arguments that it does not know. Never rejects.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    await programOf(io).parseAsync(args, { from: 'user' });
    return OK;
  } catch (error) {
    return codeOf(error, io);
  }
}

function programOf(io: Io): Command {
  const program = new Command('mortar')
    .description('Looks after the stores of Mortar.')
    .exitOverride()
    .configureOutput({ writeOut: io.print, writeErr: io.complain })
    .showHelpAfterError();
  program
    .command('migrate')
    .description('Brings the tables of a store up to date.')
    .argument('<store>', 'shop.db, sqlite:shop.db or postgres://user@host/database', nonEmpty)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--sql', 'print the SQL of each migration too')
    .option('--json', 'answer with JSON')
    .option('--schema <name>', 'the schema of PostgreSQL that holds the tables', nonEmpty)
    .action((location: string, options: MigrateOptions) => migrate(location, options, io));
  return program;
}

function nonEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It is empty.');
}

function codeOf(error: unknown, io: Io): number {
  // Commander has written what is to be said; help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? OK : MISUSED;
  if (error instanceof MortarError) io.complain(`${error.message}\n`);
  else io.complain(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return FAILED;
}
