import type { Command } from 'commander';
import { MortarError } from 'mortar/errors';
import { FAILED } from '../exit-code.js';
import { type Frame, jsonText, withJson, withRoot } from '../frame.js';
import type { ReadingOptions } from '../project/reading-options.js';

/** `mortar explain <from> <to>`. */
export function addExplain(program: Command, { io, finish }: Frame): void {
  const command = program
    .command('explain')
    .description(
      'Says whether one file or module may import another, by which rules, and what the allowed way is.',
    )
    .argument('<from>', 'a file by its path, or a module or package by its name')
    .argument(
      '<to>',
      'what it would import: the same, or a package of npm (npm:<name> if nothing here knows it), or node:<module>',
    )
    .option('--no-cache', 'read all files anew')
    .addHelpText('after', '\nEnds with exit code 1 where the import would break a rule.');
  withJson(withRoot(command)).action(async (from: string, to: string, options: ReadingOptions) => {
    const { explanationOf, explanationText, findNamed, findTarget, readModules } = await import(
      '../questions/questions.js'
    );
    const project = await readModules(options, io);
    const [start, end] = [findNamed(project, from, io), findTarget(project, to, io)];
    const explanation = explanationOf(project, start, end);
    if (explanation === undefined) throw withoutFiles(start.element.files.length === 0 ? from : to);
    if (!explanation.isAllowed) finish(FAILED);
    io.print(options.json === true ? jsonText(explanation) : explanationText(explanation));
  });
}

function withoutFiles(name: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The rules are asked about an import from one file to another.',
    expected: 'a module that has files of its own',
    got: `${JSON.stringify(name)}, which has none`,
  });
}
