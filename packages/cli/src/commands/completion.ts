import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import { wordsOf } from '../completion/words.js';
import { zshScript } from '../completion/zsh.js';
import { type Frame, jsonText, withJson } from '../frame.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

type Shell = keyof typeof SCRIPTS;

/** `mortar completion bash|zsh|fish`. */
export function addCompletion(program: Command, { io }: Frame): void {
  const command = program
    .command('completion')
    .description('Prints what a shell needs to complete this command: source <(mortar completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)));
  withJson(command).action((shell: Shell, { json }: { readonly json?: boolean }) => {
    const script = SCRIPTS[shell](wordsOf(program));
    io.print(json === true ? jsonText({ shell, script }) : script);
  });
}
