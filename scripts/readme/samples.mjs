/**
 * A block of code in a Markdown file, and the region it is a copy of.
 * @typedef {object} Sample
 * @property {number} line the line of its opening fence, from 1
 * @property {string} code without the fences; ends with a line break unless it is empty
 * @property {string} language
 * @property {string | undefined} path undefined if no marker stands above it
 * @property {string} region
 */

/** @typedef {(path: string) => string} ReadSource gives the text of a file of the repository, or throws */

const MARKER = /^<!-- sample: (?<path>[^#\s]+)(?:#(?<region>[\w-]+))? -->$/;
const OPENING = /^```(?<language>ts|tsx|mts|typescript|js|mjs|javascript|json)\b/;
const DEFAULT_REGION = 'readme';

/**
 * Every block of TypeScript, JavaScript or JSON. The line above it names its source: `<!-- sample: path#region -->`;
 * the region is `readme` unless said. JSON has no regions: its source is a whole file.
 * @param {string} markdown
 * @returns {Sample[]}
 */
export function samplesOf(markdown) {
  const lines = markdown.split('\n');
  return lines.flatMap((line, index) => {
    const language = OPENING.exec(line)?.groups?.['language'];
    if (language === undefined) return [];
    const end = lines.indexOf('```', index + 1);
    const code = lines.slice(index + 1, end < 0 ? undefined : end);
    const { path, region = DEFAULT_REGION } = MARKER.exec(lines[index - 1] ?? '')?.groups ?? {};
    return [{ line: index + 1, code: code.map((one) => `${one}\n`).join(''), language, path, region }];
  });
}

/**
 * The text between `// #region name` and `// #endregion`, without common indentation and without other such marks.
 * @param {string} source
 * @param {string} name
 * @returns {string}
 */
export function regionOf(source, name) {
  const lines = source.split('\n').map((line) => line.trimEnd());
  const starts = lines.flatMap((line, index) => (line.trim() === `// #region ${name}` ? [index] : []));
  const [start] = starts;
  if (start === undefined || starts.length > 1) {
    throw new Error(`expected one "// #region ${name}"; got ${starts.length}`);
  }
  const end = endOfRegion(lines, start);
  const inside = lines.slice(start + 1, end).filter((line) => !/^\s*\/\/ #(end)?region\b/.test(line));
  const indents = inside.filter((line) => line !== '').map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return inside.map((line) => `${line.slice(indent)}\n`).join('');
}

/**
 * What is wrong with the samples of a Markdown file, each with its line.
 * @param {string} markdown
 * @param {ReadSource} readSource
 * @returns {string[]}
 */
export function faults(markdown, readSource) {
  return samplesOf(markdown).flatMap((sample) => {
    const fault = faultOf(sample, readSource);
    return fault === undefined ? [] : [`${sample.line} ${fault}`];
  });
}

/**
 * The Markdown with each block replaced by its region. Blocks without a marker stay as they are.
 * @param {string} markdown
 * @param {ReadSource} readSource
 * @returns {string}
 */
export function rewrite(markdown, readSource) {
  const lines = markdown.split('\n');
  // From the last to the first, so that the lines of the others stay where they are.
  for (const { line, code, path, region } of samplesOf(markdown).reverse()) {
    if (path === undefined) continue;
    lines.splice(
      line,
      code.split('\n').length - 1,
      ...sourceOf({ path, region }, readSource).split('\n').slice(0, -1),
    );
  }
  return lines.join('\n');
}

/**
 * @param {{ path: string, region: string }} sample
 * @param {ReadSource} readSource
 * @returns {string}
 */
function sourceOf({ path, region }, readSource) {
  return path.endsWith('.json') ? readSource(path) : regionOf(readSource(path), region);
}

/**
 * @param {Sample} sample
 * @param {ReadSource} readSource
 * @returns {string | undefined}
 */
function faultOf({ code, path, region }, readSource) {
  if (path === undefined) return 'has no line above it that names its source: <!-- sample: path#region -->';
  try {
    if (sourceOf({ path, region }, readSource) === code) return undefined;
    return `differs from the region ${region} of ${path}: run \`node scripts/readme.mjs --write\``;
  } catch (error) {
    return `can't be found in ${path}: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * @param {readonly string[]} lines
 * @param {number} start
 * @returns {number}
 */
function endOfRegion(lines, start) {
  let open = 0;
  for (const [index, line] of lines.entries()) {
    if (index < start) continue;
    if (/^\s*\/\/ #region\b/.test(line)) open += 1;
    if (/^\s*\/\/ #endregion\b/.test(line)) open -= 1;
    if (open === 0) return index;
  }
  throw new Error(`line ${start + 1}: expected an "// #endregion"; got the end of the file`);
}
