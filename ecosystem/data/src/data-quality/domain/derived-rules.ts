import type { ColumnDetails, Rule } from '../contract/report.js';

/** Words that stand for the lesser and the greater of two columns that belong together. */
const pairs: readonly (readonly [lesser: string, greater: string])[] = [
  ['min', 'max'],
  ['minimum', 'maximum'],
  ['low', 'high'],
  ['start', 'end'],
  ['from', 'to'],
];

const KEY_NAME = /(?:^|[_\- .])(?:id|key|code|uuid)$/i;
const NEARLY_ALL = 0.98;

/** The rules that any data set is held to, by what its columns are like; `day` is the one on which it was registered. */
export function derivedRules(columns: readonly ColumnDetails[], rows: number, day: string): Rule[] {
  return [
    ...columns.flatMap((column) => ofColumn(column, rows, day)),
    ...pairs.flatMap(([lesser, greater]) => ordered(columns, lesser, greater)),
  ];
}

function ofColumn({ name, type, missing, distinct }: ColumnDetails, rows: number, day: string): Rule[] {
  const rules: Rule[] = [{ kind: 'complete', column: name }];
  const present = rows - missing;
  if (type !== 'text' && present > 0) rules.push({ kind: 'type', column: name, type });
  if (type === 'date') rules.push({ kind: 'not-after', column: name, day });
  if (KEY_NAME.test(name) && present > 1 && distinct >= present * NEARLY_ALL)
    rules.push({ kind: 'unique', columns: [name] });
  return rules;
}

function ordered(columns: readonly ColumnDetails[], lesser: string, greater: string): Rule[] {
  return columns.flatMap(({ name, type }): Rule[] => {
    if (type !== 'integer' && type !== 'number' && type !== 'date') return [];
    const words = name.split(/([_\- .])/);
    const place = words.findIndex((word) => word.toLowerCase() === lesser);
    if (place === -1) return [];
    const wanted = words.with(place, greater).join('').toLowerCase();
    const other = columns.find((column) => column.name.toLowerCase() === wanted);
    const isSameKind = other !== undefined && (other.type === 'date') === (type === 'date');
    return isSameKind && other.type !== 'text' && other.type !== 'boolean'
      ? [{ kind: 'ordered', lesser: name, greater: other.name }]
      : [];
  });
}
