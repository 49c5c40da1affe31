import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { countOf, runCampaign, runsOf, TIMEOUT_MS } from './campaign.js';

const hasServer = (process.env['MORTAR_TEST_POSTGRES_URL'] ?? '') !== '';
// Each point in one way, or in each of the three.
const POINTS = runsOf(17, 51);

describe(`a process that fails at ${POINTS} points leaves nothing half done`, { timeout: TIMEOUT_MS }, () => {
  it('on SQLite', async () => {
    const { status, output } = await runCampaign('failpoints', '--runs', `${POINTS}`);
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
    expect(countOf(output, 'checkpoint, within: kill')).toBeGreaterThan(0);
    expect(countOf(output, 'replay, answered: kill')).toBeGreaterThan(0);
  });

  // The summary of `npm test` says so where there is no server.
  it.skipIf(!hasServer)('on PostgreSQL', async () => {
    const { status, output } = await runCampaign('failpoints', '--store', 'postgres', '--runs', `${POINTS}`);
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
  });
});
