import type { Command } from 'commander';
import { type Frame, jsonText, withJson, withRoot } from '../frame.js';
import type { ReadingOptions } from '../project/reading-options.js';

/** `mortar describe`. */
export function addDescribe(program: Command, { io }: Frame): void {
  const command = program
    .command('describe')
    .description('Writes the canvas of the modules as Markdown: what they own, send and take. Runs nothing.')
    .option('--no-cache', 'read all files anew');
  withJson(withRoot(command)).action(async (options: ReadingOptions) => {
    const { readModules, sourceCanvas } = await import('../questions/questions.js');
    const { canvasMarkdown } = await import('mortar/modules');
    const canvas = sourceCanvas(await readModules(options, io));
    if (options.json === true) io.print(jsonText(canvas));
    else if (canvas.modules.length > 0) io.print(canvasMarkdown(canvas));
    // What is printed may be led into a file of the documentation.
    else
      io.complain(
        'Nothing here defines a message of Mortar. mortar graph draws packages and modules by their imports.\n',
      );
  });
}
