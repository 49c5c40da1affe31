import { command, defineModule, fail, type Module } from 'mortar';
import { z } from 'zod';
import { Datasets, QualityCheckCompleted, QualityReport } from '../../../dist/data-quality/contract.js';

/** A column of a data set, in memory. */
export interface GivenColumn {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'date' | 'boolean' | 'text';
  readonly values: readonly (number | string | null)[];
}

/** Fewer than there are, so that whoever reads has to go on. */
const ROWS_OF_PAGE = 150;

/** Data sets by their id, with the number of the last check of each. */
export type CheckedTables = Map<string, { readonly check: number; readonly columns: readonly GivenColumn[] }>;

/** Says that the check of a data set is completed. */
export const Complete = command('data-quality.complete', {
  data: z.object({ datasetId: z.string(), check: z.int() }),
});

/** A module that keeps to the contract of data-quality, over tables in memory. */
export function checkedTables(tables: CheckedTables): Module {
  return defineModule('data-quality', (module) => {
    module.publishes(QualityCheckCompleted);
    module.handle(Complete, ({ data, publish }) => publish(QualityCheckCompleted, data));
    module.answer(QualityReport, ({ data: { datasetId } }) => {
      const table = tables.get(datasetId);
      if (table === undefined) return fail('not-checked', { datasetId });
      const rows = table.columns[0]?.values.length ?? 0;
      return { datasetId, check: table.check, rows, columns: table.columns.map(profileOf) };
    });
    module.implement(Datasets, {
      numbers: async ({ data: { datasetId, columns, offset, limit } }) => ({
        columns: columns.map((name) => {
          const page = pageOf(valuesOf(tables, datasetId, name), offset, limit);
          return new Uint8Array(
            Float64Array.from(page, (value) => (value === null ? Number.NaN : Number(value))).buffer,
          );
        }),
      }),
      texts: async ({ data: { datasetId, columns, offset, limit } }) => ({
        columns: columns.map((name) =>
          pageOf(valuesOf(tables, datasetId, name), offset, limit).map((value) =>
            value === null ? null : String(value),
          ),
        ),
      }),
    });
  });
}

function profileOf({ name, type, values }: GivenColumn) {
  const present = values.filter((value) => value !== null);
  return { name, type, missing: values.length - present.length, distinct: new Set(present).size };
}

function valuesOf(tables: CheckedTables, datasetId: string, name: string): GivenColumn['values'] {
  return tables.get(datasetId)?.columns.find((column) => column.name === name)?.values ?? [];
}

function pageOf(values: GivenColumn['values'], offset: number, limit: number): GivenColumn['values'] {
  return values.slice(offset, offset + Math.min(limit, ROWS_OF_PAGE));
}
