import { z } from 'zod';

export const formats = ['csv', 'json', 'ndjson', 'parquet'] as const;
export type Format = (typeof formats)[number];

/** A file as it was when it was looked at. */
export const source = z.object({
  path: z.string(),
  format: z.enum(formats),
  /** Of text: how its bytes are read. */
  encoding: z.enum(['utf-8', 'utf-16', 'latin-1']),
  bytes: z.number(),
  /** Of the whole content: sha-256, in hex. */
  fingerprint: z.string(),
});
export type Source = z.output<typeof source>;
