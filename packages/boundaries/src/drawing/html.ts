import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Picture } from './picture.js';

// The same from src/ and from dist/.
const assets = new URL('../../assets/graph-page/', import.meta.url);

/**
 * One page that needs nothing else: the picture as JSON, a layout library, and a script that draws. Its content security policy
 * lets in just these scripts by their hashes, and no network at all.
 */
export function drawHtml(picture: Picture): string {
  const scripts = [layoutLibrary(), pageScript()];
  const policy = [
    "default-src 'none'",
    "base-uri 'none'",
    `script-src ${scripts.map((script) => `'sha256-${hash(script)}'`).join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
  ].join('; ');
  const parts: Readonly<Record<string, string>> = {
    policy,
    title: safeText(titleOf(picture)),
    style: asset('page.css'),
    picture: safeJson(picture),
    layout: scripts[0] ?? '',
    script: scripts[1] ?? '',
  };
  // A function, since what is put in may have `$&` in it.
  return asset('page.template').replaceAll(
    /\{\{(policy|title|style|picture|layout|script)\}\}/g,
    (_, name: string) => parts[name] ?? '',
  );
}

/** JSON in which nothing can end the script element that it stands in, or begin a comment there. */
function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What all of it stands in, where that is one: most often the name of the root's package. */
function titleOf({ modules }: Picture): string {
  const outermost = modules.filter(({ parent }) => parent === undefined);
  return outermost.length === 1 ? `Modules of ${outermost[0]?.id}` : 'Modules';
}

function safeText(text: string): string {
  return text.replaceAll(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The library as it is published for pages, without the line that names its source map, which would be fetched. */
function layoutLibrary(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('@dagrejs/dagre/package.json'));
  const script = readFileSync(join(folder, 'dist/dagre.min.js'), 'utf8');
  return script.replace(/^\/\/# sourceMappingURL=.*$/m, '').replaceAll('</script', '<\\/script');
}

/** These files as one script: they are modules, so that the first can be tested by itself. */
function pageScript(): string {
  const joined = ['view.js', 'layout.js', 'scene.js', 'page.js'].map(asset).join('\n');
  return joined.replaceAll(/^import [^;]*;$/gm, '').replaceAll(/^export (?=function|const)/gm, '');
}

function asset(name: string): string {
  return readFileSync(new URL(name, assets), 'utf8');
}

function hash(script: string): string {
  return createHash('sha256').update(script).digest('base64');
}
