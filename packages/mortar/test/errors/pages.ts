import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each code with its category. */
export type CodeTable = Readonly<Record<string, string>>;

const INDEX = 'README.md';
const SECTIONS = ['## What it means', '## How to mend it'];

/** What is wrong with a folder of error pages: a page and an index row for each code, and nothing else. */
export function faultsOfPages(folder: string, codes: CodeTable): readonly string[] {
  const pages = readdirSync(folder).filter((file) => file !== INDEX);
  return [
    ...Object.keys(codes).flatMap((code) =>
      pages.includes(`${code}.md`) ? [] : [`${code}: the page is missing`],
    ),
    ...pages.flatMap((page) => {
      const code = page.replace(/\.md$/, '');
      const category = Object.hasOwn(codes, code) ? codes[code] : undefined;
      if (category === undefined || page === code)
        return [`${page}: the page is stale, there is no such code`];
      return faultsOfPage(code, category, readFileSync(join(folder, page), 'utf8'));
    }),
    ...faultsOfIndex(folder, codes),
  ];
}

function faultsOfPage(code: string, category: string, text: string): readonly string[] {
  const lines = text.split('\n');
  const faults: string[] = [];
  if (lines[0] !== `# ${code}`) faults.push(`${code}: the title is not "# ${code}"`);
  if (lines.filter((line) => line.startsWith('Category: ')).join() !== `Category: ${category}`) {
    faults.push(`${code}: there is not one line "Category: ${category}"`);
  }
  for (const section of SECTIONS) {
    const start = lines.indexOf(section);
    const body = lines.slice(start + 1).findIndex((line) => line.startsWith('## '));
    const content = lines
      .slice(start + 1, body < 0 ? undefined : start + 1 + body)
      .join('')
      .trim();
    if (start < 0 || content === '') faults.push(`${code}: the section "${section}" is missing or empty`);
  }
  return faults;
}

function faultsOfIndex(folder: string, codes: CodeTable): readonly string[] {
  if (!readdirSync(folder).includes(INDEX)) return ['the index is missing'];
  const rows = readFileSync(join(folder, INDEX), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ['));
  const expected = Object.entries(codes).map(
    ([code, category]) => `| [${code}](${code}.md) | ${category} | `,
  );
  return [
    ...expected.flatMap((row) =>
      rows.some((line) => says(line, row)) ? [] : [`the index lacks the row ${row}… |`],
    ),
    ...rows.flatMap((line) =>
      expected.some((row) => says(line, row)) ? [] : [`the index has a stale row: ${line}`],
    ),
    ...(new Set(rows).size === rows.length ? [] : ['the index has a row twice']),
  ];
}

function says(line: string, row: string): boolean {
  return line.startsWith(row) && line.length > row.length + ' |'.length;
}

/** The codes that stand nowhere in the sources. */
export function unusedCodes(folders: readonly string[], codes: CodeTable): readonly string[] {
  const sources = folders.flatMap(sourcesIn).filter((file) => !file.endsWith(join('errors', 'codes.ts')));
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  return Object.keys(codes).filter((code) => !text.includes(`'${code}'`));
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}
