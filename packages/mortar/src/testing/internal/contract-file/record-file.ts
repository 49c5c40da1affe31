import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeValue, MortarError, messageOf } from '../../../errors/index.js';
import { isContractName } from '../options/contract-name.js';
import type { ContractRecord } from './record.js';

const FORMAT = 1;

/**
 * What a file says of contracts; undefined where there is none.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a file of another kind
 */
export async function readRecord(file: string): Promise<readonly ContractRecord[] | undefined> {
  const text = await textOf(file);
  if (text === undefined) return undefined;
  const content = parse(text);
  if (!isObject(content)) throw unreadable('an object', describeValue(content));
  if (content['format'] !== FORMAT) throw unreadable(`format ${FORMAT}`, describeValue(content['format']));
  const { contracts } = content;
  if (!Array.isArray(contracts)) throw unreadable('a list of contracts', describeValue(contracts));
  const names = new Set<string>();
  for (const [place, entry] of contracts.entries()) {
    if (!isContractRecord(entry))
      throw unreadable('contracts as they are recorded', `${describeEntry(entry)} at ${place + 1}`);
    if (names.has(entry.name)) throw unreadable('each contract once', `${entry.name} twice`);
    names.add(entry.name);
  }
  return contracts;
}

/** Writes a file as a whole, or not at all. */
export async function writeRecord(file: string, contracts: readonly ContractRecord[]): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, `${JSON.stringify({ format: FORMAT, contracts }, undefined, 2)}\n`);
  await rename(draft, file);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable('a file that can be read', messageOf(cause), cause);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable('JSON', messageOf(cause), cause);
  }
}

function isContractRecord(entry: unknown): entry is ContractRecord {
  if (!isObject(entry) || !isContractName(entry['name'])) return false;
  const { kind, methods } = entry;
  if (kind === 'event') return isEventRecord(entry);
  if (kind === 'command' || kind === 'query') return isAnswer(entry) && areFailures(entry['failures']);
  return kind === 'port' && isObject(methods) && Object.values(methods).every(isMethod);
}

function isEventRecord({
  schemaVersion,
  readsFrom,
  isKeyed,
  isRetired,
  data,
}: Readonly<Record<string, unknown>>): boolean {
  const hasVersions = isVersion(schemaVersion) && isVersion(readsFrom) && readsFrom <= schemaVersion;
  const hasFlags = typeof isKeyed === 'boolean' && (isRetired === undefined || isRetired === true);
  return hasVersions && hasFlags && isSides(data);
}

function isAnswer(entry: unknown): boolean {
  if (!isObject(entry) || !isObject(entry['input'])) return false;
  return entry['result'] === undefined || isSides(entry['result']);
}

function areFailures(value: unknown): boolean {
  return value === undefined || (isObject(value) && Object.values(value).every(isSides));
}

function isMethod(entry: unknown): boolean {
  if (!isObject(entry) || !isAnswer(entry)) return false;
  const { permission, isIdempotent } = entry;
  const isPermission = permission === undefined || (typeof permission === 'string' && permission !== '');
  return isPermission && (isIdempotent === undefined || isIdempotent === true);
}

function isSides(value: unknown): boolean {
  return isObject(value) && isObject(value['input']) && isObject(value['output']);
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeEntry(entry: unknown): string {
  return isObject(entry) && typeof entry['name'] === 'string'
    ? describeValue(entry['name'])
    : describeValue(entry);
}

function unreadable(expected: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The file of contracts is one that checkContracts has written.',
    expected,
    got,
    cause,
  });
}
