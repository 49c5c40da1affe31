import { MortarError } from 'mortar';

/** What a person can do about an error of the system. */
const adviceByCode: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Make room and start again: what was done is kept.',
  EROFS: 'It is on a disk that can only be read. Name another place with --folder.',
  EACCES: 'It may not be written to. Name another place with --folder.',
  EPERM: 'It may not be written to. Name another place with --folder.',
  EEXIST: 'There is a file of that name, where a folder is needed. Name another place with --folder.',
  ENOTDIR: 'A part of the path is a file and no folder. Name another place with --folder.',
};
const SYSTEM = /^(?:E[A-Z]+): [^,]+, \w+/;

/** An error in words for the person at the terminal; the stack stays out where they can help themselves. */
export function complaintOf(error: unknown): string {
  const innermost = lastOf(error);
  if (innermost instanceof MortarError) return ofMortar(innermost);
  if (innermost instanceof TypeError) return innermost.message;
  if (!(innermost instanceof Error)) return String(innermost);
  const path = 'path' in innermost ? String(innermost.path) : '';
  const advice = adviceByCode[codeOf(innermost)];
  if (advice !== undefined) return `${path === '' ? innermost.message : path}: ${advice}`;
  if (codeOf(innermost) === 'ENOENT' && path !== '') return `${path}: There is no such place.`;
  if ('syscall' in innermost || SYSTEM.test(innermost.message)) return innermost.message;
  return innermost.stack ?? innermost.message;
}

/** Why a file's check was given up: the error that was kept, in words. */
export function reasonOf(message: string): string {
  const [line = ''] = message.split('\n', 1);
  if (/^Out of Memory Error/.test(line)) return 'Reading it takes more memory than the engine may have.';
  if (/No files found|no such file/i.test(line)) return 'It is not there any more, or its copy is not.';
  if (/ENOSPC|no space left|disk is full/i.test(line)) return 'The disk is full.';
  if (/^EISDIR/.test(line)) return 'It is a directory by now.';
  const words = line.slice(0, 300);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

function ofMortar({ code, expected, got, message }: MortarError): string {
  switch (code) {
    case 'MORTAR_STORE_UNAVAILABLE':
      return /PostgreSQL at/.test(expected)
        ? `${expected.replace(/^an answer of /, '')} does not answer: ${got}. Is the server running, and is the URL right?`
        : `The database can't be used. Expected ${expected}; got ${got}. Name another place with --folder.`;
    case 'MORTAR_STORE_FULL':
      return `The disk is full: there is no ${expected}. Make some and start again: it goes on where it was.`;
    case 'MORTAR_STORE_CORRUPT':
      return `The database is damaged. Expected ${expected}; got ${got}. Or begin anew with --reset.`;
    case 'MORTAR_OPTIONS_INVALID':
      return `Expected ${expected}; got ${got}.`;
    default:
      return message;
  }
}

/** What lies at the bottom of an error: the last of Mortar's own, or else the last. */
function lastOf(error: unknown): unknown {
  let last = error;
  for (let one = error; one instanceof Error; one = one.cause)
    if (one instanceof MortarError || !(last instanceof MortarError)) last = one;
  return last;
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}
