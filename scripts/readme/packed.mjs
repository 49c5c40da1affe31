// The README as it stands in a package. Its links lead to files of the repository, which are not packed; on the page of a
// registry, or in `node_modules`, they would lead nowhere.

const LINK = /\[(?<text>[^\]]*)\]\((?<target>[^()\s]+)\)/g;
const ABSOLUTE = /^(https?:|mailto:)/;
const FENCED = /^(```[\s\S]*?^```$)/gm;
const TITLE = /^# .+\n/;
const NOTE = 'This is the README of the repository: the pages, examples and folders that it names lie there.';

/**
 * The Markdown with each link that is not absolute replaced by its text, and a word on that. Code stays as it is.
 * @param {string} markdown
 * @returns {string}
 */
export function packedReadme(markdown) {
  const parts = markdown.split(FENCED);
  const text = parts.map((part) => (part.startsWith('```') ? part : withoutRelativeLinks(part))).join('');
  return text.replace(TITLE, (title) => `${title}\n${NOTE}\n`);
}

/**
 * @param {string} text
 * @returns {string}
 */
function withoutRelativeLinks(text) {
  return text.replace(LINK, (link, label, target) => (ABSOLUTE.test(target) ? link : label));
}
