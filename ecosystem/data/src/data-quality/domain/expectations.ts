import type { Dimension, Rule } from '../contract/report.js';

/** Which dimension a rule belongs to. */
export function dimensionOf({ kind }: Rule): Dimension {
  switch (kind) {
    case 'complete':
      return 'completeness';
    case 'type':
    case 'range':
    case 'pattern':
    case 'set':
      return 'validity';
    case 'unique':
      return 'uniqueness';
    case 'ordered':
      return 'consistency';
    case 'not-after':
    case 'fresh':
      return 'timeliness';
  }
}

/** The columns that a rule looks at. */
export function columnsOf(rule: Rule): string[] {
  if (rule.kind === 'unique') return [...rule.columns];
  return rule.kind === 'ordered' ? [rule.lesser, rule.greater] : [rule.column];
}

/** What a rule wants, as a sentence. */
export function expectationOf(rule: Rule): string {
  switch (rule.kind) {
    case 'complete':
      return `${rule.column} has a value.`;
    case 'type':
      return `${rule.column} is ${withArticle(rule.type)}.`;
    case 'range':
      return `${rule.column} lies ${bounds(rule)}.`;
    case 'pattern':
      return `${rule.column} matches ${rule.pattern}.`;
    case 'set':
      return `${rule.column} is ${rule.values.length > 6 ? `one of ${rule.values.length} values` : rule.values.join(', ')}.`;
    case 'unique':
      return `No two rows have the same ${rule.columns.join(' and ')}.`;
    case 'ordered':
      return `${rule.lesser} is no more than ${rule.greater}.`;
    case 'not-after':
      return `${rule.column} is not after ${rule.day}.`;
    case 'fresh':
      return `The newest ${rule.column} is no more than ${rule.days} days before ${rule.day}.`;
  }
}

function withArticle(type: Extract<Rule, { kind: 'type' }>['type']): string {
  return type === 'integer' ? 'a whole number' : `a ${type === 'boolean' ? 'yes or a no' : type}`;
}

function bounds({ least, most }: Extract<Rule, { kind: 'range' }>): string {
  if (least === undefined) return most === undefined ? 'anywhere' : `at ${most} or below`;
  return most === undefined ? `at ${least} or above` : `between ${least} and ${most}`;
}
