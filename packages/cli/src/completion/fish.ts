import { type CommandWords, everyCommand } from './words.js';

/** What fish is told by `mortar completion fish | source`. */
export function fishScript(program: CommandWords): string {
  const commands = everyCommand(program);
  return `# Completion of mortar for fish: mortar completion fish | source
function __mortar_way
    set -l way ''
    for word in (commandline -opc)[2..-1]
        switch "$way $word"
            case ${commands.flatMap((command) => (command.path.length > 0 ? [text(wayOf(command))] : [])).join(' ')}
                set way "$way $word"
        end
    end
    test "$way" = "$argv[1]"
end
complete -c mortar -e
${commands.flatMap(linesOf).join('\n')}
`;
}

function wayOf({ path }: CommandWords): string {
  return path.map((word) => ` ${word}`).join('');
}

function linesOf(command: CommandWords): string[] {
  const here = `complete -c mortar -n ${text(`__mortar_way ${text(wayOf(command))}`)}`;
  const { children, choices, options } = command;
  const names = [
    ...children.map(({ path, description }) => ` -f -a ${text(path.at(-1) ?? '')} -d ${text(description)}`),
    ...(choices.length === 0 ? [] : [` -f -a ${text(choices.join(' '))}`]),
  ];
  const flags = options.map(({ flags: [long = '', short], description, takesValue, choices: words }) => {
    const shortText = short === undefined ? '' : ` -s ${short.slice(1)}`;
    const value = words.length > 0 ? ` -x -a ${text(words.join(' '))}` : takesValue ? ' -r' : '';
    return ` -l ${long.slice(2)}${shortText} -d ${text(description)}${value}`;
  });
  return [...names, ...flags].map((line) => here + line);
}

/** In fish's single quotes a backslash escapes. */
function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
