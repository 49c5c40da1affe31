import type { CheckResult } from '../rules/violation.js';
import { formatGithub } from './github.js';
import { formatGitlab } from './gitlab.js';
import { formatJson } from './json.js';
import { formatJunit } from './junit.js';
import { formatMarkdown } from './markdown.js';
import { formatPretty } from './pretty.js';
import { formatSarif } from './sarif.js';

/** The formats that a result can be told in. */
export const reportFormats = ['pretty', 'json', 'sarif', 'github', 'gitlab', 'junit', 'markdown'] as const;

/** One of the formats. */
export type ReportFormat = (typeof reportFormats)[number];

/** How a result is told. */
export interface ReportOptions {
  /** Whether `pretty` has colours; not unless said. */
  readonly colour?: boolean;
  /** The path from the top of the git repository to the project, put before paths where they are read from there; none if one. */
  readonly prefix?: string;
  /** The version of the tool, where the format has a place for it. */
  readonly version?: string;
}

/** Tells a result as text. */
export type Formatter = (result: CheckResult, options: ReportOptions) => string;

const formatters: Readonly<Record<ReportFormat, Formatter>> = {
  pretty: formatPretty,
  json: formatJson,
  sarif: formatSarif,
  github: formatGithub,
  gitlab: formatGitlab,
  junit: formatJunit,
  markdown: formatMarkdown,
};

/** A result as text that ends with a newline; only `github` of a clean result is empty. */
export function format(result: CheckResult, as: ReportFormat, options: ReportOptions = {}): string {
  return formatters[as](result, options);
}
