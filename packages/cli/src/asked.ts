/** Whether arguments ask for help. */
export function wantsHelp(args: readonly string[]): boolean {
  return optionsIn(args).some((arg) => arg === '--help' || arg === '-h');
}

/** Whether arguments ask for JSON, even if they are not understood otherwise. */
export function wantsJson(args: readonly string[]): boolean {
  const options = optionsIn(args);
  const format = options.findLast(
    (option, index) => option.startsWith('--format=') || options[index - 1] === '--format',
  );
  return options.includes('--json') || format === 'json' || format === '--format=json';
}

/** What stands before `--`. */
function optionsIn(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
}
