import { MortarError } from 'mortar';
import { z } from 'zod';

/** At most so much of all rows stands out: where more are above the threshold, it is raised. No bound unless said. */
const maxShare = z.number().gt(0).max(1).default(1);
const MAX_SEED = 4_294_967_295;
const limit = z.int().min(1).max(1_000).default(50);
const seed = z.int().min(0).max(MAX_SEED).default(20_081_215);

const columnScale = {
  /** `log` looks at the logarithms of values, for what grows by factors: prices, populations, file sizes; `auto` chooses. */
  scale: z.enum(['linear', 'log', 'auto']).default('linear'),
  /** How many findings are told, the most unusual first. */
  limit,
};

/** What each detector takes; all that is left out has a default. */
export const detectorSettings = z.discriminatedUnion('detector', [
  z.strictObject({
    detector: z.literal('z-score'),
    /** In standard deviations from the mean. */
    threshold: z.number().positive().default(3),
    ...columnScale,
  }),
  z.strictObject({
    detector: z.literal('robust-z-score'),
    /** In standard deviations as the median absolute deviation tells them (Iglewicz and Hoaglin 1993 recommend 3.5). */
    threshold: z.number().positive().default(3.5),
    ...columnScale,
  }),
  z.strictObject({
    detector: z.literal('interquartile-range'),
    /** In interquartile ranges beyond the quartiles (Tukey 1977: 1.5 is outside, 3 far out). */
    threshold: z.number().positive().default(1.5),
    ...columnScale,
  }),
  z.strictObject({
    detector: z.literal('seasonal-window'),
    /** In standard deviations of what trend and season leave. */
    threshold: z.number().positive().default(4.5),
    /** In rows: `none`, or how many rows a season has; found in the data unless said. */
    season: z.union([z.literal('auto'), z.literal('none'), z.int().min(2).max(10_000)]).default('auto'),
    /** How many rows around each make up its neighbourhood; whole seasons, 31 rows or more, unless said. */
    window: z.int().min(5).max(10_001).optional(),
    limit,
  }),
  z.strictObject({
    detector: z.literal('isolation-forest'),
    /** From 0 to 1: near 1 is surely unusual, below 0.5 surely not (Liu, Ting and Zhou 2008). */
    threshold: z.number().gt(0.5).lt(1).default(0.55),
    maxShare,
    /** What stands out is also so many robust deviations of all scores above their median, as corners of a cloud are not. */
    minDeviations: z.number().min(0).max(1_000).default(0),
    trees: z.int().min(1).max(2_000).default(200),
    /** How many rows each tree is grown from. */
    sampleSize: z.int().min(2).max(65_536).default(256),
    seed,
    limit,
  }),
  z.strictObject({
    detector: z.literal('local-outlier-factor'),
    /** How many times less dense than its neighbours (Breunig et al. 2000: 1 is as dense as they are). */
    threshold: z.number().gt(1).default(1.5),
    maxShare,
    neighbours: z.int().min(1).max(200).default(20),
    /** `robust` divides each column by the range of nine in ten of its values first; `none` is for columns of one unit. */
    scale: z.enum(['robust', 'none']).default('robust'),
    /** Against how many rows each is compared; by the number of columns unless said. */
    maxReferenceRows: z.int().min(10).max(1_000_000).optional(),
    seed,
    limit,
  }),
]);

/** Checked settings of one detector. */
export type DetectorSettings = z.output<typeof detectorSettings>;

/** What may be said of one detector. */
export type DetectorChoice = z.input<typeof detectorSettings>;

export type DetectorName = DetectorSettings['detector'];

/** All detectors. */
export const detectorNames = detectorSettings.options.map(({ shape }) => shape.detector.value);

/** Settings of one detector by its name. */
export type SettingsOf<N extends DetectorName> = Extract<DetectorSettings, { readonly detector: N }>;

/** @throws MortarError `MORTAR_OPTIONS_INVALID` with each setting that is wrong */
export function checkSettings(choice: { readonly detector: DetectorName }): DetectorSettings {
  const checked = detectorSettings.safeParse(choice);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A detector takes settings within its bounds.',
    expected: 'settings as detectorSettings describes them',
    got: issues.map(({ path, message }) => `${path === '' ? 'settings' : path}: ${message}`).join('; '),
    issues,
  });
}
