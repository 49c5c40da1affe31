import { describeValue, MortarError } from '../../../errors/index.js';
import { isContractName } from '../options/contract-name.js';

/** What a sample's file name says. */
export interface SampleName {
  readonly event: string;
  readonly schemaVersion: number;
}

/** How the files of samples are named. */
export const SAMPLE_NAME = '<event>.v<schemaVersion>[.<case>].json';

const FORM = /^(?<event>[^.]+\.[^.]+)\.v(?<version>[1-9][0-9]*)(?:\.(?<name>[^.]+))?\.json$/;
const CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const MAX_CASE = 100;

/** The name of a sample's file. */
export function nameOfSample(event: string, schemaVersion: number, name: string | undefined): string {
  return `${event}.v${schemaVersion}${name === undefined ? '' : `.${name}`}.json`;
}

/** What a file name says; undefined where it is not that of a sample. */
export function readSampleName(file: string): SampleName | undefined {
  const { event = '', version, name } = FORM.exec(file)?.groups ?? {};
  const schemaVersion = Number(version);
  if (!Number.isSafeInteger(schemaVersion) || (name !== undefined && !CASE.test(name))) return undefined;
  return isContractName(event) ? { event, schemaVersion } : undefined;
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkCase(name: unknown): void {
  if (typeof name === 'string' && CASE.test(name) && name.length <= MAX_CASE) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The case of a sample is part of the name of its file.',
    expected: `kebab-case of at most ${MAX_CASE} characters`,
    got: describeValue(name),
  });
}
