import { plainOptions } from './check/plain-options.js';
import { type ExitCode, MISUSED, OK } from './exit-code.js';
import type { Frame } from './frame.js';
import type { Io } from './io.js';

/**
 * Runs the command with arguments as they follow the program's name, and answers with its exit code: 0 done, 1 for the
 * answer no (violations, a migration that failed), 2 for wrong use or configuration. Never rejects.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let code = OK;
  let failure: ExitCode = MISUSED;
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
    await runIn(frame, args);
    return code;
  } catch (error) {
    io.progress?.('');
    return await tell(error, { args, io, failure });
  }
}

/** The parser is loaded where it is needed: that takes a tenth of a short check. */
async function runIn(frame: Frame, args: readonly string[]): Promise<void> {
  const plain = plainOptions(args);
  if (plain === undefined) await (await import('./program.js')).runParsed(args, frame);
  else await (await import('./check/check.js')).check(plain, frame);
}

interface Failed {
  readonly args: readonly string[];
  readonly io: Io;
  readonly failure: ExitCode;
}

async function tell(error: unknown, { args, io, failure }: Failed): Promise<ExitCode> {
  const { codeOf, errorText } = await import('./failure.js');
  const { wantsJson } = await import('./asked.js');
  const asJson = wantsJson(args);
  const text = errorText(error, asJson);
  if (asJson) io.print(text);
  else io.complain(text);
  return codeOf(error, failure);
}
