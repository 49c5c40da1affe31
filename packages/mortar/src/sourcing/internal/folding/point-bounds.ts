import { checkKeys, checkWholeNumber, MortarError } from '../../../errors/index.js';
import { position, type Version, version } from '../../../event-store/index.js';
import type { PointInTime } from '../../repository.js';

/** Where reading ends; what is absent does not end it. At most one is given. */
export interface PointBounds {
  readonly to?: Version;
  /** No entry beyond this position. */
  readonly position?: number;
  /** No entry that was recorded later, in milliseconds since the Unix epoch. */
  readonly asOf?: number;
}

/**
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for more than one point, and for a time that is none; `MORTAR_VERSION_INVALID` for a version
 * or position that is none
 */
export function boundsOf(when: PointInTime = {}): PointBounds {
  checkKeys('a point in time', when, ['version', 'position', 'at']);
  const given = Object.entries(when).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'A point in time is said in one way.',
      expected: 'a version, a position or a time; now where there is none',
      got: given.map(([name]) => name).join(' and '),
    });
  if (when.version !== undefined) return { to: version(when.version) };
  if (when.position !== undefined) return { position: position(when.position) };
  if (when.at === undefined) return {};
  const asOf = when.at instanceof Date ? when.at.getTime() : when.at;
  checkWholeNumber('at', asOf, 0, Number.MAX_SAFE_INTEGER);
  return { asOf };
}
