import { type CommandWords, everyCommand, quoted } from './words.js';

/** What bash (3.2 or later) is told by `source <(mortar completion bash)`. */
export function bashScript(program: CommandWords): string {
  const commands = everyCommand(program);
  return `# Completion of mortar for bash: source <(mortar completion bash)
_mortar() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path='' word index
  # Bash takes = for a word of its own.
  if [[ $current == '=' ]]; then current=''; elif [[ $before == '=' ]]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$path $word" in
${descents(commands)}
    esac
  done
  COMPREPLY=()
  case "$path $before" in
${values(commands)}
  esac
  case "$path" in
${offers(commands)}
  esac
}
complete -o default -F _mortar mortar
`;
}

function pathOf({ path }: CommandWords): string {
  return path.map((word) => ` ${word}`).join('');
}

function descents(commands: readonly CommandWords[]): string {
  return commands
    .filter(({ path }) => path.length > 0)
    .map((command) => `      ${quoted(pathOf(command))}) path=${quoted(pathOf(command))} ;;`)
    .join('\n');
}

/** After an option with a value come its values; files where it may be anything. */
function values(commands: readonly CommandWords[]): string {
  return commands
    .flatMap((command) =>
      command.options
        .filter(({ takesValue }) => takesValue)
        .map(({ flags, choices }) => {
          const pattern = flags.map((flag) => quoted(`${pathOf(command)} ${flag}`)).join(' | ');
          return `    ${pattern}) ${reply(choices)}; return ;;`;
        }),
    )
    .join('\n');
}

function offers(commands: readonly CommandWords[]): string {
  return commands
    .map((command) => {
      const flags = command.options.flatMap((option) => option.flags);
      const names = [...command.children.map(({ path }) => path.at(-1) ?? ''), ...command.choices];
      const words = `if [[ $current == -* ]]; then ${reply(flags)}; else ${reply(names)}; fi`;
      return `    ${quoted(pathOf(command))}) ${words} ;;`;
    })
    .join('\n');
}

function reply(words: readonly string[]): string {
  return words.length === 0 ? ':' : `COMPREPLY=($(compgen -W ${quoted(words.join(' '))} -- "$current"))`;
}
