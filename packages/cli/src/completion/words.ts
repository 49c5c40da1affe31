import type { Command, Option } from 'commander';

/** An option as shells complete it. */
export interface OptionWords {
  /** `--format`, and `-h` where there is a short one. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** What its value may be; empty where it may be anything. */
  readonly choices: readonly string[];
}

/** A command as shells complete it. */
export interface CommandWords {
  /** The words that lead to it: `['hooks', 'install']`, none for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly children: readonly CommandWords[];
  readonly options: readonly OptionWords[];
  /** What its first argument may be; empty where it may be anything. */
  readonly choices: readonly string[];
}

/** What shells have to know of a command and those below it. */
export function wordsOf(command: Command, path: readonly string[] = []): CommandWords {
  return {
    path,
    description: command.description(),
    children: command.commands.map((child) => wordsOf(child, [...path, child.name()])),
    options: [
      ...command.options.filter(({ hidden }) => !hidden).map(optionWords),
      { flags: ['--help', '-h'], description: 'say what a command does', takesValue: false, choices: [] },
    ],
    choices: command.registeredArguments[0]?.argChoices ?? commandsToExplain(command),
  };
}

/** What `mortar help` takes. */
function commandsToExplain(command: Command): readonly string[] {
  return command.name() === 'help' ? (command.parent?.commands ?? []).map((one) => one.name()) : [];
}

/** A command and all below it, the outer ones first. */
export function everyCommand(words: CommandWords): CommandWords[] {
  return [words, ...words.children.flatMap(everyCommand)];
}

/** A text in single quotes, as bash and zsh read them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function optionWords({ long, short, description, required, optional, argChoices }: Option): OptionWords {
  return {
    flags: [long, short].flatMap((flag) => (flag === undefined || flag === null ? [] : [flag])),
    description,
    takesValue: required || optional,
    choices: argChoices ?? [],
  };
}
