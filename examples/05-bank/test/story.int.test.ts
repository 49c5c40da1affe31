import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const STORY = `\
anna opens an account with 100.00
ben opens an account with 20.00
t1 anna → ben 30.00: completed
t2 ben → anna 500.00: refused
t3 anna → nobody 10.00: refused
t4 anna → ben 25.00: under-way
t4 anna → ben 25.00: completed
now: ben 75.00, anna 45.00
Monday: cashier moved anna +100.00 (deposit)
Monday: cashier moved ben +20.00 (deposit)
Monday: anna moved anna -30.00 (t1 to ben: rent)
Monday: anna moved ben +30.00 (t1 from anna: rent)
as of Monday: anna 70.00, ben 50.00, under way 0.00, in all 120.00
Tuesday: anna moved anna -10.00 (t3 to nobody: dinner)
Tuesday: anna moved anna +10.00 (t3 back from nobody: dinner)
Tuesday: anna moved anna -25.00 (t4 to ben: concert)
as of Tuesday: anna 45.00, ben 50.00, under way 25.00, in all 120.00
Wednesday: anna moved ben +25.00 (t4 from anna: concert)
as of Wednesday: anna 45.00, ben 75.00, under way 0.00, in all 120.00
2026-03-02 bank.account-opened by anna: balance 0.00
2026-03-02 bank.deposited by cashier: balance 100.00
2026-03-02 bank.debited by anna: balance 70.00
2026-03-03 bank.debited by anna: balance 60.00
2026-03-03 bank.credited by anna: balance 70.00
2026-03-03 bank.debited by anna: balance 45.00
`;

it('the story is told: transfers, who has most, and of each day what was moved, and the books as they were then', () => {
  expect(tell()).toBe(STORY);
});

it('with --json it is one document', () => {
  expect(JSON.parse(tell('--json'))).toEqual({ happened: STORY.trimEnd().split('\n') });
});

function tell(...given: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...given], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}
