import { describe, expect, it } from 'vitest';
import { canInject } from '../../campaigns/suites/disk/faults.mjs';
import { canMount } from '../../campaigns/suites/disk/full.mjs';
import { countOf, runCampaign, runsOf, TIMEOUT_MS } from './campaign.js';

const KILLS = runsOf(60, 300);

describe('campaigns in short', { timeout: TIMEOUT_MS }, () => {
  it(`${KILLS} kills on SQLite lose nothing, and apply effects once`, async () => {
    const { status, output } = await runCampaign('kill', '--runs', `${KILLS}`);
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
    expect(countOf(output, 'processes killed')).toBe(KILLS);
    expect(countOf(output, 'events acknowledged')).toBeGreaterThan(KILLS);
    expect(countOf(output, 'effects of deliveries found')).toBeGreaterThan(0);
  });

  it('workers share the runs, and their counts are added up', async () => {
    const { status, output } = await runCampaign(
      'model',
      '--store',
      'memory',
      '--runs',
      '9',
      '--workers',
      '2',
    );
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
    expect(countOf(output, 'logs compared')).toBe(9);
    expect(output).toContain('worker 2: ');
  });

  it('memory and SQLite do as the model does', async () => {
    for (const [store, runs] of [
      ['memory', '1000'],
      ['sqlite', '60'],
    ] as const) {
      const { status, output } = await runCampaign('model', '--store', store, '--runs', runs);
      expect(output).toMatch(/\n0 violations\n$/);
      expect(status).toBe(0);
    }
  });

  // Takes root or strace.
  it.skipIf(!canInject() && !canMount())('disks that fail make no false promise', async () => {
    const { status, output } = await runCampaign('disk', '--runs', '8');
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
    expect(countOf(output, 'events acknowledged')).toBeGreaterThan(0);
  });

  it('a campaign that there is not, and one that does not run on the store, are refused', async () => {
    expect(await runCampaign('kil')).toMatchObject({
      status: 2,
      output: expect.stringContaining('got kil.'),
    });
    const { status, output } = await runCampaign('race', '--store', 'sqlite');
    expect({ status, output }).toMatchObject({
      status: 2,
      output: expect.stringContaining('one of: postgres'),
    });
  });
});
