import type { Command } from 'commander';
import { MortarError } from 'mortar/errors';
import { FAILED } from '../exit-code.js';
import { type Frame, jsonText, withJson, withRoot } from '../frame.js';
import type { ReadingOptions } from '../project/reading.js';

/** `mortar explain <from> <to>`. */
export function addExplain(program: Command, { io, finish }: Frame): void {
  const command = program
    .command('explain')
    .description(
      'Says whether one file or module may import another, by which rules, and what the allowed way is.',
    )
    .argument('<from>', 'a file by its path, or a module or package by its name')
    .argument('<to>', 'what it would import')
    .option('--no-cache', 'read all files anew')
    .addHelpText('after', '\nEnds with exit code 1 where the import would break a rule.');
  withJson(withRoot(command)).action(async (from: string, to: string, options: ReadingOptions) => {
    const { explanationOf, explanationText, findNamed, readModules } = await import(
      '../questions/questions.js'
    );
    const project = await readModules(options, io);
    const explanation = explanationOf(project, findNamed(project, from, io), findNamed(project, to, io));
    if (explanation === undefined) throw withoutFiles(from, to);
    if (!explanation.isAllowed) finish(FAILED);
    io.print(options.json === true ? jsonText(explanation) : explanationText(explanation));
  });
}

function withoutFiles(from: string, to: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The rules are asked about an import from one file to another.',
    expected: 'modules that have files',
    got: `${from} and ${to}, of which one has none`,
  });
}
