import type { EventStore, LogEntry, StreamId, StreamRange, Version } from '../../../event-store/index.js';

const FIRST_LIMIT = 250;
const MAX_LIMIT = 1_000;
const PAGE_CHARACTERS = 2 ** 22;

/** Which part of a stream is read, forwards. */
export type PagesRange = Pick<StreamRange, 'from' | 'to' | 'asOf'>;

/**
 * The entries of a stream, page by page, never more of it at once than two pages: while a page is handed out, the next one is
 * asked for. Pages of large payloads have fewer entries, so that they stay within some megabytes.
 */
export async function* streamPages(
  store: EventStore,
  streamId: StreamId,
  range: PagesRange,
): AsyncGenerator<readonly LogEntry[], void, undefined> {
  let limit = FIRST_LIMIT;
  let page = await store.readStream(streamId, { ...range, limit });
  for (;;) {
    const last = page.at(-1)?.version;
    if (page.length < limit || last === undefined || last === range.to) {
      yield page;
      return;
    }
    limit = fittingLimit(page);
    const ahead = store.readStream(streamId, { ...range, from: next(last), limit });
    // Its error is told when its turn comes, if it does.
    ahead.catch(ignore);
    yield page;
    page = await ahead;
  }
}

function fittingLimit(page: readonly LogEntry[]): number {
  const characters = page.reduce((sum, { payload }) => sum + payload.length, 0);
  const fitting = Math.floor((PAGE_CHARACTERS * page.length) / Math.max(characters, 1));
  return Math.min(Math.max(fitting, 1), MAX_LIMIT);
}

function next(last: Version): Version {
  return (last + 1) as Version;
}

function ignore(): void {}
