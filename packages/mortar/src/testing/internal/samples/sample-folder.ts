import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from '../../../contracts/index.js';
import { MortarError, messageOf } from '../../../errors/index.js';
import { readSampleName, SAMPLE_NAME, type SampleName } from './sample-name.js';

/** One entry of a folder of samples: what was recorded, or why it can't be read. */
export type Sample =
  | { readonly kind: 'sample'; readonly file: string; readonly name: SampleName; readonly data: unknown }
  | {
      readonly kind: 'unreadable';
      readonly file: string;
      readonly name?: SampleName;
      readonly error: unknown;
    };

/**
 * All samples of a folder, in the order of their names.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where there is no such folder
 */
export async function foldersSamples(folder: string): Promise<readonly Sample[]> {
  const files = await namesIn(folder);
  return Promise.all(files.map((file) => sampleOf(folder, file)));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => !name.startsWith('.')).sort();
  } catch (cause) {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The samples lie in a folder.',
      expected: 'a folder that can be read',
      got: messageOf(cause),
      cause,
    });
  }
}

async function sampleOf(folder: string, file: string): Promise<Sample> {
  const name = readSampleName(file);
  if (name === undefined)
    return { kind: 'unreadable', file, error: new Error(`it is not named as a sample: ${SAMPLE_NAME}`) };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(join(folder, file)));
    return { kind: 'sample', file, name, data: decode(text) };
  } catch (error) {
    return { kind: 'unreadable', file, name, error };
  }
}
