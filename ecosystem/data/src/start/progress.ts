import type { GivenFile } from './given-files.js';
import { counted, percent, plain } from './report/wording.js';
import type { Stage } from './work.js';

/** Where text goes: stderr or stdout. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

/** Shows how far each file has come: on a terminal a line for each that changes, elsewhere a line for each stage. */
export class Progress {
  readonly #screen: Screen;
  readonly #stages = new Map<GivenFile, Stage>();
  readonly #isDrawn: boolean;
  #drawn = 0;

  constructor(screen: Screen, files: readonly GivenFile[]) {
    this.#screen = screen;
    for (const file of files) this.#stages.set(file, { kind: 'waiting' });
    // What has left the screen can't be drawn over.
    const { isTTY = false, rows = 0 } = screen;
    this.#isDrawn = isTTY && files.length < (rows > 0 ? rows : USUAL_ROWS);
    if (this.#isDrawn) this.#draw();
  }

  /** A file has come to a stage. */
  tell(file: GivenFile, stage: Stage): void {
    this.#stages.set(file, stage);
    if (this.#isDrawn) this.#draw();
    else this.#screen.write(`${file.title}: ${wordsOf(stage)}\n`);
  }

  #draw(): void {
    const width = Math.max(...[...this.#stages.keys()].map(({ title }) => title.length), 0);
    const lines = [...this.#stages].map(
      ([{ title }, stage]) => `${markOf(stage)} ${title.padEnd(width)}  ${wordsOf(stage)}`,
    );
    const { columns = 0 } = this.#screen;
    const most = (columns > 0 ? columns : USUAL_COLUMNS) - 1; // Some terminals don't know, and say 0.
    const back = this.#drawn === 0 ? '' : `\u{1b}[${this.#drawn}A`;
    this.#screen.write(
      back + lines.map((line) => `\u{1b}[2K${[...line].slice(0, most).join('')}\n`).join(''),
    );
    this.#drawn = lines.length;
  }
}

function markOf({ kind }: Stage): string {
  if (kind === 'analysed') return '✔';
  return kind === 'unreadable' || kind === 'refused' || kind === 'given-up' ? '✘' : '…';
}

function wordsOf(stage: Stage): string {
  switch (stage.kind) {
    case 'waiting':
      return 'waits';
    case 'unreadable':
    case 'refused':
      return plain(`can't be used. ${stage.reason}`);
    case 'given-up':
      return plain(`could not be worked on. ${stage.reason}`);
    case 'registered':
      return stage.outcome === 'unchanged' ? 'is as it was' : `registered (${stage.outcome})`;
    case 'checked':
      return `checked: ${counted(stage.rows, 'row')}, quality ${percent(stage.overall)}`;
    case 'analysed':
      return `${stage.isNew ? 'done' : 'known'}: ${counted(stage.rows, 'row')}, quality ${percent(stage.overall)}, ${counted(stage.anomalies, 'anomaly', 'anomalies')}`;
  }
}
