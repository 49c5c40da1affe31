import { CommanderError } from 'commander';
import { MortarError } from 'mortar/errors';
import { type ExitCode, MISUSED, OK } from './exit-code.js';
import { jsonText } from './frame.js';

/** The exit code after something was thrown; `failure` where the user has called the command rightly. */
export function codeOf(error: unknown, failure: ExitCode): ExitCode {
  // Help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? OK : MISUSED;
  return failure;
}

/**
 * What is to be said of something that was thrown: nothing where commander has said it. As JSON it is one document,
 * `{ "error": { code, category, rule, expected, got, … } }`.
 */
export function errorText(error: unknown, asJson: boolean): string {
  if (error instanceof CommanderError) return asJson ? misuseText(error) : '';
  if (error instanceof MortarError) {
    return asJson ? jsonText({ error: error.toJSON() }) : `${error.message}${causeOf(error)}\n`;
  }
  if (isOfSystem(error)) {
    // A folder that may not be written to, or a disk that is full, is no fault of this program: its stack says nothing.
    const { code, message } = error;
    return asJson
      ? jsonText({ error: { category: 'unavailable', system: code, message } })
      : `error: ${message}\n`;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return asJson ? jsonText({ error: { category: 'internal', message: text } }) : `${text}\n`;
}

function misuseText({ exitCode, message }: CommanderError): string {
  if (exitCode === 0) return '';
  const text =
    message === '(outputHelp)'
      ? 'a command is missing: mortar help --json tells them all'
      : message.replace(/^error: /, '');
  return jsonText({ error: { code: 'MORTAR_OPTIONS_INVALID', category: 'validation', message: text } });
}

function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error && 'errno' in error;
}

/** The message of the cause, where it adds something and is short. */
function causeOf({ cause, message }: MortarError): string {
  if (!(cause instanceof Error)) return '';
  const [line = ''] = cause.message.split('\n');
  return line === '' || message.includes(line) ? '' : `\n  because: ${line}`;
}
