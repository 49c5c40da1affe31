import { type Command, InvalidArgumentError } from 'commander';
import type { Migration, MigrationPlan, Store } from 'mortar/delivery';
import { FAILED } from '../exit-code.js';
import { type Frame, jsonText, withJson } from '../frame.js';
import type { Io } from '../io.js';
import { type Location, locationOf, storeAt } from '../location.js';

/** What `mortar migrate` may be told. */
export interface MigrateOptions {
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean;
  /** Prints the SQL of each migration too. */
  readonly sql?: boolean;
  /** Answers with JSON. */
  readonly json?: boolean;
  /** The schema of PostgreSQL that holds the tables. */
  readonly schema?: string;
}

/** `mortar migrate <store>`. */
export function addMigrate(program: Command, { io, failWith }: Frame): void {
  const command = program
    .command('migrate')
    .description('Brings the tables of a store up to date.')
    .argument('<store>', 'shop.db, sqlite:shop.db or postgres://user@host/database', nonEmpty)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--sql', 'print the SQL of each migration too')
    .option('--schema <name>', 'the schema of PostgreSQL that holds the tables', nonEmpty);
  withJson(command).action(async (location: string, options: MigrateOptions) => {
    const place = locationOf(location, io.folder);
    failWith(FAILED);
    await migrate(place, options, io);
  });
}

function nonEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It is empty.');
}

/**
 * Brings the tables of a store up to date, or says what that would do.
 * @throws MortarError as `Store.plan` and `Store.open`
 */
export async function migrate(location: Location, options: MigrateOptions, io: Io): Promise<void> {
  const { store, name } = await storeAt(location, options.schema);
  const plan = await store.plan();
  const isDryRun = options.dryRun === true;
  if (!isDryRun && plan.pending.length > 0) await apply(store);
  if (options.json === true) io.print(jsonText(report(name, plan, isDryRun)));
  else io.print(describe(name, plan, { ...options, dryRun: isDryRun }));
}

/** Opening a store brings its tables up to date. */
async function apply(store: Store): Promise<void> {
  const { silentLogger } = await import('mortar/logging');
  const open = await store.open({ logger: silentLogger });
  await open.close();
}

function report(store: string, { current, target, pending }: MigrationPlan, isDryRun: boolean): object {
  return { store, current, target, pending, applied: isDryRun ? 0 : pending.length };
}

function describe(
  name: string,
  { current, target, pending }: MigrationPlan,
  options: MigrateOptions,
): string {
  const { dryRun, sql } = options;
  if (pending.length === 0) return `${name} is up to date, at migration ${current}.\n`;
  const verb = dryRun === true ? 'would be applied' : 'were applied';
  const head = `${name} ${dryRun === true ? 'is' : 'was'} at migration ${current} of ${target}. These ${verb}:\n`;
  return head + pending.map((migration) => line(migration, sql === true)).join('');
}

function line({ id, name, sql }: Migration, withSql: boolean): string {
  return `  ${id}. ${name}\n${withSql ? `\n${sql.trim()}\n\n` : ''}`;
}
