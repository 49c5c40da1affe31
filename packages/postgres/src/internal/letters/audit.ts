import { newId } from 'mortar/contracts';
import type { AuditRange, AuditRecord } from 'mortar/delivery';
import type { Database, Statement } from '../connection/database.js';
import { Conditions } from '../reading/filter-sql.js';
import { text } from '../reading/rows.js';

/** What is said of something that an operator did. */
export type Told = Partial<AuditRecord> & Pick<AuditRecord, 'action'>;

/** Notes what an operator did, in the transaction in which it is done. */
export function auditStatement({ schema }: Database, told: Told): Statement {
  const { action, actor, subscription, letterId, jobId, note } = told;
  return {
    text: `INSERT INTO ${schema}.audit (id, at, actor, action, subscription, letter_id, job_id, note)
      VALUES ($1, ${schema}.now_ms(), $2, $3, $4, $5, $6, $7)`,
    values: [
      newId(),
      actor ?? null,
      action,
      subscription ?? null,
      letterId ?? null,
      jobId ?? null,
      note ?? null,
    ],
  };
}

/** The latest records first. */
export async function readAudit(
  database: Database,
  { letterId, subscription, before, limit }: AuditRange & { readonly limit: number },
): Promise<readonly AuditRecord[]> {
  const conditions = new Conditions();
  if (letterId !== undefined) conditions.add('letter_id::text = ?', letterId);
  if (subscription !== undefined) conditions.add('subscription = ?', subscription);
  if (before !== undefined) conditions.add('id::text < ?', before);
  const rows = await database.rows({
    text: `SELECT id, at, actor, action, subscription, letter_id, job_id, note FROM ${database.schema}.audit
      WHERE ${conditions} ORDER BY id DESC LIMIT ${limit}`,
    values: conditions.values,
  });
  return rows.map(([id, at, actor, action, of, letter, job, note]) => ({
    id: text(id),
    at: Number(at),
    actor: actor ?? undefined,
    action: text(action) as AuditRecord['action'],
    subscription: of ?? undefined,
    letterId: letter ?? undefined,
    jobId: job ?? undefined,
    note: note ?? undefined,
  }));
}
