import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { findBinaries } from '../../scripts/postgres/binaries.mjs';
import { countOf, runCampaign, TIMEOUT_MS } from './campaign.js';

const hasServer = (process.env['MORTAR_TEST_POSTGRES_URL'] ?? '') !== '';

// Need a server: the summary of `npm test` says so where there is none.
describe.skipIf(!hasServer)('campaigns in short, on PostgreSQL', { timeout: TIMEOUT_MS }, () => {
  it('readers miss nothing while others race', async () => {
    const { status, output } = await runCampaign('race', '--runs', '20000');
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
    expect(countOf(output, 'backends killed')).toBeGreaterThan(0);
    expect(countOf(output, 'restarts of readers')).toBeGreaterThan(0);
  });

  it('a naive reader is found to lose events', async () => {
    const { status, output } = await runCampaign('race', '--runs', '20000', '--naive');
    expect(status).toBe(1);
    expect(countOf(output, 'missed')).toBeGreaterThan(0);
  });

  it('a log does as the model does', async () => {
    const { status, output } = await runCampaign('model', '--store', 'postgres', '--runs', '20');
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
  });

  // Starts a server of its own, for which it needs the programs.
  it.skipIf(findBinaries() === undefined)('servers that are killed lose nothing', async () => {
    const { status, output } = await runCampaign('kill', '--store', 'postgres', '--runs', '5');
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
    expect(countOf(output, 'servers killed')).toBe(5);
    expect(countOf(output, 'effects of deliveries found')).toBeGreaterThan(0);
  });
});
