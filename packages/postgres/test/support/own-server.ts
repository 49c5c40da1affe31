/** A server that a test may kill: in a folder and on a port of its own. */
export interface OwnServer {
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
  /** Ends all of its processes at once, as a power cut would end them. */
  kill(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

interface Binaries {
  findBinaries(): string | undefined;
}

interface Servers {
  startServer(binaries: string, settings?: readonly string[]): Promise<OwnServer>;
}

const SCRIPTS = new URL('../../../../scripts/postgres/', import.meta.url);
const { findBinaries }: Binaries = await import(new URL('binaries.mjs', SCRIPTS).href);
const { startServer }: Servers = await import(new URL('server.mjs', SCRIPTS).href);

const binaries = findBinaries();

/** Tests that kill a server are left out where PostgreSQL's programs are not installed, unless they are required. */
export const noServer: { readonly skip: boolean } = {
  skip: binaries === undefined && process.env['MORTAR_REQUIRE_POSTGRES'] !== '1',
};

/** Makes and starts a server. */
export function ownServer(settings: readonly string[] = []): Promise<OwnServer> {
  if (binaries === undefined) throw new Error('initdb and postgres are not installed');
  return startServer(binaries, settings);
}
