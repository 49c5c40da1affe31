import { rowOf } from '../../harness/result.mjs';
import { timeSyncs } from './fsync.mjs';
import { makePlace } from './place.mjs';

const SYNCS = 500;

/**
 * What the disk does, for whoever reads the other tables: each acknowledged append has waited for one of these, or for
 * its share of one.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const disk = [
  {
    name: 'one fsync of this disk',
    isOnce: true,
    async measure({ rounds, options }) {
      const place = makePlace(options);
      try {
        const medians = Array.from(
          { length: rounds },
          () => rowOf('', 'peer', timeSyncs(place.file('sync'), SYNCS)).value,
        );
        const rows = [rowOf('8 KiB over what was there, then fdatasync', 'peer', medians)];
        return [{ name: this.name, unit: 'ns', rows, goals: [] }];
      } finally {
        await place.close();
      }
    },
  },
];
