/** In what a file is written, by the end of its name. */
export interface Language {
  readonly lang: 'ts' | 'tsx' | 'js' | 'jsx' | 'dts';
  readonly isJavaScript: boolean;
  readonly isJsx: boolean;
  /** `.d.ts` and its kind: nothing in it runs. */
  readonly isDeclaration: boolean;
}

const languages: Readonly<Record<string, Language['lang']>> = {
  ts: 'ts',
  mts: 'ts',
  cts: 'ts',
  tsx: 'tsx',
  js: 'jsx',
  mjs: 'jsx',
  cjs: 'jsx',
  jsx: 'jsx',
};

/** The ends of names of files that hold code. */
export const codeExtensions: readonly string[] = [...Object.keys(languages), 'vue', 'svelte'];
const codeEnding: RegExp = new RegExp(`\\.(?:${codeExtensions.join('|')})$`, 'i');

/** Whether a file holds code, by its name. */
export function isCode(path: string): boolean {
  return codeEnding.test(path);
}

/** Undefined for what is no code. Of a component, `block` is what the `lang` of its script says. */
export function languageOf(path: string, block?: string): Language | undefined {
  const lower = path.toLowerCase();
  const extension = lower.slice(lower.lastIndexOf('.') + 1);
  const isDeclaration = /\.d\.(?:[mc]?ts|[^./]+\.ts)$/.test(lower);
  if (isDeclaration) return { lang: 'dts', isJavaScript: false, isJsx: false, isDeclaration };
  const lang = block === undefined ? languages[extension] : languages[block];
  if (lang === undefined) return undefined;
  const isJavaScript = lang === 'jsx' || lang === 'js';
  return { lang, isJavaScript, isJsx: lang !== 'ts', isDeclaration };
}
