import { describe, expect, it } from 'vitest';
import { Books, type Entry } from './books.js';

const transferId = 't';
const deposited = entry('d', undefined, 'deposited', { accountId: 'a', amount: 5 });
const requested = entry('r', undefined, 'transfer-requested', { transferId, amount: 3 });
const debited = entry('1', 'r', 'debited', { accountId: 'a', transferId, amount: 3 });
const started = entry('2', 'r', 'transfer-started', { transferId, amount: 3 });
const credited = entry('3', '2', 'credited', { accountId: 'b', transferId, amount: 3 });
const completed = entry('4', '2', 'transfer-completed', { transferId });
const whole = [deposited, requested, debited, started, credited, completed];

describe('the books of the tests', () => {
  it('are in order where money only moves', () => {
    const { faults, balances, underWay, ended } = Books.of(whole);
    expect({ faults, balances, underWay, ended }).toEqual({ faults: [], balances: 5, underWay: 0, ended: 1 });
    expect(Books.of(whole.slice(0, 4))).toMatchObject({ faults: [], balances: 2, underWay: 3, ended: 0 });
  });

  it.each([
    ['was credited twice', [...whole, credited]],
    ['was credited, and the transfer did not end', whole.slice(0, -1)],
    ['was debited, and no transfer began', whole.slice(0, 3)],
    ['ended and was not credited', [deposited, requested, debited, started, completed]],
    ['was started twice', [...whole.slice(0, 4), started, credited, completed]],
    ['ended twice', [...whole, completed]],
    ['was not there', [requested, debited, started, credited, completed]],
    ['moved in two commits', [deposited, requested, debited, deposited, started, credited, completed]],
  ])('are not, where money %s', (_, entries) => {
    expect(Books.of(entries).faults).not.toEqual([]);
  });
});

function entry(id: string, causationId: string | undefined, name: string, data: object): Entry {
  return { id, causationId, type: `bank.${name}`, payload: JSON.stringify(data) };
}
