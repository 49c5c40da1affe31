/** Rows as numbers: point after point, `width` values each. */
export interface Points {
  readonly values: Float64Array;
  readonly width: number;
}
