import { MortarError } from '../../../errors/index.js';
import { formatPath } from '../../schema.js';

/** Where a walk over a value stands: one segment for each container it is in. A Map's entry is its key, or its place. */
export type WalkPath = (string | number)[];

type CodecCode =
  | 'MORTAR_CODEC_UNSUPPORTED'
  | 'MORTAR_CODEC_TOO_DEEP'
  | 'MORTAR_CODEC_TOO_LARGE'
  | 'MORTAR_CODEC_CORRUPT';

const RULES: Readonly<Record<CodecCode, string>> = {
  MORTAR_CODEC_UNSUPPORTED: 'A payload holds only what the codec carries without loss',
  MORTAR_CODEC_TOO_DEEP: 'A payload has a greatest depth',
  MORTAR_CODEC_TOO_LARGE: 'A payload has a largest size',
  MORTAR_CODEC_CORRUPT: 'Encoded data is JSON as the codec writes it',
};

/** An error of the codec that names the place, `depth` segments into `path`. */
export function codecError(
  code: CodecCode,
  path: WalkPath,
  depth: number,
  expected: string,
  got: string,
): MortarError {
  const place = formatPath(path.slice(0, depth));
  const where = place === '' ? 'at the root of the value' : `at ${place}`;
  return new MortarError(code, {
    rule: `${RULES[code]}, ${where}.`,
    expected,
    got,
    issues: [{ path: place, message: `expected ${expected}; got ${got}` }],
  });
}
