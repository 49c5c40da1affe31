import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferType } from '../../src/data-quality/domain/column-type.js';

describe('the type of a column', () => {
  it.each([
    ['integer', ['1', '-2', '+3', '900719925474099']],
    ['number', ['1', '2.5', '.5', '-1e10', 'inf']],
    ['text', ['007', '012', '5']],
    ['boolean', ['true', 'FALSE', 'yes', 'No']],
    ['text', ['1,5', '2,7']],
    ['text', ['anna', 'ben', '3']],
    ['text', []],
  ])('%s: %j', (type, values) => {
    expect(inferType(values)).toEqual({ type, formats: [] });
  });

  it.each([
    [['2020-01-31', '2020-01-31T10:00:00Z', '2020-01-31 10:00:00.123+02:00'], ['iso']],
    [['2001/01/01 06:55', '2001/1/1 23:10'], ['%Y/%m/%d %H:%M']],
    [['Jan 1 2000', 'Dec 31 1999'], ['%b %d %Y']],
    [['31.12.2020', '1.2.2021'], ['%d.%m.%Y']],
    [['12/31/2020', '01/02/2020'], ['%m/%d/%Y']],
    [['31/12/2020', '01/02/2020'], ['%d/%m/%Y']],
    [
      ['31/12/2020', '12/31/2020', '30/12/2020'],
      ['%d/%m/%Y', '%m/%d/%Y'],
    ],
    [
      ['2020-01-31', '31.01.2020', 'Jan 31, 2020'],
      ['iso', '%d.%m.%Y', '%b %d, %Y'],
    ],
    [['5-Mar-98', '12-Apr-01'], ['%d-%b-%y']],
  ])('dates: %j', (values, formats) => {
    expect(inferType(values)).toEqual({ type: 'date', formats });
  });

  it('is that of four values in five, and text where it is fewer', () => {
    expect(inferType(['1', '2', '3', '4', 'x']).type).toBe('integer');
    expect(inferType(['1', '2', '3', 'y', 'x']).type).toBe('text');
    expect(inferType(['2020-01-01', '2020-01-02', '2020-01-03', '2020-01-04', 'soon']).type).toBe('date');
    expect(inferType(['2020-01-01', '2020-01-02', '2020-01-03', 'later', 'soon']).type).toBe('text');
  });

  it('takes no time with any text, and is the same in any order but for that of formats', () => {
    const texts = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('1', '2.5', '2020-01-01', 'true', '1.1.2020')),
    );
    fc.assert(
      fc.property(texts, (values) => {
        const [one, other] = [inferType(values), inferType(values.toReversed())];
        expect(other.type).toBe(one.type);
        expect(other.formats.toSorted()).toEqual(one.formats.toSorted());
      }),
    );
  });
});
