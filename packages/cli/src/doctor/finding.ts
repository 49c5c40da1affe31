/** What was looked at, and how it is. */
export interface Finding {
  /** `node`, `packages`, `git`, `configuration`, `hook`, `workflow`, `sqlite`, `store`. */
  readonly about: string;
  /** `note`: it may be meant so. */
  readonly state: 'good' | 'note' | 'fault';
  readonly says: string;
  /** What to do. */
  readonly mend?: string;
}

/** A finding that has nothing to mend. */
export function good(about: string, says: string): Finding {
  return { about, state: 'good', says };
}

/** A finding from an error: its message. */
export function faultOf(about: string, error: unknown, mend?: string): Finding {
  const says = error instanceof Error ? error.message : String(error);
  return { about, state: 'fault', says, ...(mend === undefined ? {} : { mend }) };
}
