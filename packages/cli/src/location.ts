import { resolve } from 'node:path';
import type { Store } from 'mortar/delivery';
import { MortarError } from 'mortar/errors';

/** Where a store is: a file, or the address of a server. */
export interface Location {
  readonly kind: 'sqlite' | 'postgres';
  /** The path of the file, or the address with its password. Not for messages. */
  readonly address: string;
  /** For messages. */
  readonly name: string;
}

/** A store, and what to call it. */
export interface NamedStore {
  readonly store: Store;
  readonly name: string;
}

/**
 * Reads where a store is: `postgres://…`, `sqlite:shop.db` or `shop.db`.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function locationOf(text: string, folder: string): Location {
  if (/^postgres(ql)?:/i.test(text)) return { kind: 'postgres', address: text, name: withoutPassword(text) };
  const path = text.replace(/^sqlite:/i, '');
  if (path === '' || path.includes('\0') || /^[a-z][a-z\d+.-]*:\/\//i.test(path)) throw notLocation(text);
  return { kind: 'sqlite', address: resolve(folder, path), name: path };
}

/**
 * The store at a location, by the adapter that the project has installed. Opens nothing.
 * @throws MortarError `MORTAR_DEPENDENCY_MISSING`, `MORTAR_OPTIONS_INVALID`
 */
export async function storeAt(
  { kind, address, name }: Location,
  schema: string | undefined,
): Promise<NamedStore> {
  if (kind === 'postgres') {
    const { postgres } = await adapter('@mortar/postgres', () => import('@mortar/postgres'));
    return { store: postgres(address, schema === undefined ? {} : { schema }), name };
  }
  if (schema !== undefined) {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The option --schema names a schema of PostgreSQL.',
      expected: 'an address postgres://… beside it',
      got: name,
    });
  }
  const { sqlite } = await adapter('@mortar/sqlite', () => import('@mortar/sqlite'));
  return { store: sqlite(address), name };
}

async function adapter<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new MortarError('MORTAR_DEPENDENCY_MISSING', {
      rule: 'A store is opened by its adapter, which is installed with the application.',
      expected: `the package ${name} (npm install ${name})`,
      got: 'an import of it that failed',
      cause,
    });
  }
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) throw notLocation('an address that is no URL');
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  // Some drivers take it as a parameter too.
  if (url.searchParams.has('password')) url.searchParams.set('password', '***');
  return url.href;
}

function notLocation(got: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A store is named by its file or its address.',
    expected: 'shop.db, sqlite:shop.db or postgres://user@host/database',
    got: JSON.stringify(got),
  });
}
