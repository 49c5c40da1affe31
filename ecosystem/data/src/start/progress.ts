import type { GivenFile } from './given-files.js';
import { counted, grouped, percent, plain } from './report/wording.js';
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
/** Nobody reads a line for each stage of more files than that. */
const MOST_LINES = 50;
const COUNTED_EVERY_MS = 5_000;
const MOST_BAD = 20;

/**
 * Shows how far each file has come: on a terminal a line for each that changes, elsewhere a line for each stage; of many files how
 * many there are, from time to time, and those that can't be used.
 */
export class Progress {
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #stages = new Map<GivenFile, Stage>();
  readonly #isDrawn: boolean;
  #drawn = 0;
  #done = 0;
  #bad = 0;
  #countedAt: number;

  constructor(screen: Screen, files: readonly GivenFile[], now: () => number = Date.now) {
    this.#screen = screen;
    this.#now = now;
    this.#countedAt = now();
    // What has left the screen can't be drawn over.
    const { isTTY = false, rows = 0 } = screen;
    this.#isDrawn = isTTY && files.length < (rows > 0 ? rows : USUAL_ROWS);
    this.add(files);
    if (this.#isDrawn) this.#draw();
  }

  /** More files have come. */
  add(files: readonly GivenFile[]): void {
    const wasCounted = this.#isCounted;
    for (const file of files) this.#stages.set(file, { kind: 'waiting' });
    if (this.#isCounted && !wasCounted)
      this.#screen.write(`${counted(this.#stages.size, 'file')}: what has come of them is counted.\n`);
  }

  /** A file has come to a stage. */
  tell(file: GivenFile, stage: Stage): void {
    const wasOpen = markOf(this.#stages.get(file) ?? stage) === OPEN;
    this.#stages.set(file, stage);
    if (wasOpen && markOf(stage) === DONE) this.#done += 1;
    if (wasOpen && markOf(stage) === BAD) this.#bad += 1;
    if (this.#isDrawn) this.#draw();
    else if (this.#isCounted) this.#count(file, stage);
    else this.#line(file, stage);
  }

  get #isCounted(): boolean {
    return !this.#isDrawn && this.#stages.size > MOST_LINES;
  }

  #line({ title }: GivenFile, stage: Stage): void {
    this.#screen.write(`${title}: ${wordsOf(stage)}\n`);
  }

  #count(file: GivenFile, stage: Stage): void {
    if (markOf(stage) === OPEN) return;
    if (markOf(stage) === BAD && this.#bad <= MOST_BAD) this.#line(file, stage);
    const isLast = this.#done + this.#bad === this.#stages.size;
    if (!isLast && this.#now() < this.#countedAt + COUNTED_EVERY_MS) return;
    this.#countedAt = this.#now();
    const bad = this.#bad === 0 ? '' : `, ${grouped(this.#bad)} can't be used`;
    this.#screen.write(`${counted(this.#stages.size, 'file')}: ${grouped(this.#done)} done${bad}\n`);
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

const DONE = '✔';
const BAD = '✘';
const OPEN = '…';

function markOf({ kind }: Stage): string {
  if (kind === 'analysed') return DONE;
  return kind === 'unreadable' || kind === 'refused' || kind === 'given-up' ? BAD : OPEN;
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
