import type { ReportFormat } from '@mortar/boundaries';
import { type Command, Option } from 'commander';
import { MortarError } from 'mortar/errors';
import type { CheckOptions } from '../check/options.js';
import { type Frame, withJson, withRoot } from '../frame.js';

/** How violations are told. */
const FORMATS: readonly ReportFormat[] = ['pretty', 'json', 'sarif', 'github', 'gitlab', 'junit', 'markdown'];

/** `mortar check`. */
export function addCheck(program: Command, frame: Frame): void {
  const command = program
    .command('check')
    .description(
      'Says where packages and modules reach into each other past their contracts; exit code 1 if they do.',
    )
    .addOption(new Option('--format <format>', 'how violations are told').choices(FORMATS).default('pretty'))
    .addOption(
      new Option('--staged', 'check what is about to be committed: the index of git').conflicts([
        'changed',
        'watch',
      ]),
    )
    .addOption(
      new Option(
        '--changed <ref>',
        'tell only what files are part of that differ from this branch or commit',
      ).conflicts('watch'),
    )
    .option('--watch', 'check again whenever a file changes')
    .addOption(
      new Option('--fail-on-violations', 'end with exit code 1 if there are any (the default)').conflicts(
        'warnOnly',
      ),
    )
    .option('--warn-only', 'tell violations, and end with exit code 0')
    .addOption(
      new Option(
        '--update-baseline',
        'keep the violations of now as known, so that only new ones fail',
      ).conflicts(['staged', 'changed', 'watch']),
    )
    .option('--owner <name>', 'who answers for what is new in the baseline')
    .option('--reason <text>', 'why it is there')
    .option('--expires <day>', 'the last day on which it is accepted, such as 2027-01-31')
    .addOption(
      new Option('--self-test', 'plant a violation of every rule, and say whether it is found').conflicts([
        'staged',
        'changed',
        'watch',
        'updateBaseline',
      ]),
    )
    .option('--no-cache', 'read all files anew');
  // Who gives paths, as to a linter, is told what to do instead.
  command.allowExcessArguments();
  withJson(withRoot(command)).action(async (options: CheckOptions) => {
    refusePaths(command.args);
    refuseLost(options);
    // What reads code is loaded when code is read: help and completion need not wait for it.
    const { check } = await import('../check/check.js');
    await check(options, frame);
  });
}

function refusePaths([path]: readonly string[]): void {
  if (path === undefined) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A check is of a whole project, since what one file may import depends on the others; it takes no paths.',
    expected: '--root <folder> for another project, or --changed <ref> for what is part of a change',
    got: JSON.stringify(path),
  });
}

/**
 * Refuses what would have no effect.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for what would be said of a baseline that is not written, and for a report of no check
 */
function refuseLost(options: CheckOptions): void {
  const { updateBaseline, owner, reason, expires, selfTest, format } = options;
  if (selfTest === true && format !== 'pretty' && format !== 'json') {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'A self-test tells what it found in words or as JSON: it has no violations of the project to report.',
      expected: '--json, or no --format',
      got: `--format ${format}`,
    });
  }
  if (updateBaseline === true || [owner, reason, expires].every((given) => given === undefined)) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The options --owner, --reason and --expires are for new entries of the baseline.',
    expected: '--update-baseline beside them',
    got: 'a check that writes none',
  });
}
