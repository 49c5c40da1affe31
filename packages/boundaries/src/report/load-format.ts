import type { Formatter, ReportFormat } from './format.js';

const loaders: Readonly<Record<ReportFormat, () => Promise<Formatter>>> = {
  pretty: async () => (await import('./pretty.js')).formatPretty,
  json: async () => (await import('./json.js')).formatJson,
  sarif: async () => (await import('./sarif.js')).formatSarif,
  github: async () => (await import('./github.js')).formatGithub,
  gitlab: async () => (await import('./gitlab.js')).formatGitlab,
  junit: async () => (await import('./junit.js')).formatJunit,
  markdown: async () => (await import('./markdown.js')).formatMarkdown,
};

/** What tells a result in a format, as `format` does; the others are not loaded. */
export function loadFormat(as: ReportFormat): Promise<Formatter> {
  return loaders[as]();
}
