import type { DrawingFormat } from '@mortar/boundaries';
import { type Command, Option } from 'commander';
import { type Frame, withJson, withRoot } from '../frame.js';
import type { ReadingOptions } from '../project/reading.js';

const FORMATS: readonly DrawingFormat[] = ['mermaid', 'dot', 'html', 'json'];

interface GraphOptions extends ReadingOptions {
  readonly format: DrawingFormat;
}

/** `mortar graph`. */
export function addGraph(program: Command, { io }: Frame): void {
  const command = program
    .command('graph')
    .description('Draws packages and modules, and what they take of each other.')
    .addOption(
      new Option('--format <format>', 'html is one page that can be searched and folded')
        .choices(FORMATS)
        .default('mermaid'),
    )
    .option('--no-cache', 'read all files anew');
  withJson(withRoot(command)).action(async (options: GraphOptions) => {
    const { drawGraph, readCode } = await import('../questions/questions.js');
    const { graph, rules } = await readCode(options, io);
    io.print(drawGraph(graph, rules, options.json === true ? 'json' : options.format));
  });
}
