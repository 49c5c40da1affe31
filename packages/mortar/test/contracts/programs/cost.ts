import { compile, withProgram } from './compile.js';

/** What the type checker spends on a program. */
export interface Cost {
  readonly types: number;
  readonly instantiations: number;
  readonly seconds: number;
}

/** Checks a program and counts; one that has faults is refused. */
export async function costOf(files: Record<string, string>): Promise<Cost> {
  // One checker: with several, types that each makes for itself are counted as often.
  const options = ['--extendedDiagnostics', '--singleThreaded'];
  const { ok, output } = await withProgram(files, (folder) => compile(folder, ...options));
  if (!ok) throw new Error(output.slice(0, 4_000));
  const read = (label: string): number =>
    Number(new RegExp(`^${label}:\\s+([\\d.]+)`, 'm').exec(output)?.[1]);
  return { types: read('Types'), instantiations: read('Instantiations'), seconds: read('Total time') };
}
