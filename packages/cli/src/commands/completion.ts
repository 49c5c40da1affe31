import { Argument, type Command } from 'commander';
import { type Frame, jsonText, withJson } from '../frame.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

/** `mortar completion bash|zsh|fish`. */
export function addCompletion(program: Command, { io }: Frame): void {
  const command = program
    .command('completion')
    .description('Prints what a shell needs to complete this command: source <(mortar completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS));
  withJson(command).action(async (shell: Shell, { json }: { readonly json?: boolean }) => {
    const script = await scriptFor(shell, program);
    io.print(json === true ? jsonText({ shell, script }) : script);
  });
}

async function scriptFor(shell: Shell, program: Command): Promise<string> {
  const words = (await import('../completion/words.js')).wordsOf(program);
  if (shell === 'bash') return (await import('../completion/bash.js')).bashScript(words);
  if (shell === 'zsh') return (await import('../completion/zsh.js')).zshScript(words);
  return (await import('../completion/fish.js')).fishScript(words);
}
