// What DuckDB itself says of a file: types, least and greatest, how many different, quartiles. About the least that a profile can cost.
import process from 'node:process';
import { DuckDBInstance } from '@duckdb/node-api';

const [file = ''] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { memory_limit: '512MB', threads: '4' });
const connection = await instance.connect();
const startedAt = process.hrtime.bigint();
const summary = await connection.runAndReadAll(
  `SUMMARIZE SELECT * FROM read_csv('${file.replaceAll("'", "''")}')`,
);
const ns = Number(process.hrtime.bigint() - startedAt);
const columns = summary.getRowObjectsJS();
const bytes = process.resourceUsage().maxRSS * 1_024;
process.stdout.write(
  JSON.stringify({ rows: Number(columns[0]?.['count']), columns: columns.length, ns, bytes }),
);
connection.closeSync();
instance.closeSync();
