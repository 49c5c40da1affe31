import type {
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterState,
  DeadLetterStatistics,
} from 'mortar/delivery';
import { StatementCache } from '../database/statement-cache.js';
import type { Connection, Statement } from '../driver/driver.js';
import { errorOf } from '../kept-json.js';
import { letterCondition } from './letter-filter.js';

type GroupRow = readonly [
  fingerprint: string,
  count: number,
  subscriptions: string,
  types: string,
  firstDeadAt: number,
  lastDeadAt: number,
];

type CountRow = readonly [what: string, count: number];

/** Counts dead letters. */
export class LetterStatistics {
  readonly #groups: StatementCache<GroupRow>;
  readonly #errors: StatementCache<readonly [string]>;
  readonly #byState: Statement<CountRow>;
  readonly #bySubscription: Statement<CountRow>;
  readonly #byType: Statement<CountRow>;
  readonly #byCategory: Statement<CountRow>;
  readonly #oldest: Statement<readonly [number | null]>;

  constructor(reader: Connection) {
    const countBy = (column: string, where: string): Statement<CountRow> =>
      reader.prepare(
        `SELECT ${column}, count(*) FROM mortar_dead_letters ${where} GROUP BY ${column} ORDER BY min(id)`,
        'tuples',
      );
    this.#groups = new StatementCache(reader, 'tuples');
    this.#errors = new StatementCache(reader, 'tuples');
    this.#byState = countBy('state', '');
    this.#bySubscription = countBy('subscription', DEAD);
    this.#byType = countBy('type', DEAD);
    this.#byCategory = countBy('category', DEAD);
    this.#oldest = reader.prepare(`SELECT min(last_dead_at) FROM mortar_dead_letters ${DEAD}`, 'tuples');
  }

  all(): DeadLetterStatistics {
    const byState = new Map(this.#byState.all([]));
    const inState = (state: DeadLetterState): number => byState.get(state) ?? 0;
    return {
      byState: {
        dead: inState('dead'),
        replaying: inState('replaying'),
        replayed: inState('replayed'),
        discarded: inState('discarded'),
      },
      bySubscription: Object.fromEntries(this.#bySubscription.all([])),
      byType: Object.fromEntries(this.#byType.all([])),
      byCategory: Object.fromEntries(this.#byCategory.all([])),
      oldestDeadAt: this.#oldest.first([])?.[0] ?? undefined,
    };
  }

  groups(filter: DeadLetterFilter): readonly DeadLetterGroup[] {
    const { where, parameters } = letterCondition(filter);
    const rows = this.#groups.get(
      `${GROUPS} WHERE ${where} GROUP BY l.fingerprint ORDER BY 2 DESC, min(l.id)`,
    );
    const latest =
      this.#errors.get(`SELECT l.error FROM mortar_dead_letters AS l WHERE ${where} AND l.fingerprint = ?
      ORDER BY l.last_dead_at DESC, l.id DESC LIMIT 1`);
    return rows.all(parameters).map(([fingerprint, count, subscriptions, types, firstDeadAt, lastDeadAt]) => {
      const [error = '{}'] = latest.first([...parameters, fingerprint]) ?? [];
      return {
        fingerprint,
        count,
        subscriptions: textsOf(subscriptions),
        types: textsOf(types),
        error: errorOf(error),
        firstDeadAt,
        lastDeadAt,
      };
    });
  }
}

const DEAD = "WHERE state = 'dead'";
const GROUPS = `SELECT l.fingerprint, count(*), json_group_array(DISTINCT l.subscription), json_group_array(DISTINCT l.type),
  min(l.first_dead_at), max(l.last_dead_at) FROM mortar_dead_letters AS l`;

function textsOf(json: string): readonly string[] {
  return JSON.parse(json);
}
