import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MortarError } from 'mortar/errors';
import { locationOf, storeAt } from '../location.js';
import { type Finding, faultOf, good } from './finding.js';

/** Whether a driver for SQLite is there, and new enough; nothing where the adapter is not installed. */
export async function sqliteFindings(): Promise<Finding[]> {
  try {
    // Planning on a file that is not there loads the driver and makes nothing.
    const path = join(tmpdir(), `mortar-doctor-${randomBytes(6).toString('hex')}.db`);
    const { store } = await storeAt(locationOf(`sqlite:${path}`, '/'), undefined);
    await store.plan();
    return [good('sqlite', 'A driver for SQLite is there, and new enough')];
  } catch (error) {
    if (error instanceof MortarError && error.code === 'MORTAR_DEPENDENCY_MISSING') return [];
    return [faultOf('sqlite', error)];
  }
}

/** Whether a store answers, and has the tables that this version of Mortar works with. Changes nothing. */
export async function storeFinding(location: string, folder: string): Promise<Finding> {
  try {
    const place = locationOf(location, folder);
    if (place.kind === 'sqlite' && !existsSync(place.address)) return notThere(place.name);
    const { store, name } = await storeAt(place, undefined);
    const { current, target, pending } = await store.plan();
    if (pending.length === 0) return good('store', `${name} is up to date, at migration ${current}`);
    const says = `${name} is at migration ${current} of ${target}`;
    return {
      about: 'store',
      state: 'note',
      says,
      mend: 'mortar migrate, or the next start, brings it up to date.',
    };
  } catch (error) {
    return faultOf('store', error);
  }
}

function notThere(name: string): Finding {
  const mend = 'Mend the path; or the application, or mortar migrate, makes it.';
  return { about: 'store', state: 'note', says: `There is no file ${name}`, mend };
}
