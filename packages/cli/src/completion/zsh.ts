import { type CommandWords, everyCommand, type OptionWords, quoted } from './words.js';

/** What zsh is told by `source <(mortar completion zsh)`, or by a file `_mortar` in its `fpath`. */
export function zshScript(program: CommandWords): string {
  const commands = everyCommand(program);
  return `#compdef mortar
# Completion of mortar for zsh: source <(mortar completion zsh), after compinit
_mortar() {
  local way='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$way $word" in
${descents(commands)}
    esac
  done
  case "$way" in
${commands.map(arguments_).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _mortar ]]; then _mortar "$@"; else compdef _mortar mortar; fi
`;
}

function wayOf({ path }: CommandWords): string {
  return path.map((word) => ` ${word}`).join('');
}

function descents(commands: readonly CommandWords[]): string {
  return commands
    .filter(({ path }) => path.length > 0)
    .map((command) => `      ${quoted(wayOf(command))}) way=${quoted(wayOf(command))} ;;`)
    .join('\n');
}

function arguments_(command: CommandWords): string {
  const { children, choices, options } = command;
  const names = [
    ...children.map(({ path, description }) => described(path.at(-1) ?? '', description)),
    ...choices.map((choice) => described(choice, '')),
  ];
  const values = options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices: words }) => {
      const offer = words.length === 0 ? '_files' : `compadd -- ${words.map(quoted).join(' ')}`;
      return `        ${flags.map((flag) => quoted(flag)).join('|')}) ${offer}; return ;;`;
    });
  const flags = options.flatMap((option) => option.flags.map((flag) => flagWords(flag, option)));
  return `    ${quoted(wayOf(command))})
      case "\${words[CURRENT-1]}" in
${values.join('\n')}
      esac
      if [[ "\${words[CURRENT]}" == -* ]]; then
        local -a flags=(${flags.join(' ')})
        _describe -o option flags
      else
        ${names.length === 0 ? '_files' : `local -a names=(${names.join(' ')}); _describe command names`}
      fi ;;`;
}

function flagWords(flag: string, { description }: OptionWords): string {
  return described(flag, description);
}

function described(word: string, description: string): string {
  const name = word.replaceAll(':', '\\:');
  return quoted(description === '' ? name : `${name}:${description}`);
}
