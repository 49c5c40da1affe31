import process from 'node:process';

/** In place of the detectors: each one fails in its own way, and that of seasons does not. */
export function runDetection({ choice: { detector } }) {
  switch (detector) {
    case 'z-score':
      for (;;);
    case 'robust-z-score':
      return process.exit(3);
    case 'interquartile-range':
      throw new RangeError('out of range');
    case 'isolation-forest':
      return new Promise(() => undefined);
    default:
      return { outcome: { threshold: 1, judged: 0, outlying: 0, findings: [], notes: ['it answered'] } };
  }
}
