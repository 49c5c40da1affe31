import { describe, expect, it } from 'vitest';
import { type EventStoreSubject, eventStoreCases } from '../../../src/testing/conformance/event-store.js';
import { caught } from '../../contracts/caught.js';
import { memorySubject } from '../../support/memory-subject.js';
import { logFaults } from './faulty-logs.js';

/** The names of the cases that fail, of those that are asked for. */
async function failing(make: () => EventStoreSubject, foundBy: string): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, run } of eventStoreCases(make))
    if (name.includes(foundBy)) await run().catch(() => failed.push(name));
  return failed;
}

describe('the cases of an event store', () => {
  it('are many, each with a name of its own', () => {
    const names = eventStoreCases(() => memorySubject()).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(140);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(logFaults)('find that $name', async ({ foundBy, make }) => {
    expect(await failing(make, foundBy)).not.toEqual([]);
  });

  it('may run all at once', async () => {
    await Promise.all(eventStoreCases(() => memorySubject()).map(({ run }) => run()));
  });

  it('fail where a second handle is due and there is none, unless it is left out', async () => {
    const make = (): EventStoreSubject => ({ events: memorySubject().events });
    const due = eventStoreCases(make).filter(({ name }) => name.includes('what one handle has appended'));
    expect(due.length).toBe(1);
    for (const { run } of due) await expect(run()).rejects.toMatchObject({ code: 'ERR_ASSERTION' });
    const skip = 'a store of one process alone';
    const left = eventStoreCases(make, { 'second handle': { skip } }).filter((one) => one.skip !== undefined);
    expect(left.length).toBeGreaterThan(5);
    expect(new Set(left.map((one) => one.skip))).toEqual(new Set([skip]));
  });

  it('give each store back, also when the case failed', async () => {
    let open = 0;
    const fault = logFaults.find(({ name }) => name === 'conditions are ignored');
    const make = async (): Promise<EventStoreSubject> => {
      open += 1;
      const subject = (fault?.make ?? memorySubject)();
      return {
        ...subject,
        dispose: () => {
          open -= 1;
        },
      };
    };
    for (const { name, run } of eventStoreCases(make))
      if (name.startsWith('conditions')) await run().catch(() => undefined);
    expect(open).toBe(0);
  });

  it.each([{ 'second handle': { skip: ' ' } }, { paging: { skip: 'not needed' } }])(
    'are not left out without a known feature and a reason: %o',
    (features) => {
      expect(caught(() => eventStoreCases(() => memorySubject(), Object(features)))).toMatchObject({
        code: 'MORTAR_OPTIONS_INVALID',
      });
    },
  );
});
