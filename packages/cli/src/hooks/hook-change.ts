/** What became of a hook. */
export interface HookChange {
  readonly state: 'installed' | 'updated' | 'unchanged' | 'removed' | 'absent';
  readonly notes: readonly string[];
}
