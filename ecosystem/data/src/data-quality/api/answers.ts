import { fail, type MessageContext, MortarError, type PortImplementation, type QueryHandler } from 'mortar';
import { datasetsById } from '../application/datasets-by-id.js';
import type { Inspector, PageWanted } from '../application/inspector.js';
import type { Source } from '../contract/source.js';
import type { Datasets, QualityDetails, QualityReport } from '../contract.js';

/** Of all columns of a page together: more than that would take memory, and hold others up. */
const MOST_VALUES = 500_000;

/** Answers `data-quality.quality-report`: what other modules need of it. Whoever has heard of a check finds its report. */
export function answerQualityReport(
  caughtUp: () => Promise<void>,
): QueryHandler<typeof QualityReport, 'data-quality'> {
  return async ({ data: { datasetId }, readModel }) => {
    await caughtUp();
    const found = await readModel(datasetsById).get(datasetId);
    if (found?.assessed == null) return fail('not-checked', { datasetId });
    const { check, assessment } = found.assessed;
    const columns = assessment.columns.map(({ name, type, missing, distinct }) => ({
      ...{ name, type, missing, distinct },
    }));
    return { datasetId, check, rows: assessment.rows, columns };
  };
}

/** Answers `data-quality.quality-details`. */
export const answerQualityDetails: QueryHandler<typeof QualityDetails, 'data-quality'> = async ({
  data: { datasetId },
  readModel,
}) => {
  const found = await readModel(datasetsById).get(datasetId);
  if (found?.source == null) return fail('not-registered', { datasetId });
  const { check, status, source, reasons, assessed } = found;
  const assessment = assessed?.check === check ? assessed.assessment : null;
  return { datasetId, check, status, source, reasons: [...reasons], assessment };
};

/** The rows of data sets, as they were at their last report. */
export function datasetRows(inspector: Inspector): PortImplementation<typeof Datasets, 'data-quality'> {
  return {
    numbers: async ({ data, readModel }) => {
      const { source, page } = await lookUp(readModel, data);
      const columns = await inspector.numbers(source, page);
      return { columns: columns.map(({ buffer }) => new Uint8Array(buffer)) };
    },
    texts: async ({ data, readModel }) => {
      const { source, page } = await lookUp(readModel, data);
      return { columns: await inspector.texts(source, page) };
    },
  };
}

interface Wanted {
  readonly datasetId: string;
  readonly columns: readonly string[];
  readonly offset: number;
  readonly limit: number;
}

async function lookUp(
  readModel: MessageContext['readModel'],
  { datasetId, columns, offset, limit }: Wanted,
): Promise<{ readonly source: Source; readonly page: PageWanted }> {
  const found = await readModel(datasetsById).get(datasetId);
  const known = found?.assessed?.assessment.columns ?? [];
  const readings = columns.map((name) => {
    const column = known.find((one) => one.name === name);
    if (column !== undefined) return column;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'A page is of columns that the report names.',
      expected: `a column of ${datasetId}`,
      got: found?.assessed == null ? 'a data set without a report' : name,
    });
  });
  const source = found?.assessed?.source;
  if (source === undefined) throw new TypeError('A report without a source.');
  const most = Math.floor(MOST_VALUES / columns.length);
  return { source, page: { columns: readings, offset, limit: Math.min(limit, most) } };
}
